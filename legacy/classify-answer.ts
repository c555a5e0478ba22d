import { outcomeOfAnswer } from '../src/core/buffered-answer.ts';
import type { CallOutcome, OutcomeKind, UpstreamTimings } from '../src/core/call-outcome.ts';
import { isJsonObject, type JsonObject } from '../src/core/json.ts';
import type { ProviderCall } from '../src/core/provider-call.ts';

/**
 * The outcome of an answer of the legacy gateway, so that the same fault of a provider counts the same on both
 * paths. A provider that cannot be reached, breaks off or sends something that is not JSON shows there as a 500 or
 * 503 of the gateway's own; as every request is valid when it is handed over, what is left is the provider's.
 */
export function classifyLegacyAnswer(
  call: ProviderCall,
  status: number,
  answer: unknown,
  timings: UpstreamTimings,
): CallOutcome {
  const outcome = outcomeOfAnswer(call.endpoint, status, answer, timings);
  // A stream was asked for: a document in its place is no answer that a client could read.
  if (status < 300 && call.stream) return { ...outcome, kind: 'upstream_error' };
  const failure = status >= 400 && isJsonObject(answer) ? failureOf(answer) : undefined;
  return failure === undefined ? outcome : { ...outcome, ...failure };
}

function failureOf(answer: JsonObject): { kind: OutcomeKind; errorCode: string } | undefined {
  const network = answer['html-message'];
  if (typeof network === 'string' && /^Message: /.test(network)) {
    // Its own words for a failed fetch; an HTML page of the provider comes in the same field.
    return {
      kind: /Timeout/.test(network) ? 'timeout' : 'upstream_error',
      errorCode: 'legacy_upstream_failure',
    };
  }
  if (answer.status !== 'failure') return undefined;
  // The one text for whatever it did not expect of a provider; its refusals of a request have texts of their own.
  const unexpected = answer.message === 'Something went wrong';
  return { kind: unexpected ? 'upstream_error' : 'gateway_error', errorCode: 'legacy_failure' };
}
