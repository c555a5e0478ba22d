import type { Knex } from 'knex';
import { z } from 'zod';
import { ofOwner, type Page, type PageRequest, readPage, within } from './page.ts';
import { bigNumber, flag } from './row-types.ts';

const rowSchema = z
  .object({
    id: z.string(),
    virtual_key_id: z.string().nullable(),
    provider_id: z.string().nullable(),
    requested_model: z.string().nullable(),
    model: z.string().nullable(),
    path: z.string().nullable(),
    reason: z.string().nullable(),
    request_type: z.string(),
    stream: flag,
    status: z.string(),
    http_status: z.number(),
    error_message: z.string().nullable(),
    prompt_tokens: z.number(),
    completion_tokens: z.number(),
    cached_tokens: z.number(),
    reasoning_tokens: z.number(),
    nano_dollars: bigNumber.nullable(),
    tokens_estimated: flag,
    attempts: z.number(),
    response_time: z.number(),
    time_to_first_token: z.number().nullable(),
    cache_hit: flag,
    created_at: bigNumber,
  })
  .transform((row) => ({
    id: row.id,
    virtualKeyId: row.virtual_key_id,
    providerId: row.provider_id,
    requestedModel: row.requested_model,
    model: row.model,
    path: row.path,
    reason: row.reason,
    requestType: row.request_type,
    stream: row.stream,
    status: row.status,
    httpStatus: row.http_status,
    errorMessage: row.error_message,
    promptTokens: row.prompt_tokens,
    completionTokens: row.completion_tokens,
    cachedTokens: row.cached_tokens,
    reasoningTokens: row.reasoning_tokens,
    nanoDollars: row.nano_dollars,
    tokensEstimated: row.tokens_estimated,
    attempts: row.attempts,
    responseTime: row.response_time,
    timeToFirstToken: row.time_to_first_token,
    cacheHit: row.cache_hit,
    createdAt: row.created_at,
  }));

/** A logged request; times are milliseconds. */
export type RequestRecord = z.output<typeof rowSchema>;

/** Which requests are asked for; a filter that is absent lets everything through. Times are epoch milliseconds. */
export interface RequestFilter {
  /** Of the keys of this account only. */
  readonly ownerId?: string | undefined;
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  readonly virtualKeyId?: string | undefined;
  readonly providerId?: string | undefined;
  readonly model?: string | undefined;
  readonly path?: string | undefined;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
}

/** A page of requests, the newest first. */
export function findRequests(db: Knex, filter: RequestFilter & PageRequest): Promise<Page<RequestRecord>> {
  return readPage(matching(db, filter), filter, rowSchema);
}

const sumSchema = z.object({
  name: z.union([z.string(), z.number()]).nullable(),
  requests: bigNumber,
  successes: bigNumber,
  prompt_tokens: bigNumber,
  completion_tokens: bigNumber,
  cached_tokens: bigNumber,
  nano_dollars: bigNumber,
  response_time: bigNumber,
  cache_hits: bigNumber,
});

/** Requests with one value in common, added up; `response_time` is the sum, in milliseconds. */
export type RequestSum = z.output<typeof sumSchema>;

/**
 * The requests added up by what they have in one column; by time, they are added up by the beginnings of the steps
 * that they lie in.
 */
export async function sumRequests(
  db: Knex,
  filter: RequestFilter,
  by: 'status' | 'path' | 'model' | 'provider_id' | { readonly stepMs: number },
): Promise<readonly RequestSum[]> {
  // A remainder means the same in every database; a division does not.
  const name =
    typeof by === 'string' ? db.ref(by) : db.raw('?? - (?? % ?)', ['created_at', 'created_at', by.stepMs]);
  const rows: unknown = await matching(db, filter)
    .select({ name })
    .select(SUMS.map(([sql, as]) => db.raw(`coalesce(sum(${sql}), 0) as ${as}`)))
    .groupBy('name');
  return z.array(sumSchema).parse(rows);
}

const SUMS = [
  ['1', 'requests'],
  ["case when status = 'success' then 1 else 0 end", 'successes'],
  ['prompt_tokens', 'prompt_tokens'],
  ['completion_tokens', 'completion_tokens'],
  ['cached_tokens', 'cached_tokens'],
  ['nano_dollars', 'nano_dollars'],
  ['response_time', 'response_time'],
  // As a number: PostgreSQL adds up no booleans.
  ['case when cache_hit then 1 else 0 end', 'cache_hits'],
] as const;

function matching(db: Knex, filter: RequestFilter): Knex.QueryBuilder {
  const values = {
    id: filter.id,
    status: filter.status,
    virtual_key_id: filter.virtualKeyId,
    provider_id: filter.providerId,
    model: filter.model,
    path: filter.path,
  };
  return ofOwner(db, within(db('api_requests'), values, filter), filter.ownerId);
}
