import { z } from 'zod';
import { OUTCOME_KINDS } from '../../../core/call-outcome.ts';
import type { RequestRecord, RequestSum } from '../../../db/request-history-repository.ts';
import { NANO_DOLLARS } from '../../../services/limits/nano-dollars.ts';
import { pageQuery, timeField } from '../common-schemas.ts';

export const requestQuery = pageQuery.extend({
  status: z.enum(OUTCOME_KINDS).optional(),
  virtualKeyId: z.string().optional(),
  providerId: z.string().optional(),
  model: z.string().optional(),
  path: z.enum(['legacy', 'litellm']).optional(),
});

/** A logged request as the admin API shows it; the cost in US dollars, null where the model has no price. */
export const requestView = z.object({
  id: z.string(),
  virtualKeyId: z.string().nullable(),
  providerId: z.string().nullable(),
  /** What the client asked for. */
  requestedModel: z.string().nullable(),
  /** What answered. */
  model: z.string().nullable(),
  path: z.string().nullable(),
  reason: z.string().nullable(),
  requestType: z.string(),
  stream: z.boolean(),
  /** How it ended, in the words of the metrics. */
  status: z.string(),
  httpStatus: z.int(),
  errorMessage: z.string().nullable(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  totalTokens: z.int(),
  cachedTokens: z.int(),
  reasoningTokens: z.int(),
  cost: z.number().nullable(),
  /** Whether the tokens are the gateway's own count, the provider having given none. */
  tokensEstimated: z.boolean(),
  /** How often a provider was asked. */
  attempts: z.int(),
  /** Milliseconds. */
  responseTime: z.number(),
  /** Milliseconds to the first generated token; null for anything but a stream. */
  timeToFirstToken: z.number().nullable(),
  cacheHit: z.boolean(),
  createdAt: timeField,
});

/**
 * A logged request with what was asked and answered, as far as that is kept: JSON, shortened, without credentials.
 */
export const requestDetail = requestView.extend({
  requestBody: z.string().nullable(),
  responseBody: z.string().nullable(),
});

const sums = {
  requests: z.int(),
  successes: z.int(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  totalTokens: z.int(),
  cachedTokens: z.int(),
  /** US dollars. */
  cost: z.number(),
  cacheHits: z.int(),
  /** Milliseconds; null where there was no request. */
  averageResponseTime: z.number().nullable(),
};

const named = z.array(z.object({ name: z.string().nullable(), ...sums }));

/** What happened in a period, in all and by what requests have in common. */
export const statisticsView = z.object({
  period: z.string(),
  startTime: timeField,
  totals: z.object(sums),
  outcomes: named,
  paths: named,
  models: named,
  providers: named,
  /** Hours of a day, else days (UTC), in which there was a request. */
  trend: z.array(z.object({ time: timeField, ...sums })),
});

/** What a logged request looks like from outside. */
export function viewRequest(record: RequestRecord): z.output<typeof requestView> {
  const { nanoDollars, ...fields } = record;
  return {
    ...fields,
    totalTokens: record.promptTokens + record.completionTokens,
    cost: nanoDollars === null ? null : nanoDollars / NANO_DOLLARS,
  };
}

/** Sums of several groups put together. */
export function viewSums(groups: readonly RequestSum[]) {
  const add = (pick: (group: RequestSum) => number) => groups.reduce((sum, group) => sum + pick(group), 0);
  const requests = add((group) => group.requests);
  const promptTokens = add((group) => group.prompt_tokens);
  const completionTokens = add((group) => group.completion_tokens);
  return {
    requests,
    successes: add((group) => group.successes),
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    cachedTokens: add((group) => group.cached_tokens),
    cost: add((group) => group.nano_dollars) / NANO_DOLLARS,
    cacheHits: add((group) => group.cache_hits),
    averageResponseTime: requests === 0 ? null : add((group) => group.response_time) / requests,
  };
}

/** Each group under its name, the most requests first. */
export function viewNamedSums(groups: readonly RequestSum[]) {
  return groups
    .map((group) => ({ name: group.name === null ? null : String(group.name), ...viewSums([group]) }))
    .sort((one, other) => other.requests - one.requests);
}

/** Each step of time, in order. */
export function viewTrend(groups: readonly RequestSum[]) {
  return groups
    .map((group) => ({ time: Number(group.name), ...viewSums([group]) }))
    .sort((one, other) => one.time - other.time);
}
