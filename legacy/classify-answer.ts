import { outcomeOfAnswer } from '../src/core/buffered-answer.ts';
import { type CallOutcome, outcomeOfStatus, type UpstreamTimings } from '../src/core/call-outcome.ts';
import { isJsonObject } from '../src/core/json.ts';

/**
 * The outcome of an answer of the legacy gateway, so that the same fault of a provider counts the same on both
 * paths. Its own failures (`status: failure`) are the gateway's; the network failures that it reports as 500 are
 * the provider's already.
 */
export function classifyLegacyAnswer(status: number, answer: unknown, timings: UpstreamTimings): CallOutcome {
  const outcome = outcomeOfAnswer(status, answer, timings);
  if (status < 400 || !isJsonObject(answer) || answer.status !== 'failure') return outcome;
  const kind = status >= 500 ? 'gateway_error' : outcomeOfStatus(status);
  return { ...outcome, kind, errorCode: 'legacy_failure' };
}
