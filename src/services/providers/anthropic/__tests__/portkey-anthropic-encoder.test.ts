import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../core/json.ts';
import { collectAnswer } from '../../../chat/collect-answer.ts';
import { createAnthropicDecoder } from '../anthropic-decoder.ts';
import { createPortkeyAnthropicEncoder } from '../portkey-anthropic-encoder.ts';
import { delta, finish, json, messageStart, start, stop, toolUse } from './message-events.ts';

const head = { id: 'chatcmpl-1', model: 'asked-for', created: 1_700_000_000 };

/** The chunks for each event. */
function chunksOf(...events: JsonValue[]): (readonly JsonObject[])[] {
  const decoder = createAnthropicDecoder();
  const encoder = createPortkeyAnthropicEncoder(head);
  return events.map((event) => encoder.encodeEvent(decoder.decodeEvent(event)));
}

/** What a client reads of them: undefined is not there. */
const sent = (...events: JsonValue[]): JsonObject[] => JSON.parse(JSON.stringify(chunksOf(...events).flat()));

const encodeDocument = (document: JsonObject): JsonObject =>
  JSON.parse(
    JSON.stringify(
      createPortkeyAnthropicEncoder(head).encodeDocument(
        collectAnswer(createAnthropicDecoder().decodeDocument(document)),
      ),
    ),
  );

const chunk = (choice: JsonObject, more: JsonObject = {}) => ({
  id: 'anthropic-1700000000000',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'claude',
  provider: 'anthropic',
  choices: [choice],
  ...more,
});
const deltaChunk = (delta: JsonObject) => chunk({ delta, index: 0, logprobs: null, finish_reason: null });
const lastChunk = (finish_reason: string, usage: JsonObject) =>
  chunk({ index: 0, delta: {}, finish_reason }, { usage });

const counted = messageStart({ input_tokens: 10, output_tokens: 1 });

