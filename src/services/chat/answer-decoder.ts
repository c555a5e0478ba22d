import type { StreamPart } from '../../core/stream-part.ts';

/**
 * Reads one chat answer of one provider's dialect. It is synchronous, does no input or output, and is used once; for
 * a stream it is called for each event in order.
 */
export interface AnswerDecoder {
  /**
   * The parts of one event of a stream; an event that says nothing gives none.
   * @param data the event's data, parsed
   */
  decodeEvent(data: unknown): readonly StreamPart[];
  /** The parts of an answer that came as one document. */
  decodeDocument(document: unknown): readonly StreamPart[];
  /** Whether the dialect has an end event, so that a stream without one was cut. */
  readonly hasEndEvent: boolean;
}
