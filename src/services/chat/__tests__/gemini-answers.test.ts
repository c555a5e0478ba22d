import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf, readStrictDocument, readStrictStream } from '../../../../test/replay/client-answer.ts';
import { readChat } from '../../../../test/replay/read-chat.ts';
import type { JsonObject } from '../../../core/json.ts';
import { createGoogleDecoder } from '../../providers/google/google-decoder.ts';
import { createPortkeyGoogleEncoder } from '../../providers/google/portkey-google-encoder.ts';
import { collectAnswer } from '../collect-answer.ts';
import { createOpenAIEncoder } from '../openai-encoder.ts';
import { TranslatingReader } from '../translating-reader.ts';
import {
  anyCall,
  anyFraming,
  anyText,
  type GeneratedCall,
  inPieces,
  RUNS,
  readCall,
  readThrough,
  writeStream,
} from './generated-streams.ts';

const head = { id: 'chatcmpl-1', model: 'asked-for', created: 0 };

type Part =
  | { readonly kind: 'text' | 'thought'; readonly text: string }
  | { readonly kind: 'call'; readonly call: GeneratedCall };

const anyPart: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constantFrom('text' as const, 'thought' as const), text: anyText }),
  fc.record({ kind: fc.constant('call' as const), call: anyCall }),
);

/** What each event says of each candidate; candidates of no event say nothing but their end. */
const anyAnswer = fc.record({
  events: fc.array(fc.record({ index: fc.nat(1), parts: fc.array(anyPart, { maxLength: 4 }) }), {
    minLength: 1,
    maxLength: 6,
  }),
  reason: fc.constantFrom('STOP' as const, 'MAX_TOKENS' as const),
  prompt: fc.nat(1000),
  candidates: fc.integer({ min: 1, max: 1000 }),
  thoughts: fc.nat(1000),
});
type Answer = typeof anyAnswer extends fc.Arbitrary<infer T> ? T : never;

const indexesOf = ({ events }: Answer) => [...new Set(events.map(({ index }) => index))].sort();
const partsOf = ({ events }: Answer, of: number) =>
  events.filter(({ index }) => index === of).flatMap(({ parts }) => parts);

function written(part: Part): JsonObject {
  if (part.kind === 'call')
    return { functionCall: { name: part.call.name, args: JSON.parse(part.call.json.whole) } };
  return part.kind === 'thought' ? { text: part.text, thought: true } : { text: part.text };
}

const event = (candidates: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
  candidates,
  responseId: 'resp_1',
  modelVersion: 'gemini',
  ...more,
});
const candidate = (index: number, parts: readonly Part[], more: JsonObject = {}): JsonObject => ({
  index,
  content: { role: 'model', parts: parts.map(written) },
  ...more,
});
const usageOf = ({ prompt, candidates, thoughts }: Answer) => ({
  usageMetadata: { promptTokenCount: prompt, candidatesTokenCount: candidates, thoughtsTokenCount: thoughts },
});

function eventsOf(answer: Answer): JsonObject[] {
  return [
    ...answer.events.map(({ index, parts }) => event([candidate(index, parts)])),
    event(
      indexesOf(answer).map((index) => candidate(index, [], { finishReason: answer.reason })),
      usageOf(answer),
    ),
  ];
}

function documentOf(answer: Answer): JsonObject {
  const candidates = indexesOf(answer).map((index) =>
    candidate(index, partsOf(answer, index), { finishReason: answer.reason }),
  );
  return event(candidates, usageOf(answer));
}

const textOf = (parts: readonly Part[], kind: 'text' | 'thought') =>
  parts.map((part) => (part.kind === kind ? part.text : '')).join('');

/** What a client of OpenAI's should make of an answer. */
function expectedOf(answer: Answer) {
  const choices = indexesOf(answer).map((index) => {
    const parts = partsOf(answer, index);
    const toolCalls = parts.flatMap((part) => (part.kind === 'call' ? [readCall(part.call)] : []));
    const stopped = toolCalls.length > 0 ? 'tool_calls' : 'stop';
    return {
      text: textOf(parts, 'text'),
      reasoning: textOf(parts, 'thought'),
      refusal: '',
      toolCalls,
      finishReason: answer.reason === 'STOP' ? stopped : 'length',
    };
  });
  const { prompt, candidates, thoughts } = answer;
  const usage = { prompt, completion: candidates + thoughts, cached: 0, reasoning: thoughts };
  return { choices, usage };
}

/** What Portkey makes of it: thoughts are withheld, and calls end with `stop`. */
const portkeyChoices = (answer: Answer) =>
  expectedOf(answer).choices.map((choice) => ({
    ...choice,
    reasoning: '',
    finishReason: answer.reason === 'STOP' ? 'stop' : 'length',
  }));

describe('any answer of Gemini’s', () => {
  it('comes through a stream as it was said', () => {
    fc.assert(
      fc.property(anyAnswer, anyFraming, (answer, framing) => {
        const encoder = createOpenAIEncoder(head, { includeUsage: true });
        const reader = new TranslatingReader(createGoogleDecoder('openai'), encoder);
        const out = readThrough(reader, inPieces(writeStream(eventsOf(answer), framing), framing));
        expect(readStrictStream(out)).toEqual(expectedOf(answer));
        expect(reader.usage).toEqual(expectedOf(answer).usage);
      }),
      RUNS,
    );
  });

  it('comes through a stream under portkey, too, apart from what Portkey withholds', () => {
    fc.assert(
      fc.property(anyAnswer, anyFraming, (answer, framing) => {
        const reader = new TranslatingReader(createGoogleDecoder('portkey'), createPortkeyGoogleEncoder(0));
        const out = readThrough(reader, inPieces(writeStream(eventsOf(answer), framing), framing));
        expect(readChat(chunksOf(out)).choices).toEqual(portkeyChoices(answer));
        expect(reader.usage).toEqual(expectedOf(answer).usage);
      }),
      RUNS,
    );
  });

  it('comes through as a document as it was said, in either form', () => {
    fc.assert(
      fc.property(anyAnswer, (answer) => {
        const collected = collectAnswer(createGoogleDecoder('openai').decodeDocument(documentOf(answer)));
        const plain = createOpenAIEncoder(head, { includeUsage: false }).encodeDocument(collected);
        expect(readStrictDocument(Buffer.from(JSON.stringify(plain)))).toEqual(expectedOf(answer));
        const portkey = createPortkeyGoogleEncoder(0).encodeDocument(collected);
        expect(readChat([portkey]).choices).toEqual(portkeyChoices(answer));
      }),
      RUNS,
    );
  });

  it('is not taken for complete where its stream is cut before its finish reason', () => {
    fc.assert(
      fc.property(anyAnswer, anyFraming, fc.nat(), (answer, framing, place) => {
        const bytes = writeStream(eventsOf(answer), framing);
        const end = bytes.lastIndexOf('data: ');
        const encoder = createOpenAIEncoder(head, { includeUsage: true });
        const reader = new TranslatingReader(createGoogleDecoder('openai'), encoder);
        const out = readThrough(reader, inPieces(bytes.subarray(0, place % end), framing));
        expect(out.includes('[DONE]')).toBe(false);
        expect(reader).toMatchObject({ done: false, errorCode: undefined });
      }),
      RUNS,
    );
  });
});
