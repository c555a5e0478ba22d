import { isErrorFinishReason, readAnswer } from './answer-reading.ts';
import { type CallOutcome, outcomeOfStatus, type UpstreamTimings } from './call-outcome.ts';

/**
 * The outcome of an answer that came as one JSON document, by content and not by status alone: a 200 that carries
 * an `error`, or an error's name as finish reason, is a fault.
 * @param status HTTP status of the answer
 * @param answer the parsed body; undefined where it was no JSON
 */
export function outcomeOfAnswer(status: number, answer: unknown, timings: UpstreamTimings): CallOutcome {
  const facts = readAnswer(answer);
  const { finishReason, usage, errorCode } = facts;
  if (status >= 400) return { kind: outcomeOfStatus(status), errorCode, timings };
  const failed = errorCode !== undefined || (finishReason !== undefined && isErrorFinishReason(finishReason));
  return { kind: failed ? 'upstream_error' : 'success', finishReason, usage, errorCode, timings };
}

/** A body of one piece, as `Reply` wants it. */
export async function* singleChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
