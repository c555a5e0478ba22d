import type { StreamPart } from '../../../core/stream-part.ts';
import type { AnswerDecoder } from '../answer-decoder.ts';

/**
 * A decoder of a dialect whose events are numbers: each stands for the parts at that place of the script. A document
 * is all of them.
 */
export function scriptedDecoder(
  script: readonly (readonly StreamPart[])[],
  hasEndEvent = true,
): AnswerDecoder {
  return {
    decodeEvent: (event) => (typeof event === 'number' ? (script[event] ?? []) : []),
    decodeDocument: () => script.flat(),
    hasEndEvent,
  };
}

/** The stream of such a script's events. */
export function scriptedStream(script: readonly (readonly StreamPart[])[]): Buffer {
  return Buffer.from(script.map((_, index) => `event: e\ndata: ${index}\n\n`).join(''));
}
