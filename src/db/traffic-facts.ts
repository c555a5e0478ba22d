import type { Knex } from 'knex';
import { z } from 'zod';
import type { KeyTraffic } from '../rollout/plan/exposure.ts';
import type { PlanScope } from '../rollout/plan/release-plan.ts';
import type { TrafficFacts } from '../rollout/release/begin-step.ts';
import { bigNumber } from './row-types.ts';

/** A week has all that a week has: nights, weekends, the job on Mondays. */
const LOOKED_BACK_MS = 7 * 86_400_000;
/** More than these say nothing more of how keys share the traffic, and take the process longer than it may be away. */
const MAX_REQUESTS = 200_000;
/** Below this nothing is said of a percentile. */
const MIN_STREAMS = 100;
const PERCENTILE = 0.95;

const keyRows = z.array(z.object({ key: z.string(), requests: bigNumber }));
const streamRow = z.object({ time_to_first_token: z.number() }).optional();

/** What the request log says of the traffic of the last week. */
export function createTrafficFacts(db: Knex, keyId: TrafficFacts['keyId'], now: () => number): TrafficFacts {
  const logged = (scope: PlanScope) =>
    inScope(db('api_requests').where('created_at', '>=', now() - LOOKED_BACK_MS), scope);
  return {
    keyId,
    async keyShares(scope): Promise<readonly KeyTraffic[]> {
      const latest = logged(scope)
        .whereNotNull('virtual_key_id')
        .orderBy('created_at', 'desc')
        .limit(MAX_REQUESTS)
        .select('virtual_key_id')
        .as('latest');
      const found = await db
        .from(latest)
        .groupBy('virtual_key_id')
        .select({ key: 'virtual_key_id' })
        .count({ requests: '*' });
      const rows = keyRows.parse(found);
      const total = rows.reduce((sum, { requests }) => sum + requests, 0);
      return rows.map(({ key, requests }) => ({ keyId: key, share: requests / total }));
    },
    async legacyFirstTokenP95(scope) {
      const streams = () =>
        logged(scope).where({ path: 'legacy', stream: true }).whereNotNull('time_to_first_token');
      const count = z
        .object({ streams: bigNumber })
        .parse(await streams().count({ streams: '*' }).first()).streams;
      if (count < MIN_STREAMS) return undefined;
      const row = await streams()
        .orderBy('time_to_first_token')
        .offset(Math.floor(count * PERCENTILE))
        .first('time_to_first_token');
      return streamRow.parse(row)?.time_to_first_token;
    },
  };
}

function inScope(rows: Knex.QueryBuilder, { providers, models, endpoints }: PlanScope): Knex.QueryBuilder {
  if (providers !== undefined) rows.whereIn('provider_id', providers);
  if (models !== undefined) rows.whereIn('model', models);
  if (endpoints !== undefined) rows.whereIn('request_type', [...endpoints]);
  return rows;
}
