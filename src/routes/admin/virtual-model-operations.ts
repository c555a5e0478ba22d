import { z } from 'zod';
import {
  listVirtualModelRecords,
  type VirtualModelChange,
  type VirtualModelRecord,
} from '../../db/virtual-model-records-repository.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { type AdminOperation, defineOperation } from './admin-operation.ts';
import {
  changeVirtualModel,
  createVirtualModel,
  type NamedFields,
  removeVirtualModel,
  requireVirtualModel,
  type VirtualModelKind,
} from './change-virtual-models.ts';
import { doneResponse, idParams } from './common-schemas.ts';

/** What is to be written, and the models that it names. */
interface ToStore<Fields extends VirtualModelChange> {
  readonly change: Fields;
  readonly names: NamedFields;
}

/**
 * What virtual models of one kind look like from outside.
 * @template New a new one, as a request gives it
 * @template Change the named fields of a change
 * @template View one that is stored, as answers show it
 */
interface VirtualModelApi<New, Change, View> {
  readonly kind: VirtualModelKind;
  readonly path: string;
  /** Tells the kind apart in summaries, such as `with targets`. */
  readonly words: string;
  /** What a change does beyond changing the fields that it names; stands behind its summary. */
  readonly changeNote?: string;
  readonly newBody: z.ZodType<New>;
  readonly changeBody: z.ZodType<Change>;
  readonly view: z.ZodType<View, View>;
  readonly toView: (record: VirtualModelRecord) => View;
  readonly storeNew: (body: New) => ToStore<VirtualModelChange & { readonly name: string }>;
  readonly storeChange: (body: Change, stored: VirtualModelRecord) => ToStore<VirtualModelChange>;
}

/** The operations that list, show, add, change and remove the virtual models of one kind. */
export function virtualModelOperations<New, Change, View>(
  deps: AdminDependencies,
  api: VirtualModelApi<New, Change, View>,
): readonly AdminOperation[] {
  return [...readOperations(deps, api), ...changeOperations(deps, api)];
}

function readOperations<New, Change, View>(
  { db }: AdminDependencies,
  { kind, path, words, view, toView }: VirtualModelApi<New, Change, View>,
): AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path,
      role: 'viewer',
      summary: `All virtual models ${words}`,
      input: {},
      response: z.object({ configs: z.array(view) }),
      handle: async () => ({ configs: (await listVirtualModelRecords(db, kind.table)).map(toView) }),
    }),
    defineOperation({
      methods: ['get'],
      path: `${path}/{id}`,
      role: 'viewer',
      summary: `One virtual model ${words}`,
      input: { params: idParams },
      response: view,
      handle: async ({ params }) => toView(await requireVirtualModel(db, kind, params.id)),
    }),
  ];
}

function changeOperations<New, Change, View>(
  deps: AdminDependencies,
  api: VirtualModelApi<New, Change, View>,
): AdminOperation[] {
  const { kind, path, words, changeNote = '', newBody, changeBody, view, toView } = api;
  return [
    defineOperation({
      methods: ['post'],
      path,
      role: 'operator',
      summary: `Add a virtual model ${words}`,
      input: { body: newBody },
      status: 201,
      response: view,
      async handle({ body }, actor) {
        const { change, names } = api.storeNew(body);
        return toView(await createVirtualModel(deps, actor, kind, change, names));
      },
    }),
    defineOperation({
      methods: ['put', 'patch'],
      path: `${path}/{id}`,
      role: 'operator',
      summary: `Change the named fields of a virtual model ${words}${changeNote}`,
      input: { params: idParams, body: changeBody },
      response: view,
      handle: async ({ params, body }, actor) =>
        toView(
          await changeVirtualModel(deps, actor, kind, params.id, (stored) => api.storeChange(body, stored)),
        ),
    }),
    defineOperation({
      methods: ['delete'],
      path: `${path}/{id}`,
      role: 'operator',
      summary: 'Remove a virtual model that neither a key nor another virtual model names',
      input: { params: idParams },
      response: doneResponse,
      async handle({ params }, actor) {
        await removeVirtualModel(deps, actor, kind, params.id);
        return { success: true as const };
      },
    }),
  ];
}
