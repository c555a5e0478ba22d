import { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import {
  countDecisions,
  type DecisionFilter,
  findDecisions,
} from '../../../db/expert-decisions-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminActor, type AdminOperation, defineOperation } from '../admin-operation.ts';
import { requireVirtualModel } from '../change-virtual-models.ts';
import { idParams } from '../common-schemas.ts';
import { visibleOwner } from '../owned-keys.ts';
import { beginOf, rangeField } from '../time-range.ts';
import { summariseDecisions } from './decision-statistics.ts';
import { EXPERT_ROUTING, EXPERT_ROUTING_PATH as PATH } from './expert-routing-kind.ts';
import { decisionStatistics, decisionView, viewDecision } from './expert-routing-schemas.ts';

const limitField = z.coerce.number().int().min(1).max(1000).default(100);
const logsResponse = z.object({ logs: z.array(decisionView) });

/** What was decided, for the keys that the account may see. */
export function decisionOperations({ db }: AdminDependencies): AdminOperation[] {
  const find = async (filter: DecisionFilter, actor: AdminActor, limit: number) => {
    await requireVirtualModel(db, EXPERT_ROUTING, filter.expertRoutingId);
    const page = { page: 1, pageSize: limit, ownerId: visibleOwner(actor) };
    return (await findDecisions(db, { ...filter, ...page })).rows.map(viewDecision);
  };
  return [
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}/statistics`,
      role: 'viewer',
      summary: 'How requests were classified',
      input: { params: idParams, query: z.object({ timeRange: rangeField }) },
      response: decisionStatistics,
      async handle({ params, query }, actor) {
        await requireVirtualModel(db, EXPERT_ROUTING, params.id);
        const groups = await countDecisions(db, {
          expertRoutingId: params.id,
          ownerId: visibleOwner(actor),
          startTime: beginOf(query.timeRange),
        });
        return summariseDecisions(groups);
      },
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}/logs`,
      role: 'viewer',
      summary: 'The last decisions, those that fell back or failed among them',
      input: {
        params: idParams,
        query: z.object({
          limit: limitField,
          outcome: z.enum(['matched', 'fallback', 'failed']).optional(),
        }),
      },
      response: logsResponse,
      handle: async ({ params, query: { limit, outcome } }, actor) => ({
        logs: await find({ expertRoutingId: params.id, outcome }, actor, limit),
      }),
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}/logs/category/{category}`,
      role: 'viewer',
      summary: 'The last decisions for a category',
      input: {
        params: idParams.extend({ category: z.string() }),
        query: z.object({ limit: limitField }),
      },
      response: logsResponse,
      handle: async ({ params: { id: expertRoutingId, category }, query }, actor) => ({
        logs: await find({ expertRoutingId, category }, actor, query.limit),
      }),
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}/logs/{logId}/details`,
      role: 'viewer',
      summary: 'One decision',
      input: { params: idParams.extend({ logId: z.string() }) },
      response: decisionView,
      async handle({ params: { id: expertRoutingId, logId } }, actor) {
        const [decision] = await find({ expertRoutingId, id: logId }, actor, 1);
        if (decision === undefined) throw new GatewayError('not_found', 'There is no such decision.');
        return decision;
      },
    }),
  ];
}
