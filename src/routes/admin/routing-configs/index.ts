import { z } from 'zod';
import { listVirtualModelRecords } from '../../../db/virtual-model-records-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import {
  changeVirtualModel,
  createVirtualModel,
  removeVirtualModel,
  requireVirtualModel,
  type VirtualModelKind,
} from '../change-virtual-models.ts';
import { doneResponse, idParams } from '../common-schemas.ts';
import {
  newRoutingConfigBody,
  routingConfigChangeBody,
  routingConfigView,
  toStoredRouting,
  viewRoutingConfig,
} from './routing-config-schemas.ts';

const PATH = '/admin/config/routing-configs';
const KIND: VirtualModelKind = { table: 'routing_configs', entity: 'routing-config' };

/** `/api/admin/config/routing-configs`: the virtual models with targets. */
export function routingConfigOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [...readOperations(deps), ...changeOperations(deps)];
}

function readOperations({ db }: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: PATH,
      role: 'viewer',
      summary: 'All virtual models with targets',
      input: {},
      response: z.object({ configs: z.array(routingConfigView) }),
      handle: async () => ({
        configs: (await listVirtualModelRecords(db, KIND.table)).map(viewRoutingConfig),
      }),
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}`,
      role: 'viewer',
      summary: 'One virtual model with targets',
      input: { params: idParams },
      response: routingConfigView,
      handle: async ({ params }) => viewRoutingConfig(await requireVirtualModel(db, KIND, params.id)),
    }),
  ];
}

function changeOperations(deps: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['post'],
      path: PATH,
      role: 'operator',
      summary: 'Add a virtual model with targets',
      input: { body: newRoutingConfigBody },
      status: 201,
      response: routingConfigView,
      async handle({ body }, actor) {
        const { change, names } = toStoredRouting(body);
        return viewRoutingConfig(await createVirtualModel(deps, actor, KIND, change, names));
      },
    }),
    defineOperation({
      methods: ['put', 'patch'],
      path: `${PATH}/{id}`,
      role: 'operator',
      summary: 'Change the named fields of a virtual model with targets',
      input: { params: idParams, body: routingConfigChangeBody },
      response: routingConfigView,
      handle: async ({ params, body }, actor) =>
        viewRoutingConfig(
          await changeVirtualModel(deps, actor, KIND, params.id, (stored) => toStoredRouting(body, stored)),
        ),
    }),
    defineOperation({
      methods: ['delete'],
      path: `${PATH}/{id}`,
      role: 'operator',
      summary: 'Remove a virtual model that neither a key nor another virtual model names',
      input: { params: idParams },
      response: doneResponse,
      async handle({ params }, actor) {
        await removeVirtualModel(deps, actor, KIND, params.id);
        return { success: true as const };
      },
    }),
  ];
}
