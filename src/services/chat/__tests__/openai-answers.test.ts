import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerDialectOf } from '../../../core/answer-dialect.ts';
import { EventStreamTap } from '../../../core/event-stream-tap.ts';
import type { JsonObject } from '../../../core/json.ts';
import {
  anyCall,
  anyFraming,
  anyText,
  inPieces,
  RUNS,
  readThrough,
  writeStream,
} from './generated-streams.ts';

const anyDelta: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ content: anyText }),
  fc.record({ reasoning_content: anyText }),
  anyCall.map(({ name, json }) => ({
    tool_calls: [{ index: 0, function: { name, arguments: json.whole } }],
  })),
);

const anyAnswer = fc.record({
  deltas: fc.array(fc.tuple(fc.nat(2), anyDelta), { minLength: 1, maxLength: 8 }),
  reason: fc.constantFrom('stop', 'length', 'tool_calls'),
  usage: fc.option(
    fc.record({ prompt_tokens: fc.nat(99), completion_tokens: fc.integer({ min: 1, max: 99 }) }),
  ),
});
type Answer = typeof anyAnswer extends fc.Arbitrary<infer T> ? T : never;

const chunk = (choices: readonly JsonObject[], more: JsonObject = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  choices,
  ...more,
});

const choicesOf = ({ deltas }: Answer) => [...new Set(deltas.map(([index]) => index))];

/** The events but the usage's and the end marker. */
const said = (answer: Answer) => [
  ...answer.deltas.map(([index, delta]) => chunk([{ index, delta, finish_reason: null }])),
  ...choicesOf(answer).map((index) => chunk([{ index, delta: {}, finish_reason: answer.reason }])),
];
const usageEvents = ({ usage }: Answer) => (usage === null ? [] : [chunk([], { usage })]);

function createTap(withholdUsage: boolean) {
  const dialect = answerDialectOf('chat.completions');
  return new EventStreamTap({ dialect, choices: 1, withholdUsage, endsAtError: true });
}

describe('any answer of OpenAI’s', () => {
  it('goes through byte for byte, and is known by what went through', () => {
    fc.assert(
      fc.property(anyAnswer, anyFraming, (answer, framing) => {
        const bytes = writeStream([...said(answer), ...usageEvents(answer), '[DONE]'], framing);
        const tap = createTap(false);
        expect(readThrough(tap, inPieces(bytes, framing)).equals(bytes)).toBe(true);
        expect(tap).toMatchObject({
          finishReason: answer.reason,
          done: true,
          isComplete: true,
          errorCode: undefined,
          isInsideEvent: false,
        });
        expect(tap.usage).toEqual(
          answer.usage === null
            ? undefined
            : {
                prompt: answer.usage.prompt_tokens,
                completion: answer.usage.completion_tokens,
                cached: 0,
                reasoning: 0,
              },
        );
      }),
      RUNS,
    );
  });

  it('lacks nothing but the usage’s event where that is withheld', () => {
    fc.assert(
      fc.property(anyAnswer, anyFraming, (answer, given) => {
        // A comment is an event of its own, and stays where the event behind it is withheld.
        const framing = { ...given, comments: false };
        const bytes = writeStream([...said(answer), ...usageEvents(answer), '[DONE]'], framing);
        const kept = writeStream([...said(answer), '[DONE]'], framing);
        const tap = createTap(true);
        expect(readThrough(tap, inPieces(bytes, framing)).equals(kept)).toBe(true);
        expect(tap.usage === undefined).toBe(answer.usage === null);
      }),
      RUNS,
    );
  });

  it('is not complete before every choice has its finish reason', () => {
    fc.assert(
      fc.property(anyAnswer, anyFraming, (answer, framing) => {
        const tap = createTap(false);
        readThrough(tap, inPieces(writeStream(said(answer).slice(0, -1), framing), framing));
        expect(tap).toMatchObject({ isComplete: false, done: false });
      }),
      RUNS,
    );
  });
});
