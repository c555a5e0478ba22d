import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../core/json.ts';
import { collectAnswer } from '../../../chat/collect-answer.ts';
import { createAnthropicDecoder } from '../anthropic-decoder.ts';
import { decode, delta, json, start, stop } from './message-events.ts';

const choice = 0;
const noOutput = { type: 'no-output', choice };
const decodeDocument = (document: JsonValue) => createAnthropicDecoder().decodeDocument(document);

describe('a stream that is not as it should be', () => {
  it('keeps text whose block never began, and nothing else of such blocks', () => {
    expect(
      decode(
        delta(0, { type: 'text_delta', text: 'Hi' }),
        json(1, '{}'),
        delta(2, { type: 'thinking_delta', thinking: 'x' }),
        stop(3),
      ),
    ).toEqual([{ type: 'text-delta', choice, text: 'Hi' }]);
  });

  it('may name kinds of events, blocks and deltas that are not known', () => {
    expect(
      decode(
        { type: 'message_paused', why: 'x' },
        start(0, { type: 'hologram', data: 'AA' }),
        delta(0, { type: 'hologram_delta', data: 'BB' }),
        stop(0),
      ),
    ).toEqual([
      noOutput,
      noOutput,
      {
        type: 'provider-fields',
        choice,
        fields: { content_blocks: [{ type: 'hologram', data: 'AA' }] },
      },
    ]);
  });

  it.each([
    [null],
    ['text'],
    [5],
    [[]],
    [{}],
    [{ type: 'message_start' }],
    [{ type: 'message_start', message: [] }],
    [{ type: 'content_block_start', index: 0 }],
    [{ type: 'content_block_delta', index: 0 }],
    [{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta' } }],
    [{ type: 'content_block_stop' }],
    [{ type: 'message_delta' }],
    [{ type: 'message_delta', delta: { stop_reason: 5 }, usage: 'many' }],
  ])('says nothing with %j', (event) => {
    expect(decode(event)).toEqual([]);
  });

  it('may lack fields, which are then empty', () => {
    expect(
      decode(
        { type: 'message_start', message: { id: 5 } },
        start(0, { type: 'tool_use' }),
        delta(0, { type: 'input_json_delta' }),
        stop(0),
        start(1, { type: 'thinking' }),
        delta(1, { type: 'thinking_delta' }),
        delta(1, { type: 'signature_delta' }),
        stop(1),
        start(2, { type: 'text' }),
        delta(2, { type: 'citations_delta' }),
        stop(2),
        start(3, {}),
        stop(3),
      ).map(({ type }) => type),
    ).toEqual([
      'response-start',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-delta',
      'no-output',
      'no-output',
      'no-output',
      'thinking-block',
      'text-start',
      'no-output',
      'no-output',
      'provider-fields',
    ]);
  });
});

describe('a message that came whole', () => {
  const document = {
    id: 'msg_1',
    type: 'message',
    model: 'claude',
    content: [
      { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
      { type: 'text', text: 'Let me ', citations: null },
      { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'fig' } },
      {
        type: 'text',
        text: 'see.',
        citations: [{ type: 'web_search_result_location', url: 'https://a.example', title: 'A' }],
      },
      { type: 'tool_use', id: 'a', name: 'weather', input: { city: 'Oslo' } },
      { type: 'tool_use', id: 'b', name: 'weather', input: {} },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 10, cache_read_input_tokens: null, output_tokens: 5 },
  };

  it('has all that its stream would have had', () => {
    expect(collectAnswer(decodeDocument(document))).toEqual({
      id: 'msg_1',
      model: 'claude',
      choices: [
        {
          index: 0,
          text: 'Let me see.',
          reasoning: 'hm',
          thinkingBlocks: [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }],
          toolCalls: [
            { id: 'a', name: 'weather', arguments: '{"city":"Oslo"}', extra: undefined },
            { id: 'b', name: 'weather', arguments: '{}', extra: undefined },
          ],
          images: [],
          annotations: [
            {
              type: 'url_citation',
              url_citation: { url: 'https://a.example', title: 'A', cited_text: null },
            },
          ],
          logprobs: [],
          providerFields: {
            content_blocks: [
              { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'fig' } },
            ],
          },
          extraContent: undefined,
          finishReason: 'tool_calls',
          rawFinishReason: 'tool_use',
        },
      ],
      usage: { prompt: 10, completion: 5, cached: 0, reasoning: 0 },
      rawUsage: { input_tokens: 10, cache_read_input_tokens: null, output_tokens: 5 },
      error: undefined,
    });
  });

  it('may have an empty text, no text at all, or things that are no blocks', () => {
    const textOf = (...content: JsonValue[]) => {
      const collected = collectAnswer(decodeDocument({ ...document, content }));
      return collected.choices[0]?.text;
    };
    expect(textOf({ type: 'text', text: '' })).toBe('');
    expect(textOf()).toBeUndefined();
    expect(textOf(null, 'x', 5, { type: 'text', text: 'Hi' })).toBe('Hi');
  });

  it('is one choice, too, where it has no block and no reason', () => {
    const empty = decodeDocument({ type: 'message', content: [], stop_reason: null });
    expect(collectAnswer(empty).choices).toMatchObject([
      { index: 0, text: undefined, finishReason: undefined },
    ]);
  });

  it('is an error where it is one, or no message', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(decodeDocument(error)).toEqual([
      { type: 'error', code: 'overloaded_error', message: 'Overloaded' },
    ]);
    for (const other of [{}, [], null, 5, { type: 'message', content: 'Hi' }]) {
      expect(decodeDocument(other)).toMatchObject([{ type: 'error', code: 'upstream_invalid_response' }]);
    }
  });
});
