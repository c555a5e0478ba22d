import { BLOCKED_PROMPT } from '../src/core/answer-reading.ts';
import { outcomeOfAnswer } from '../src/core/buffered-answer.ts';
import type { CallOutcome, OutcomeKind, UpstreamTimings } from '../src/core/call-outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../src/core/json.ts';
import type { Endpoint, ProviderCall } from '../src/core/provider-call.ts';

/** Endpoints for which Portkey does not pass `stream` on, so that the document is what was asked for. */
const NEVER_STREAMED: ReadonlySet<Endpoint> = new Set(['images.generations', 'audio.speech']);

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
  if (status < 300 && isBlockedPrompt(answer)) return { ...outcome, ...BLOCKED };
  // A stream was asked for: a document in its place is no answer that a client could read.
  if (status < 300 && call.stream && !NEVER_STREAMED.has(call.endpoint))
    return { ...outcome, kind: 'upstream_error' };
  const failure = status >= 400 && isJsonObject(answer) ? failureOf(call, answer) : undefined;
  return failure === undefined ? outcome : { ...outcome, ...failure };
}

/** Gemini blamed the prompt; under its 200 the legacy gateway quotes the whole answer in an error's message. */
function isBlockedPrompt(answer: unknown): boolean {
  if (!isJsonObject(answer) || !isJsonObject(answer.error)) return false;
  const { message } = answer.error;
  return (
    typeof message === 'string' && /^Invalid response received from google: .*"blockReason"/s.test(message)
  );
}

const BLOCKED = { kind: 'client_error', errorCode: BLOCKED_PROMPT } as const;

function failureOf(
  call: ProviderCall,
  answer: JsonObject,
): { kind: OutcomeKind; errorCode: string } | undefined {
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
  if (unexpected && hasUnreadableCalls(call.body))
    return { kind: 'client_error', errorCode: 'legacy_failure' };
  return { kind: unexpected ? 'upstream_error' : 'gateway_error', errorCode: 'legacy_failure' };
}

/** The one fault of a client's that Portkey meets only when it translates: past calls whose arguments are no JSON. */
function hasUnreadableCalls({ messages }: JsonObject): boolean {
  const turns = Array.isArray(messages) ? messages.filter(isJsonObject) : [];
  return turns.flatMap(({ tool_calls: calls }) => (Array.isArray(calls) ? calls : [])).some(isUnreadable);
}

function isUnreadable(call: JsonValue): boolean {
  const called = isJsonObject(call) && isJsonObject(call.function) ? call.function.arguments : undefined;
  return typeof called === 'string' && called !== '' && parseJson(called) === undefined;
}
