import type { JsonObject } from '../../core/json.ts';
import type { StreamPart } from '../../core/stream-part.ts';
import type { CollectedAnswer } from './collect-answer.ts';

/** Writes one chat answer in OpenAI's dialect. It is synchronous and is used once. */
export interface AnswerEncoder {
  /** The chunks that go out for the parts of one event of the provider: `chat.completion.chunk` objects. */
  encodeEvent(parts: readonly StreamPart[]): readonly JsonObject[];
  /** The chunks that go out behind a complete stream, before `[DONE]`. */
  encodeEnd(): readonly JsonObject[];
  /** The `chat.completion` object of an answer that came whole. */
  encodeDocument(answer: CollectedAnswer): JsonObject;
}
