import { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import { deleteBodiesBefore, findBodies } from '../../../db/request-bodies-repository.ts';
import { findRequests, sumRequests } from '../../../db/request-history-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminActor, type AdminOperation, defineOperation } from '../admin-operation.ts';
import { idParams } from '../common-schemas.ts';
import { makeChange } from '../make-change.ts';
import { visibleOwner } from '../owned-keys.ts';
import { beginOf, rangeField } from '../time-range.ts';
import {
  requestDetail,
  requestQuery,
  requestView,
  statisticsView,
  viewNamedSums,
  viewRequest,
  viewSums,
  viewTrend,
} from './request-schemas.ts';

const PATH = '/admin/config/api-requests';
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** The request log and the dashboard's statistics, for the keys that the account may see. */
export function apiRequestOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [...logOperations(deps), cleanOperation(deps), statisticsOperation(deps)];
}

function logOperations({ db }: AdminDependencies): AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: PATH,
      role: 'viewer',
      summary: 'Requests, the newest first',
      input: { query: requestQuery },
      response: z.object({
        requests: z.array(requestView),
        total: z.int(),
        page: z.int(),
        pageSize: z.int(),
      }),
      async handle({ query }, actor) {
        const { rows, total } = await findRequests(db, { ...query, ownerId: visibleOwner(actor) });
        return { requests: rows.map(viewRequest), total, page: query.page, pageSize: query.pageSize };
      },
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}`,
      role: 'viewer',
      summary: 'One request, with what was asked and answered',
      input: { params: idParams },
      response: requestDetail,
      async handle({ params }, actor) {
        const ownerId = visibleOwner(actor);
        const { rows } = await findRequests(db, { id: params.id, ownerId, page: 1, pageSize: 1 });
        const [record] = rows;
        if (record === undefined) throw new GatewayError('not_found', 'There is no such request.');
        return { ...viewRequest(record), ...(await findBodies(db, record.id)) };
      },
    }),
  ];
}

function cleanOperation(deps: AdminDependencies): AdminOperation {
  return defineOperation({
    methods: ['post'],
    path: `${PATH}/clean`,
    role: 'admin',
    summary: 'Remove what old requests asked and were answered; their counts stay',
    input: { body: z.strictObject({ daysToKeep: z.int().min(0).max(3650).default(30) }) },
    response: z.object({ deleted: z.int() }),
    async handle({ body: { daysToKeep } }, actor) {
      // Outside of the change's transaction, which holds up everybody else's.
      const deleted = await deleteBodiesBefore(deps.db, Date.now() - daysToKeep * DAY_MS);
      const after = { daysToKeep, deleted };
      const entry = { action: 'clean', entity: 'api-requests', entityId: 'api-requests', after };
      return makeChange(deps, actor, async () => ({ entries: [entry], result: { deleted } }));
    },
  });
}

function statisticsOperation(deps: AdminDependencies): AdminOperation {
  return defineOperation({
    methods: ['get'],
    path: '/admin/config/stats',
    role: 'viewer',
    summary: 'What happened in the last day, week or month',
    input: { query: z.object({ period: rangeField }) },
    response: statisticsView,
    handle: ({ query }, actor) => summarise(deps, actor, query.period),
  });
}

async function summarise(
  { db }: AdminDependencies,
  actor: AdminActor,
  period: z.output<typeof rangeField>,
): Promise<z.output<typeof statisticsView>> {
  const filter = { ownerId: visibleOwner(actor), startTime: beginOf(period) };
  const outcomes = await sumRequests(db, filter, 'status');
  const stepMs = period === '24h' ? HOUR_MS : DAY_MS;
  return {
    period,
    startTime: filter.startTime,
    totals: viewSums(outcomes),
    outcomes: viewNamedSums(outcomes),
    paths: viewNamedSums(await sumRequests(db, filter, 'path')),
    models: viewNamedSums(await sumRequests(db, filter, 'model')),
    providers: viewNamedSums(await sumRequests(db, filter, 'provider_id')),
    trend: viewTrend(await sumRequests(db, filter, { stepMs })),
  };
}
