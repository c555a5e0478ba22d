import type { Knex } from 'knex';
import { z } from 'zod';
import type { VirtualKey } from '../../../core/catalog.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import { countKeys } from '../../../db/key-records-repository.ts';
import { CHAT_ROUTE, ENDPOINT_ROUTES } from '../../proxy/endpoints.ts';
import { type AdminActor, type AdminOperation, defineOperation } from '../admin-operation.ts';
import { visibleOwner } from '../owned-keys.ts';
import { type ExplainDependencies, explainRequest } from './explain-request.ts';

const target = z.object({
  model: z.string(),
  provider: z.string(),
  modelIdentifier: z.string(),
  /** `closed`, `open` or `half_open`. */
  breaker: z.string(),
  /** Which paths requests take, why, and which share of them. */
  paths: z.array(z.object({ path: z.string(), reason: z.string(), share: z.number() })),
  /** What was asked for the decision, in its order, and what each said; the last one decided. */
  steps: z.array(z.object({ step: z.string(), finding: z.string(), decides: z.boolean() })),
});

const explanation = z.object({
  key: z.object({ id: z.string(), name: z.string() }),
  model: z.string(),
  endpoint: z.string(),
  /** What the client would be told; null where the request would be carried. */
  refusal: z
    .object({
      status: z.int(),
      code: z.string().nullable(),
      type: z.string(),
      message: z.string(),
      param: z.string().nullable(),
    })
    .nullable(),
  strategy: z.string().nullable(),
  targets: z.array(target),
  experts: z.array(z.object({ category: z.string(), targets: z.array(target) })),
});

const query = z.strictObject({
  /** Name or id. */
  key: z.string().min(1),
  model: z.string().min(1),
  endpoint: z.enum(ENDPOINT_ROUTES.map(({ endpoint }) => endpoint)).default(CHAT_ROUTE.endpoint),
});

/** What would become of a request, and why, without sending anything. */
export function explainOperation(deps: ExplainDependencies & { readonly db: Knex }): AdminOperation {
  return defineOperation({
    methods: ['get'],
    path: '/admin/rollout/explain',
    role: 'viewer',
    summary: 'Which models and paths a key’s request would take, and why, without sending anything',
    input: { query },
    response: explanation,
    async handle({ query: asked }, actor) {
      const key = await requireKey(deps, asked.key, actor);
      const route = ENDPOINT_ROUTES.find(({ endpoint }) => endpoint === asked.endpoint) ?? CHAT_ROUTE;
      const { refusal, strategy, targets, experts } = explainRequest(key, asked.model, route, deps);
      const toTarget = (each: (typeof targets)[number]) => ({
        ...each,
        paths: [...each.paths],
        steps: [...each.steps],
      });
      return {
        key: { id: key.id, name: key.name },
        model: asked.model,
        endpoint: route.endpoint,
        refusal: refusal ?? null,
        strategy: strategy ?? null,
        targets: targets.map(toTarget),
        experts: experts.map((expert) => ({ ...expert, targets: expert.targets.map(toTarget) })),
      };
    },
  });
}

/** @throws GatewayError `not_found` where there is no such key, or it is another account's */
async function requireKey(
  { db, catalog }: Pick<ExplainDependencies, 'catalog'> & { readonly db: Knex },
  nameOrId: string,
  actor: AdminActor,
): Promise<VirtualKey> {
  const key = catalog.findKeyNamed(nameOrId);
  const visible = key === undefined ? 0 : await countKeys(db, { id: key.id, ownerId: visibleOwner(actor) });
  if (key !== undefined && visible > 0) return key;
  throw new GatewayError('not_found', 'There is no such key.', { param: 'key' });
}
