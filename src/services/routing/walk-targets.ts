import { GatewayError, toGatewayError } from '../../core/gateway-error.ts';
import type { Reply } from '../../core/request-path.ts';
import { meaningOfStatus } from '../provider-status.ts';
import type { CircuitBreaker, Settle } from './circuit-breaker.ts';
import type { PlannedTarget } from './plan-targets.ts';

/**
 * Makes the upstream call of a request, and takes note of how it ends. What is answered without one, from the cache or
 * by another request's call, says nothing of the provider.
 */
export type Observe = (call: () => Promise<Reply>) => Promise<Reply>;

/** What the walk over a request's targets needs. */
export interface WalkSources {
  readonly breaker: CircuitBreaker;
  /** Carries the request to one target, its upstream call by `observe`. */
  readonly carry: (target: PlannedTarget, observe: Observe) => Promise<Reply>;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * Carries a request to the first of its targets that can serve it: the list is walked once, and only while nothing has
 * gone to the client. Where none can, the last one's answer or fault is the result.
 * @throws GatewayError of the last target, or `upstream_overloaded` where every breaker is open
 */
export async function walkTargets(targets: readonly PlannedTarget[], sources: WalkSources): Promise<Reply> {
  let last: Result | undefined;
  for (const target of targets) {
    const circuit = circuitOf(target);
    // A model of its own has no other to stand in for it: its provider says itself how it is.
    const settle = targets.length > 1 ? sources.breaker.admit(circuit) : sources.breaker.observe(circuit);
    if (settle === undefined) continue;
    if (last !== undefined && 'reply' in last) discard(last.reply);
    last = await attempt(target, settle, sources);
    if (sources.signal.aborted || !goesOn(target, last)) return unwrap(last);
  }
  if (last !== undefined) return unwrap(last);
  throw new GatewayError('upstream_overloaded', 'No provider of this model can serve it at the moment.', {
    retryAfterSeconds: 10,
  });
}

type Result = { readonly reply: Reply } | { readonly fault: GatewayError };

async function attempt(target: PlannedTarget, settle: Settle, { carry }: WalkSources): Promise<Result> {
  let isSent = false;
  const observe: Observe = (call) => {
    isSent = true;
    return observed(call, settle);
  };
  try {
    return { reply: await carry(target, observe) };
  } catch (error) {
    return { fault: toGatewayError(error) };
  } finally {
    if (!isSent) settle(undefined);
  }
}

async function observed(call: () => Promise<Reply>, settle: Settle): Promise<Reply> {
  try {
    const reply = await call();
    void reply.outcome.then(({ kind }) => settle(kind));
    return reply;
  } catch (error) {
    settle(toGatewayError(error).outcome);
    throw error;
  }
}

/** The name of a target's circuit: one bad model of a provider must not stop its others. */
export function circuitOf({ provider, model }: PlannedTarget): string {
  return `${provider.id}::${model.modelIdentifier}`;
}

/** Statuses that speak of the gateway's account at one provider: another provider's may serve. */
const ACCOUNT_STATUSES: ReadonlySet<number> = new Set([401, 402, 403, 404]);

/** Whether the next target is asked in this one's place. A refused request is the same everywhere, unless told otherwise. */
function goesOn({ onStatusCodes }: PlannedTarget, result: Result): boolean {
  const status = 'reply' in result ? result.reply.status : result.fault.status;
  if (status < 400) return false;
  if (onStatusCodes !== undefined) return onStatusCodes.has(status);
  if (!('reply' in result)) return result.fault.retryable;
  return status >= 500 || ACCOUNT_STATUSES.has(status) || meaningOfStatus(status).retryable;
}

/** Lets go of an answer that nobody is going to read. */
function discard(reply: Reply): void {
  // Neither how long that takes nor what fails in it concerns the next target, or anybody.
  reply.body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => {});
}

function unwrap(result: Result): Reply {
  if ('reply' in result) return result.reply;
  throw result.fault;
}
