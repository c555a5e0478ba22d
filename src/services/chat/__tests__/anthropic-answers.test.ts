import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf, readStrictDocument, readStrictStream } from '../../../../test/replay/client-answer.ts';
import { readChat } from '../../../../test/replay/read-chat.ts';
import type { JsonObject } from '../../../core/json.ts';
import { createAnthropicDecoder } from '../../providers/anthropic/anthropic-decoder.ts';
import { createPortkeyAnthropicEncoder } from '../../providers/anthropic/portkey-anthropic-encoder.ts';
import { collectAnswer } from '../collect-answer.ts';
import { createOpenAIEncoder } from '../openai-encoder.ts';
import { TranslatingReader } from '../translating-reader.ts';
import {
  anyCall,
  anyFraming,
  anyText,
  type CutText,
  cutText,
  deltaValues,
  type GeneratedCall,
  inPieces,
  RUNS,
  readCall,
  readThrough,
  writeStream,
} from './generated-streams.ts';

const head = { id: 'chatcmpl-1', model: 'asked-for', created: 0 };

type Block =
  | { readonly kind: 'text' | 'thinking'; readonly text: CutText }
  | { readonly kind: 'redacted' }
  | { readonly kind: 'search'; readonly call: GeneratedCall }
  | { readonly kind: 'call'; readonly call: GeneratedCall };

const anyBlock: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constantFrom('text' as const, 'thinking' as const), text: cutText(anyText) }),
  fc.record({ kind: fc.constant('call' as const), call: anyCall }),
  fc.record({ kind: fc.constant('search' as const), call: anyCall }),
  fc.record({ kind: fc.constant('redacted' as const) }),
);

const REASONS = { end_turn: 'stop', tool_use: 'tool_calls', max_tokens: 'length', refusal: 'content_filter' };
const PORTKEY_REASONS = { ...REASONS, refusal: 'stop' };

const anyMessage = fc.record({
  blocks: fc.array(anyBlock, { maxLength: 6 }),
  reason: fc.constantFrom(
    'end_turn' as const,
    'tool_use' as const,
    'max_tokens' as const,
    'refusal' as const,
  ),
  prompt: fc.nat(1000),
  cached: fc.nat(1000),
  // A message without a single token is none; a zero takes no count back.
  completion: fc.integer({ min: 1, max: 1000 }),
});
type Message = typeof anyMessage extends fc.Arbitrary<infer T> ? T : never;

const signature = 'c2lnbmVk';
const redacted = { type: 'redacted_thinking', data: 'c2VhbGVk' };

/** A block as the API gives it whole. */
function wholeBlock(block: Block, index: number): JsonObject {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: block.text.whole };
    case 'thinking':
      return { type: 'thinking', thinking: block.text.whole, signature };
    case 'redacted':
      return redacted;
    default: {
      const type = block.kind === 'call' ? 'tool_use' : 'server_tool_use';
      const { name, json } = block.call;
      return { type, id: `id_${index}`, name, input: JSON.parse(json.whole) };
    }
  }
}

/** A block as it begins, and the deltas behind that. */
function pieceByPiece(block: Block, index: number): readonly [JsonObject, readonly JsonObject[]] {
  const whole = wholeBlock(block, index);
  switch (block.kind) {
    case 'text':
      return [{ ...whole, text: '' }, block.text.pieces.map((text) => ({ type: 'text_delta', text }))];
    case 'thinking': {
      const deltas = block.text.pieces.map((thinking) => ({ type: 'thinking_delta', thinking }));
      return [{ ...whole, thinking: '', signature: '' }, [...deltas, { type: 'signature_delta', signature }]];
    }
    case 'redacted':
      return [whole, []];
    default: {
      const { pieces } = block.call.json;
      return [
        { ...whole, input: {} },
        pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
      ];
    }
  }
}

const usageOf = ({ prompt, cached }: Message) => ({
  input_tokens: prompt,
  cache_read_input_tokens: cached,
  output_tokens: 1,
});

function eventsOf(message: Message): JsonObject[] {
  const { blocks, reason, completion } = message;
  const start = { id: 'msg_1', model: 'claude', content: [], usage: usageOf(message) };
  return [
    { type: 'message_start', message: start },
    { type: 'ping' },
    ...blocks.flatMap((block, index) => {
      const [content_block, deltas] = pieceByPiece(block, index);
      return [
        { type: 'content_block_start', index, content_block },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ];
    }),
    { type: 'message_delta', delta: { stop_reason: reason }, usage: { output_tokens: completion } },
    { type: 'message_stop' },
  ];
}

