import { setTimeout as sleepFor } from 'node:timers/promises';
import { type OutcomeKind, outcomeOfStatus } from '../core/call-outcome.ts';
import { GatewayError, toGatewayError } from '../core/gateway-error.ts';
import type { Reply } from '../core/request-path.ts';
import { meaningOfStatus } from './provider-status.ts';

/** A `retry-after` beyond this is not waited for: the client gets the provider's answer, and can wait itself. */
const MAX_RETRY_AFTER_MS = 5_000;
/** What all waits of one request may come to. */
const MAX_TOTAL_WAIT_MS = 8_000;
const FIRST_BACKOFF_MS = 500;
/** Up to this share of a wait is left off at random, so that clients that failed together do not come back together. */
const JITTER = 0.25;

export interface RetryPolicy {
  /** How often an attempt may be repeated: one more than this is the most that a provider is asked. */
  readonly maxRetries: number;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** Is told what an attempt came to that another follows. */
  readonly onFailed?: ((outcome: OutcomeKind) => void) | undefined;
  /** For tests: waits, and rejects when the signal aborts. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** For tests: a number from 0 to 1. */
  readonly random?: () => number;
}

/**
 * Repeats an attempt that failed in a way that may pass, before anything has gone to the client: an attempt either
 * gives a reply whose body was not begun, or throws. The last reply or fault is the result.
 * @throws GatewayError of the last attempt
 */
export async function retryAttempts(attempt: () => Promise<Reply>, policy: RetryPolicy): Promise<Reply> {
  let waitedMs = 0;
  for (let retries = 0; ; retries += 1) {
    const result = await settle(attempt);
    const waitMs =
      retries < policy.maxRetries ? waitBefore(result, retries, policy.random ?? Math.random) : undefined;
    if (waitMs === undefined || waitedMs + waitMs > MAX_TOTAL_WAIT_MS) return unwrap(result);
    waitedMs += waitMs;
    policy.onFailed?.(outcomeOf(result));
    await wait(waitMs, policy);
  }
}

type Result = { readonly reply: Reply } | { readonly fault: unknown };

async function settle(attempt: () => Promise<Reply>): Promise<Result> {
  try {
    return { reply: await attempt() };
  } catch (fault) {
    return { fault };
  }
}

function outcomeOf(result: Result): OutcomeKind {
  return 'reply' in result ? outcomeOfStatus(result.reply.status) : toGatewayError(result.fault).outcome;
}

function unwrap(result: Result): Reply {
  if ('reply' in result) return result.reply;
  throw result.fault;
}

/** Milliseconds to wait before the next attempt; undefined where there must be none. */
function waitBefore(result: Result, retries: number, random: () => number): number | undefined {
  const backoff = FIRST_BACKOFF_MS * 2 ** retries * (1 - JITTER * random());
  if ('fault' in result) return isRetryableFault(result.fault) ? backoff : undefined;
  const { status, headers } = result.reply;
  if (status < 400 || !maySucceedLater(status, headers)) return undefined;
  const askedMs = retryAfterMs(headers);
  if (askedMs === undefined) return backoff;
  return askedMs <= MAX_RETRY_AFTER_MS ? askedMs : undefined;
}

/** A timeout has cost the client its patience already. */
function isRetryableFault(fault: unknown): boolean {
  return fault instanceof GatewayError && fault.retryable && fault.code !== 'upstream_timeout';
}

/** OpenAI says in `x-should-retry` what it knows better than any list: an exhausted quota is a 429, too. */
function maySucceedLater(status: number, headers: Reply['headers']): boolean {
  const told = headers['x-should-retry'];
  if (told === 'true' || told === 'false') return told === 'true';
  return meaningOfStatus(status).retryable;
}

/** What the provider asks for, in milliseconds; undefined where it asks for nothing that can be read. */
function retryAfterMs(headers: Reply['headers']): number | undefined {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  const given = headers['retry-after'];
  if (typeof given !== 'string') return undefined;
  if (/^\d+(\.\d+)?$/.test(given)) return Number(given) * 1000;
  const date = Date.parse(given);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

async function wait(
  milliseconds: number,
  { sleep = sleepUnlessAborted, signal }: RetryPolicy,
): Promise<void> {
  try {
    await sleep(milliseconds, signal);
  } catch (cause) {
    throw new GatewayError('client_closed_request', 'The client closed the request.', { cause });
  }
}

async function sleepUnlessAborted(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleepFor(milliseconds, undefined, { signal });
}
