import { z } from 'zod';
import { readModelDirectory } from '../../../db/model-directory-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminActor, type AdminOperation, defineOperation } from '../admin-operation.ts';
import { doneResponse, idParams, listQuery, pageOf } from '../common-schemas.ts';
import { visibleOwner } from '../owned-keys.ts';
import { changeModel, createModel, removeModel, requireModel } from './change-models.ts';
import { modelChangeBody, modelView, newModelBody, viewModel } from './model-schemas.ts';
import { testModel } from './test-model.ts';

const PATH = '/admin/models';

/** `/api/admin/models`: the real models. Virtual ones are routing configs and expert routings. */
export function modelOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [...listOperations(deps), ...singleOperations(deps)];
}

function listOperations({ db }: AdminDependencies): AdminOperation[] {
  const response = z.object({ models: z.array(modelView), total: z.int() });
  const list = async (actor: AdminActor, query: z.output<typeof listQuery>, providerId?: string) => {
    const directory = await readModelDirectory(db, visibleOwner(actor));
    const search = query.search?.toLowerCase() ?? '';
    const wanted = directory.models.filter(
      (model) =>
        (providerId === undefined || model.providerId === providerId) &&
        model.name.toLowerCase().includes(search),
    );
    const { page, pageSize } = pageOf(query) ?? { page: 1, pageSize: wanted.length };
    const shown = wanted.slice((page - 1) * pageSize, page * pageSize);
    return { models: shown.map((model) => viewModel(model, directory)), total: wanted.length };
  };
  return [
    defineOperation({
      methods: ['get'],
      path: PATH,
      role: 'viewer',
      summary: 'All models, or a page of them',
      input: { query: listQuery },
      response,
      handle: ({ query }, actor) => list(actor, query),
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/by-provider/{providerId}`,
      role: 'viewer',
      summary: 'The models of a provider, or a page of them',
      input: { params: z.object({ providerId: z.string() }), query: listQuery },
      response,
      handle: ({ params, query }, actor) => list(actor, query, params.providerId),
    }),
  ];
}

function singleOperations(deps: AdminDependencies): AdminOperation[] {
  const { db } = deps;
  const counts = (actor: AdminActor) => readModelDirectory(db, visibleOwner(actor));
  return [
    defineOperation({
      methods: ['post'],
      path: PATH,
      role: 'operator',
      summary: 'Add a model',
      input: { body: newModelBody },
      status: 201,
      response: modelView,
      handle: async ({ body }, actor) => viewModel(await createModel(deps, actor, body), await counts(actor)),
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}`,
      role: 'viewer',
      summary: 'One model',
      input: { params: idParams },
      response: modelView,
      handle: async ({ params }, actor) => viewModel(await requireModel(db, params.id), await counts(actor)),
    }),
    defineOperation({
      methods: ['put', 'patch'],
      path: `${PATH}/{id}`,
      role: 'operator',
      summary: 'Change the named fields of a model, of its limits and of its prompt rule',
      input: { params: idParams, body: modelChangeBody },
      response: modelView,
      handle: async ({ params, body }, actor) =>
        viewModel(await changeModel(deps, actor, params.id, body), await counts(actor)),
    }),
    defineOperation({
      methods: ['delete'],
      path: `${PATH}/{id}`,
      role: 'operator',
      summary: 'Remove a model that neither a key nor a virtual model names',
      input: { params: idParams },
      response: doneResponse,
      async handle({ params }, actor) {
        await removeModel(deps, actor, params.id);
        return { success: true as const };
      },
    }),
    defineOperation({
      methods: ['post'],
      path: `${PATH}/{id}/test`,
      role: 'operator',
      summary: 'Send the model one short chat completion',
      input: { params: idParams },
      response: z.object({
        success: z.boolean(),
        status: z.int().nullable(),
        message: z.string(),
        durationMs: z.int().min(0),
      }),
      handle: async ({ params }) => testModel(deps, await requireModel(db, params.id)),
    }),
  ];
}
