import { answerDialectOf } from './answer-dialect.ts';
import { type AnswerFacts, isErrorFinishReason } from './answer-reading.ts';
import { type CallOutcome, outcomeOfStatus, type UpstreamTimings } from './call-outcome.ts';
import { type Generated, GeneratedSoFar } from './generated.ts';
import type { Endpoint } from './provider-call.ts';

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
  const dialect = answerDialectOf(endpoint);
  const facts = dialect.read(answer);
  const { finishReason, usage, errorCode } = facts;
  if (status >= 400) return { kind: outcomeOfStatus(status), errorCode, timings };
  const kind = isFault(facts) || !dialect.hasExpectedShape(answer) ? 'upstream_error' : 'success';
  const generated = generatedIn(facts);
  return { kind, finishReason, usage, generated, errorCode, timings, responseId: facts.responseId };
}

function generatedIn({ texts, calls }: AnswerFacts): Generated {
  const generated = new GeneratedSoFar();
  for (const [choice, text] of texts.entries()) generated.add(choice, text);
  generated.addCalls(calls);
  return generated.read();
}

function isFault({ errorCode, finishReason }: AnswerFacts): boolean {
  return errorCode !== undefined || (finishReason !== undefined && isErrorFinishReason(finishReason));
}

/** A body of one piece, as `Reply` wants it. */
export async function* singleChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
