import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../core/json.ts';
import type { StreamPart } from '../../../../core/stream-part.ts';
import { collectAnswer } from '../../../chat/collect-answer.ts';
import {
  collect,
  decode,
  decodeEach,
  delta,
  finish,
  json,
  messageStart,
  start,
  stop,
  toolUse,
} from './message-events.ts';

const choice = 0;
const noOutput: StreamPart = { type: 'no-output', choice };

describe('a message’s stream', () => {
  it('is read event by event', () => {
    expect(
      decodeEach(
        messageStart({ input_tokens: 10, output_tokens: 1 }),
        { type: 'ping' },
        start(0, { type: 'text', text: '' }),
        delta(0, { type: 'text_delta', text: 'Hello' }),
        stop(0),
        finish('end_turn'),
        { type: 'message_stop' },
      ),
    ).toEqual([
      [
        { type: 'response-start', id: 'msg_1', model: 'claude' },
        {
          type: 'usage',
          usage: { prompt: 10, completion: 1, cached: 0, reasoning: 0 },
          raw: { input_tokens: 10, output_tokens: 1 },
        },
      ],
      [],
      [{ type: 'text-start', choice }],
      [{ type: 'text-delta', choice, text: 'Hello' }],
      [],
      [
        { type: 'finish', choice, reason: 'stop', raw: 'end_turn' },
        {
          type: 'usage',
          usage: { prompt: 10, completion: 5, cached: 0, reasoning: 0 },
          raw: { input_tokens: 10, output_tokens: 5 },
        },
      ],
      [{ type: 'response-end' }],
    ]);
  });

  it('has text that a block began with', () => {
    expect(
      collect(start(0, { type: 'text', text: 'Hel' }), delta(0, { type: 'text_delta', text: 'lo' })),
    ).toMatchObject({ text: 'Hello' });
  });

  it('has calls by their place among the calls, whatever blocks stand between', () => {
    const parts = decode(
      start(0, { type: 'text', text: '' }),
      start(1, toolUse('a')),
      json(1, '{"city":'),
      start(2, { type: 'thinking', thinking: '', signature: '' }),
      start(3, toolUse('b')),
      json(3, '{"city":"Rome"}'),
      json(1, '"Oslo"}'),
      stop(3),
      stop(1),
    );
    expect(parts.filter(({ type }) => type === 'tool-call-start')).toEqual([
      { type: 'tool-call-start', choice, index: 0, id: 'a', name: 'weather' },
      { type: 'tool-call-start', choice, index: 1, id: 'b', name: 'weather' },
    ]);
    expect(collectAnswer(parts).choices[0]?.toolCalls).toMatchObject([
      { id: 'a', arguments: '{"city":"Oslo"}' },
      { id: 'b', arguments: '{"city":"Rome"}' },
    ]);
  });

  it.each([
    ['no piece', []],
    ['an empty piece', ['']],
  ])('has an empty object for the arguments of a call with %s', (_name, pieces) => {
    const events = [start(0, toolUse('a')), ...pieces.map((piece) => json(0, piece)), stop(0)];
    expect(collect(...events)?.toolCalls).toMatchObject([{ arguments: '{}' }]);
  });

  it('has arguments that came with the block’s beginning', () => {
    const events = [start(0, toolUse('a', { input: { city: 'Oslo' } })), stop(0)];
    expect(collect(...events)?.toolCalls).toMatchObject([{ arguments: '{"city":"Oslo"}' }]);
  });

  it('has thinking in pieces, and its block with the signature once it is whole', () => {
    expect(
      decode(
        start(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'let me ' }),
        delta(0, { type: 'thinking_delta', thinking: 'see' }),
        delta(0, { type: 'signature_delta', signature: 'c2ln' }),
        stop(0),
      ),
    ).toEqual([
      noOutput,
      { type: 'reasoning-delta', choice, text: 'let me ' },
      { type: 'reasoning-delta', choice, text: 'see' },
      noOutput,
      {
        type: 'thinking-block',
        choice,
        block: { type: 'thinking', thinking: 'let me see', signature: 'c2ln' },
      },
    ]);
  });

  it('has thinking that a block began with', () => {
    const events = [start(0, { type: 'thinking', thinking: 'hm', signature: 's' }), stop(0)];
    expect(collect(...events)).toMatchObject({
      reasoning: 'hm',
      thinkingBlocks: [{ type: 'thinking', thinking: 'hm', signature: 's' }],
    });
  });

  it('has no reasoning where the thinking is withheld, and the block all the same', () => {
    const withheld = [
      start(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'signature_delta', signature: 'c2ln' }),
      stop(0),
      start(1, { type: 'redacted_thinking', data: 'c2VhbGVk' }),
      stop(1),
    ];
    expect(collect(...withheld)).toMatchObject({
      reasoning: undefined,
      thinkingBlocks: [
        { type: 'thinking', thinking: '', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'c2VhbGVk' },
      ],
    });
  });

  it('has no call for what the provider’s own tools did, but all of it beside the answer', () => {
    const search = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} };
    const found = {
      type: 'web_search_tool_result',
      tool_use_id: 's',
      content: [{ url: 'https://a.example' }],
    };
    const events = [
      start(0, search),
      json(0, '{"query":'),
      json(0, '"fig"}'),
      stop(0),
      start(1, found),
      stop(1),
      start(2, { type: 'mcp_tool_use', id: 'm', name: 'ask', server_name: 'x', input: {} }),
      json(2, '[1]'),
      stop(2),
    ];
    expect(collect(...events)).toMatchObject({
      toolCalls: [],
      providerFields: {
        content_blocks: [
          { ...search, input: { query: 'fig' } },
          found,
          { type: 'mcp_tool_use', id: 'm', name: 'ask', server_name: 'x', input: '[1]' },
        ],
      },
    });
  });

  it('has citations of pages in OpenAI’s form, and of documents as they are', () => {
    const page = {
      type: 'web_search_result_location',
      url: 'https://a.example',
      title: 'A',
      cited_text: 'fig',
    };
    const place = { type: 'char_location', document_index: 0, cited_text: 'fig' };
    const cite = (citation: JsonObject) => delta(0, { type: 'citations_delta', citation });
    const events = [
      start(0, { type: 'text', text: '' }),
      cite(page),
      cite(place),
      cite({ url: 'https://b.example' }),
    ];
    expect(collect(...events)).toMatchObject({
      annotations: [
        { type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A', cited_text: 'fig' } },
        { type: 'url_citation', url_citation: { url: 'https://b.example', title: null, cited_text: null } },
      ],
      providerFields: { citations: [place] },
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['tool_use', 'tool_calls'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['a_new_reason', 'stop'],
    ['constructor', 'stop'],
  ])('that ends with %s has ended with %s', (raw, reason) => {
    expect(decode(finish(raw))).toContainEqual({ type: 'finish', choice, reason, raw });
  });

  it('says why a refusal was one', () => {
    const stop_details = { type: 'refusal', category: 'cyber', explanation: null };
    const ended = { type: 'message_delta', delta: { stop_reason: 'refusal', stop_details } };
    expect(decode(ended)).toEqual([
      { type: 'provider-fields', choice, fields: { stop_details } },
      { type: 'finish', choice, reason: 'content_filter', raw: 'refusal' },
    ]);
  });

  it('has not ended where no reason is given yet', () => {
    expect(decode(finish(null)).map(({ type }) => type)).toEqual(['usage']);
  });

  it('has its error in OpenAI’s terms', () => {
    const error = { type: 'overloaded_error', message: 'Overloaded' };
    expect(decode({ type: 'error', error })).toEqual([
      { type: 'error', code: 'overloaded_error', message: 'Overloaded' },
    ]);
    expect(decode({ type: 'error' })).toEqual([
      { type: 'error', code: 'upstream_error', message: 'The provider failed in the middle of its answer.' },
    ]);
  });
});

describe('a message’s usage', () => {
  const usageAfter = (...events: JsonValue[]) => collectAnswer(decode(...events)).usage;

  it('is put together from its beginning and its end', () => {
    const begun = messageStart({
      input_tokens: 10,
      cache_creation_input_tokens: 3,
      cache_read_input_tokens: 4,
      output_tokens: 1,
    });
    const ended = finish('end_turn', { output_tokens: 20, output_tokens_details: { thinking_tokens: 7 } });
    expect(usageAfter(begun, ended)).toEqual({ prompt: 17, completion: 20, cached: 4, reasoning: 7 });
  });

  it('is not lost where the end says null of what the beginning said', () => {
    const begun = messageStart({
      input_tokens: 10,
      cache_creation_input_tokens: null,
      cache_read_input_tokens: 4,
      output_tokens: 1,
    });
    const ended = finish('end_turn', {
      input_tokens: null,
      cache_read_input_tokens: 4,
      cache_creation_input_tokens: null,
      output_tokens: 20,
    });
    expect(usageAfter(begun, ended)).toEqual({ prompt: 14, completion: 20, cached: 4, reasoning: 0 });
  });

  it('is not lost where the end says zero of what the beginning counted', () => {
    const begun = messageStart({ input_tokens: 10, cache_read_input_tokens: 4, output_tokens: 1 });
    const ended = finish('end_turn', { input_tokens: 0, cache_read_input_tokens: 4, output_tokens: 20 });
    expect(usageAfter(begun, ended)).toEqual({ prompt: 14, completion: 20, cached: 4, reasoning: 0 });
  });

  it('is what the end says where that is more', () => {
    const ended = finish('end_turn', { input_tokens: 50, output_tokens: 20 });
    expect(usageAfter(messageStart({ input_tokens: 10, output_tokens: 1 }), ended)?.prompt).toBe(50);
  });

  it('may be missing', () => {
    expect(
      usageAfter(messageStart(), { type: 'message_delta', delta: { stop_reason: 'end_turn' } }),
    ).toBeUndefined();
    expect(usageAfter(messageStart({}), finish('end_turn', {}))).toBeUndefined();
  });
});
