import { z } from 'zod';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { doneResponse, idParams } from '../common-schemas.ts';
import { changeProvider, createProvider, importProviders, removeProvider } from './change-providers.ts';
import { findProvider, showProviders } from './find-providers.ts';
import { fetchModels, testProvider } from './probe-provider.ts';
import {
  exportedProvider,
  exportProvider,
  fetchModelsBody,
  importBody,
  newProviderBody,
  providerChangeBody,
  providerView,
  viewProvider,
  viewProviderFor,
} from './provider-schemas.ts';

const PATH = '/admin/providers';

/** `/api/admin/providers`: the upstream accounts. No answer has a key of theirs. */
export function providerOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [...exchangeOperations(deps), ...accountOperations(deps), ...probeOperations(deps)];
}

/** Their paths come before those with an id. */
function exchangeOperations(deps: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: `${PATH}/export`,
      role: 'admin',
      summary: 'All providers without their keys, as an import takes them',
      input: {},
      response: z.object({ providers: z.array(exportedProvider) }),
      handle: async () => ({ providers: (await showProviders(deps)).map(exportProvider) }),
    }),
    defineOperation({
      methods: ['post'],
      path: `${PATH}/batch-import`,
      role: 'admin',
      summary: 'Add providers, all of them or none',
      input: { body: importBody },
      response: z.object({ created: z.array(z.string()), skipped: z.array(z.string()) }),
      handle: ({ body }, actor) => importProviders(deps, actor, body.providers, body.skipExisting),
    }),
    defineOperation({
      methods: ['post'],
      path: `${PATH}/fetch-models`,
      role: 'admin',
      summary: 'The models that a provider lists',
      input: { body: fetchModelsBody },
      response: z.object({ models: z.array(z.string()) }),
      handle: async ({ body }) => ({ models: await fetchModels(deps, body) }),
    }),
  ];
}

function accountOperations(deps: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: PATH,
      role: 'viewer',
      summary: 'All providers',
      input: {},
      response: z.object({ providers: z.array(providerView) }),
      handle: async (_input, { role }) => ({
        providers: (await showProviders(deps)).map((provider) => viewProviderFor(provider, role)),
      }),
    }),
    defineOperation({
      methods: ['post'],
      path: PATH,
      role: 'admin',
      summary: 'Add a provider',
      input: { body: newProviderBody },
      status: 201,
      response: providerView,
      handle: async ({ body }, actor) => viewProvider(await createProvider(deps, actor, body)),
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}`,
      role: 'viewer',
      summary: 'One provider',
      input: { params: idParams },
      response: providerView,
      handle: async ({ params }, { role }) => viewProviderFor(await findProvider(deps, params.id), role),
    }),
    defineOperation({
      methods: ['put', 'patch'],
      path: `${PATH}/{id}`,
      role: 'admin',
      summary: 'Change the named fields of a provider',
      input: { params: idParams, body: providerChangeBody },
      response: providerView,
      handle: async ({ params, body }, actor) =>
        viewProvider(await changeProvider(deps, actor, params.id, body)),
    }),
    defineOperation({
      methods: ['delete'],
      path: `${PATH}/{id}`,
      role: 'admin',
      summary: 'Remove a provider; with cascade, its models as well',
      input: { params: idParams, query: z.object({ cascade: z.stringbool().default(false) }) },
      response: doneResponse,
      async handle({ params, query }, actor) {
        await removeProvider(deps, actor, params.id, query.cascade);
        return { success: true as const };
      },
    }),
  ];
}

function probeOperations(deps: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['post'],
      path: `${PATH}/{id}/test`,
      role: 'operator',
      summary: 'Ask a provider for its models, to see whether address and key are right',
      input: { params: idParams },
      response: z.object({
        success: z.boolean(),
        /** Null where no answer came. */
        status: z.int().nullable(),
        message: z.string(),
        modelCount: z.int().nullable(),
        durationMs: z.int().min(0),
      }),
      handle: async ({ params }) => testProvider(deps, await findProvider(deps, params.id)),
    }),
  ];
}