describe('a message’s stream, as Portkey writes it', () => {
  it('has one chunk for each event that is no stop and no ping', () => {
    expect(
      sent(
        counted,
        { type: 'ping' },
        start(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'hm' }),
        delta(0, { type: 'signature_delta', signature: 'c2ln' }),
        stop(0),
        start(1, { type: 'text', text: '' }),
        delta(1, { type: 'text_delta', text: 'Hi' }),
        delta(1, { type: 'citations_delta', citation: { url: 'https://a.example' } }),
        delta(1, { type: 'citations_delta', citation: { type: 'char_location' } }),
        stop(1),
        finish('end_turn'),
        { type: 'message_stop' },
      ),
    ).toEqual([
      deltaChunk({ content: '', role: 'assistant' }),
      deltaChunk({}),
      deltaChunk({}),
      deltaChunk({}),
      deltaChunk({}),
      deltaChunk({ content: 'Hi' }),
      deltaChunk({}),
      deltaChunk({}),
      lastChunk('stop', {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 0 },
      }),
    ]);
  });

  it('has calls with their own index', () => {
    const [, ...chunks] = sent(
      counted,
      start(0, toolUse('a')),
      json(0, ''),
      json(0, '{"a":1}'),
      stop(0),
      start(1, toolUse('b')),
      json(1, '{}'),
      stop(1),
    );
    const call = (index: number, id: string) =>
      deltaChunk({
        tool_calls: [{ index, id, type: 'function', function: { name: 'weather', arguments: '' } }],
      });
    const piece = (index: number, json: string) =>
      deltaChunk({ tool_calls: [{ index, function: { arguments: json } }] });
    expect(chunks).toEqual([call(0, 'a'), piece(0, ''), piece(0, '{"a":1}'), call(1, 'b'), piece(1, '{}')]);
  });

  it('has `{}` for a call without arguments, where Portkey has no JSON at all', () => {
    expect(sent(counted, start(0, toolUse('a')), stop(0)).at(-1)).toEqual(
      deltaChunk({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }),
    );
  });

  it('has empty chunks for what the provider’s own tools do, and no call', () => {
    const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} };
    const [, ...chunks] = sent(
      counted,
      start(0, search),
      json(0, '{"query":"fig"}'),
      stop(0),
      start(1, { type: 'web_search_tool_result', content: [] }),
      stop(1),
    );
    expect(chunks).toEqual([deltaChunk({}), deltaChunk({}), deltaChunk({})]);
  });

  it('counts the cache beside the prompt', () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 4,
      cache_creation_input_tokens: 3,
      output_tokens: 1,
    };
    expect(sent(messageStart(usage), finish('max_tokens')).at(-1)).toEqual(
      lastChunk('length', {
        prompt_tokens: 10,
        cache_read_input_tokens: 4,
        cache_creation_input_tokens: 3,
        completion_tokens: 5,
        total_tokens: 22,
        prompt_tokens_details: { cached_tokens: 4 },
      }),
    );
  });

  it('has its finish reason without usage, too, and its beginning', () => {
    expect(
      sent(
        { type: 'message_start', message: { model: 'claude' } },
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
        },
      ),
    ).toEqual([
      deltaChunk({ content: '', role: 'assistant' }),
      chunk({ index: 0, delta: {}, finish_reason: 'stop' }),
    ]);
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['tool_use', 'tool_calls'],
    ['max_tokens', 'length'],
    ['refusal', 'stop'],
    ['model_context_window_exceeded', 'stop'],
    ['a_new_reason', 'stop'],
  ])('calls %s %s', (raw, reason) => {
    expect(sent(counted, finish(raw)).at(-1)).toMatchObject({ choices: [{ finish_reason: reason }] });
    expect(encodeDocument({ content: [], stop_reason: raw })).toMatchObject({
      choices: [{ finish_reason: reason }],
    });
  });

  it('leaves an error, and its end, to what writes the stream', () => {
    expect(sent({ type: 'error', error: { type: 'overloaded_error', message: 'x' } })).toEqual([]);
    expect(createPortkeyAnthropicEncoder(head).encodeEnd()).toEqual([]);
  });
});

describe('a whole message, as Portkey writes it', () => {
  const document = {
    id: 'msg_1',
    model: 'claude',
    content: [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { type: 'text', text: 'One ' },
      { type: 'text', text: 'two' },
    ],
    stop_reason: 'end_turn',
    usage: { input_tokens: 10, output_tokens: 5 },
  };

  it('has its text, and neither thinking nor a refusal', () => {
    expect(encodeDocument(document)).toEqual({
      id: 'msg_1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'claude',
      provider: 'anthropic',
      choices: [
        {
          message: { role: 'assistant', content: 'One two' },
          index: 0,
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 0 },
      },
    });
  });

  it('has an empty text beside its calls', () => {
    const content = [{ type: 'tool_use', id: 'a', name: 'weather', input: { city: 'Oslo' } }];
    const choice = {
      message: {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
        ],
      },
      finish_reason: 'tool_calls',
    };
    expect(encodeDocument({ ...document, content, stop_reason: 'tool_use' })).toMatchObject({
      choices: [choice],
    });
  });

  it('counts the cache beside the prompt where there is any', () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 20,
      cache_read_input_tokens: 4,
      cache_creation_input_tokens: null,
    };
    expect(encodeDocument({ ...document, usage }).usage).toEqual({
      prompt_tokens: 10,
      completion_tokens: 20,
      total_tokens: 34,
      prompt_tokens_details: { cached_tokens: 4 },
      cache_read_input_tokens: 4,
      cache_creation_input_tokens: null,
    });
  });

  it('comes without usage, too, and under the asked-for model where none is named', () => {
    const { usage: _usage, model: _model, id: _id, ...bare } = document;
    expect(encodeDocument(bare)).not.toHaveProperty('usage');
    expect(encodeDocument(bare)).toMatchObject({ id: 'chatcmpl-1', model: 'asked-for' });
  });
});
