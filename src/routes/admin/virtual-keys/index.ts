import { z } from 'zod';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { doneResponse, idParams, listQuery } from '../common-schemas.ts';
import {
  changeKey,
  createKey,
  isFreeKey,
  removeKey,
  requireKey,
  rotateKey,
  type ShownKey,
  showKeys,
} from './change-keys.ts';
import { customKey, keyChangeBody, keyView, newKeyBody, shownKeyView, viewKey } from './key-schemas.ts';

const PATH = '/admin/virtual-keys';
const MAX_OVERLAP_SECONDS = 90 * 24 * 60 * 60;

/** `/api/admin/virtual-keys`: clients' keys. Who is no administrator sees and changes own ones only. */
export function virtualKeyOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [...readOperations(deps), ...makeOperations(deps), ...changeOperations(deps)];
}

function readOperations({ db }: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: PATH,
      role: 'viewer',
      summary:
        'The virtual keys that the account may see, all or a page, with what they have spent this month',
      input: { query: listQuery },
      response: z.object({ virtualKeys: z.array(keyView), total: z.int() }),
      async handle({ query }, actor) {
        const { rows, total } = await showKeys(db, actor, query);
        return { virtualKeys: rows.map(viewKey), total };
      },
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}`,
      role: 'viewer',
      summary: 'One virtual key',
      input: { params: idParams },
      response: keyView,
      handle: async ({ params }, actor) => viewKey(await requireKey(db, actor, params.id)),
    }),
  ];
}

/** The two operations whose answers have the key itself, this once. */
function makeOperations(deps: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['post'],
      path: PATH,
      role: 'operator',
      summary: 'Make a virtual key; this answer alone shows it',
      input: { body: newKeyBody },
      status: 201,
      response: shownKeyView,
      handle: async ({ body }, actor) => show(await createKey(deps, actor, body)),
    }),
    defineOperation({
      methods: ['post'],
      path: `${PATH}/{id}/rotate`,
      role: 'operator',
      summary: 'Give a virtual key a new value, which this answer alone shows',
      input: {
        params: idParams,
        body: z.strictObject({ overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).default(0) }),
      },
      response: shownKeyView,
      handle: async ({ params, body }, actor) =>
        show(await rotateKey(deps, actor, params.id, body.overlapSeconds)),
    }),
  ];
}

function show({ record, key }: ShownKey) {
  return { ...viewKey(record), key };
}

function changeOperations(deps: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['post'],
      path: `${PATH}/validate`,
      role: 'operator',
      summary: 'Whether a key of this value could be made',
      input: { body: z.strictObject({ customKey: z.string().max(512) }) },
      response: z.object({ valid: z.boolean(), message: z.string().nullable() }),
      async handle({ body }) {
        const fault = customKey.safeParse(body.customKey).error?.issues[0]?.message;
        if (fault !== undefined) return { valid: false, message: `The key ${fault}.` };
        const isFree = await isFreeKey(deps, body.customKey);
        return { valid: isFree, message: isFree ? null : 'This key is taken.' };
      },
    }),
    defineOperation({
      methods: ['put', 'patch'],
      path: `${PATH}/{id}`,
      role: 'operator',
      summary: 'Change the named fields of a virtual key; null takes a limit away',
      input: { params: idParams, body: keyChangeBody },
      response: keyView,
      handle: async ({ params, body }, actor) => viewKey(await changeKey(deps, actor, params.id, body)),
    }),
    defineOperation({
      methods: ['delete'],
      path: `${PATH}/{id}`,
      role: 'operator',
      summary: 'Remove a virtual key',
      input: { params: idParams },
      response: doneResponse,
      async handle({ params }, actor) {
        await removeKey(deps, actor, params.id);
        return { success: true as const };
      },
    }),
  ];
}
