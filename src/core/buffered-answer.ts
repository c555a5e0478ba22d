import { type AnswerFacts, isErrorFinishReason, readAnswer } from './answer-reading.ts';
import { type CallOutcome, outcomeOfStatus, type UpstreamTimings } from './call-outcome.ts';
import { isJsonObject } from './json.ts';
import type { Endpoint } from './provider-call.ts';

/** Endpoints whose answer is a list of choices. */
const CHOICE_ENDPOINTS: ReadonlySet<Endpoint> = new Set(['chat.completions', 'completions']);

/**
 * The outcome of an answer that came as one JSON document, by content and not by status alone: a 200 that carries
 * an `error`, an error's name as finish reason, or no choices where there should be some, is a fault.
 * @param status HTTP status of the answer
 * @param answer the parsed body; undefined where it was no JSON
 */
export function outcomeOfAnswer(
  endpoint: Endpoint,
  status: number,
  answer: unknown,
  timings: UpstreamTimings,
): CallOutcome {
  const facts = readAnswer(answer);
  const { finishReason, usage, errorCode } = facts;
  if (status >= 400) return { kind: outcomeOfStatus(status), errorCode, timings };
  const kind = isFault(facts) || !hasExpectedShape(endpoint, answer) ? 'upstream_error' : 'success';
  return { kind, finishReason, usage, errorCode, timings };
}

function isFault({ errorCode, finishReason }: AnswerFacts): boolean {
  return errorCode !== undefined || (finishReason !== undefined && isErrorFinishReason(finishReason));
}

function hasExpectedShape(endpoint: Endpoint, answer: unknown): boolean {
  if (!CHOICE_ENDPOINTS.has(endpoint)) return true;
  return isJsonObject(answer) && Array.isArray(answer.choices);
}

/** A body of one piece, as `Reply` wants it. */
export async function* singleChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
