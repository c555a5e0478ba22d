import { z } from 'zod';
import { listVirtualModelRecords } from '../../../db/virtual-model-records-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import {
  changeVirtualModel,
  createVirtualModel,
  removeVirtualModel,
  requireVirtualModel,
} from '../change-virtual-models.ts';
import { doneResponse, idParams } from '../common-schemas.ts';
import { decisionOperations } from './decision-operations.ts';
import { EXPERT_ROUTING, EXPERT_ROUTING_PATH as PATH } from './expert-routing-kind.ts';
import {
  expertRoutingChangeBody,
  expertRoutingView,
  newExpertRoutingBody,
  toStoredExperts,
  viewExpertRouting,
} from './expert-routing-schemas.ts';

/** `/api/admin/expert-routing`: the virtual models with experts, and what they decided. */
export function expertRoutingOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [...readOperations(deps), ...changeOperations(deps), ...decisionOperations(deps)];
}

function readOperations({ db }: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: PATH,
      role: 'viewer',
      summary: 'All virtual models with experts',
      input: {},
      response: z.object({ configs: z.array(expertRoutingView) }),
      handle: async () => ({
        configs: (await listVirtualModelRecords(db, EXPERT_ROUTING.table)).map(viewExpertRouting),
      }),
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}`,
      role: 'viewer',
      summary: 'One virtual model with experts',
      input: { params: idParams },
      response: expertRoutingView,
      handle: async ({ params }) =>
        viewExpertRouting(await requireVirtualModel(db, EXPERT_ROUTING, params.id)),
    }),
  ];
}

function changeOperations(deps: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['post'],
      path: PATH,
      role: 'operator',
      summary: 'Add a virtual model with experts',
      input: { body: newExpertRoutingBody },
      status: 201,
      response: expertRoutingView,
      async handle({ body }, actor) {
        const { change, names } = toStoredExperts(body);
        return viewExpertRouting(await createVirtualModel(deps, actor, EXPERT_ROUTING, change, names));
      },
    }),
    defineOperation({
      methods: ['put', 'patch'],
      path: `${PATH}/{id}`,
      role: 'operator',
      summary: 'Change the named fields of a virtual model with experts; its config is replaced as a whole',
      input: { params: idParams, body: expertRoutingChangeBody },
      response: expertRoutingView,
      handle: async ({ params, body }, actor) =>
        viewExpertRouting(
          await changeVirtualModel(deps, actor, EXPERT_ROUTING, params.id, () => toStoredExperts(body)),
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
        await removeVirtualModel(deps, actor, EXPERT_ROUTING, params.id);
        return { success: true as const };
      },
    }),
  ];
}