function documentOf(message: Message): JsonObject {
  return {
    id: 'msg_1',
    type: 'message',
    model: 'claude',
    content: message.blocks.map(wholeBlock),
    stop_reason: message.reason,
    usage: { ...usageOf(message), output_tokens: message.completion },
  };
}

const textOf = ({ blocks }: Message, kind: 'text' | 'thinking') =>
  blocks.map((block) => (block.kind === kind ? block.text.whole : '')).join('');

/** What a client of OpenAI's should make of a message. */
function expectedOf(message: Message, includeUsage = true) {
  const { blocks, reason, prompt, cached, completion } = message;
  const choice = {
    text: textOf(message, 'text'),
    reasoning: textOf(message, 'thinking'),
    refusal: '',
    toolCalls: blocks.flatMap((block) => (block.kind === 'call' ? [readCall(block.call)] : [])),
    finishReason: REASONS[reason],
  };
  const usage = { prompt: prompt + cached, completion, cached, reasoning: 0 };
  return { choices: [choice], usage: includeUsage ? usage : undefined };
}

/** The thinking that has to come back, in order. */
const signedOf = ({ blocks }: Message) =>
  blocks
    .filter(({ kind }) => kind === 'thinking' || kind === 'redacted')
    .map((block, index) => wholeBlock(block, index));

const openaiReader = (includeUsage: boolean) =>
  new TranslatingReader(createAnthropicDecoder(), createOpenAIEncoder(head, { includeUsage }));
const portkeyReader = () =>
  new TranslatingReader(createAnthropicDecoder(), createPortkeyAnthropicEncoder(head));

describe('any answer of Anthropic’s', () => {
  it('comes through a stream as it was said', () => {
    fc.assert(
      fc.property(anyMessage, anyFraming, fc.boolean(), (message, framing, includeUsage) => {
        const reader = openaiReader(includeUsage);
        const out = readThrough(reader, inPieces(writeStream(eventsOf(message), framing), framing));
        expect(readStrictStream(out)).toEqual(expectedOf(message, includeUsage));
        expect(deltaValues(chunksOf(out), 'thinking_blocks').flat()).toEqual(signedOf(message));
        expect(reader).toMatchObject({ done: true, isComplete: true, errorCode: undefined });
        expect(reader.usage).toEqual(expectedOf(message).usage);
      }),
      RUNS,
    );
  });

  it('comes through a stream under portkey, too, apart from what Portkey withholds', () => {
    fc.assert(
      fc.property(anyMessage, anyFraming, (message, framing) => {
        const reader = portkeyReader();
        const out = readThrough(reader, inPieces(writeStream(eventsOf(message), framing), framing));
        const [expected] = expectedOf(message).choices;
        expect(readChat(chunksOf(out)).choices).toEqual([
          { ...expected, reasoning: '', finishReason: PORTKEY_REASONS[message.reason] },
        ]);
        expect(reader.usage).toEqual(expectedOf(message).usage);
      }),
      RUNS,
    );
  });

  it('comes through as a document as it was said, in either form', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const collected = collectAnswer(createAnthropicDecoder().decodeDocument(documentOf(message)));
        const plain = createOpenAIEncoder(head, { includeUsage: false }).encodeDocument(collected);
        const portkey = createPortkeyAnthropicEncoder(head).encodeDocument(collected);
        expect(readStrictDocument(Buffer.from(JSON.stringify(plain)))).toEqual(expectedOf(message));
        const [expected] = expectedOf(message).choices;
        expect(readStrictDocument(Buffer.from(JSON.stringify(portkey))).choices).toEqual([
          { ...expected, reasoning: '', finishReason: PORTKEY_REASONS[message.reason] },
        ]);
        expect(collected.choices[0]?.thinkingBlocks ?? []).toEqual(signedOf(message));
      }),
      RUNS,
    );
  });

  it('is not taken for complete where its stream is cut, wherever that is', () => {
    fc.assert(
      fc.property(anyMessage, anyFraming, fc.nat(), fc.boolean(), (message, framing, place, isPortkey) => {
        const bytes = writeStream(eventsOf(message), framing);
        const end = bytes.lastIndexOf('data: ');
        const reader = isPortkey ? portkeyReader() : openaiReader(true);
        const out = readThrough(reader, inPieces(bytes.subarray(0, place % end), framing));
        expect(out.includes('[DONE]')).toBe(false);
        expect(reader).toMatchObject({ done: false, isComplete: false, errorCode: undefined });
      }),
      RUNS,
    );
  });
});
