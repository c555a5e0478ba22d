import { z } from 'zod';
import { listGateways } from '../gateways-repository.ts';
import { listRules } from '../routing-rules-repository.ts';
import { changeGateway, createGateway, removeGateway, requireGateway } from './change-gateways.ts';
import { checkGatewayHealth } from './check-gateway-health.ts';
import { doneResponse, idParams } from './fields.ts';
import { gatewayChangeBody, gatewayView, newGatewayBody, viewGateway } from './gateway-schemas.ts';
import type { LegacyOperationDependencies } from './operation-spec.ts';
import { ruleView } from './rule-schemas.ts';

const PATH = '/admin/portkey-gateways';

/** `/api/admin/portkey-gateways`. No answer has a gateway's key. */
export function gatewayOperations<Actor, Operation>(
  deps: LegacyOperationDependencies<Actor, Operation>,
): Operation[] {
  return [...readOperations(deps), ...changeOperations(deps)];
}

function readOperations<Actor, Operation>(deps: LegacyOperationDependencies<Actor, Operation>): Operation[] {
  const { db, cipher, define } = deps;
  return [
    define({
      methods: ['get'],
      path: PATH,
      role: 'viewer',
      summary: 'All Portkey gateways of the legacy path',
      input: {},
      response: z.array(gatewayView),
      handle: async () => (await listGateways(db)).map(viewGateway),
    }),
    define({
      methods: ['get'],
      path: `${PATH}/{id}`,
      role: 'viewer',
      summary: 'One Portkey gateway',
      input: { params: idParams },
      response: gatewayView,
      handle: async ({ params }) => viewGateway(await requireGateway(db, params.id)),
    }),
    define({
      methods: ['get'],
      path: `${PATH}/{id}/routing-rules`,
      role: 'viewer',
      summary: 'The rules that send to a Portkey gateway, in the order in which they are tried',
      input: { params: idParams },
      response: z.array(ruleView),
      async handle({ params }) {
        await requireGateway(db, params.id);
        return [...(await listRules(db, params.id))];
      },
    }),
    define({
      methods: ['get'],
      path: `${PATH}/{id}/health`,
      role: 'operator',
      summary: 'Ask a Portkey gateway whether it is there',
      input: { params: idParams },
      response: z.object({
        success: z.boolean(),
        /** Milliseconds; null where it is not healthy. */
        latency: z.int().min(0).nullable(),
        error: z.string().nullable(),
      }),
      handle: async ({ params }) => checkGatewayHealth(await requireGateway(db, params.id), cipher),
    }),
  ];
}

function changeOperations<Actor, Operation>(
  deps: LegacyOperationDependencies<Actor, Operation>,
): Operation[] {
  const { define } = deps;
  return [
    define({
      methods: ['post'],
      path: PATH,
      role: 'admin',
      summary: 'Add a Portkey gateway',
      input: { body: newGatewayBody },
      status: 201,
      response: gatewayView,
      handle: async ({ body }, actor) => viewGateway(await createGateway(deps, actor, body)),
    }),
    define({
      methods: ['put', 'patch'],
      path: `${PATH}/{id}`,
      role: 'admin',
      summary: 'Change the named fields of a Portkey gateway',
      input: { params: idParams, body: gatewayChangeBody },
      response: gatewayView,
      handle: async ({ params, body }, actor) =>
        viewGateway(await changeGateway(deps, actor, params.id, body)),
    }),
    define({
      methods: ['delete'],
      path: `${PATH}/{id}`,
      role: 'admin',
      summary: 'Remove a Portkey gateway, and the rules that send to it',
      input: { params: idParams },
      response: doneResponse,
      async handle({ params }, actor) {
        await removeGateway(deps, actor, params.id);
        return { success: true as const };
      },
    }),
  ];
}
