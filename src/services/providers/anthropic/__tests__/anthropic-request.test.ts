import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../core/json.ts';
import { refusalOf } from '../../../chat/__tests__/refusal.ts';
import { toMessagesRequest } from '../anthropic-request.ts';

const hello = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }] };

/** The request for a greeting with these fields besides. */
const translate = (fields: JsonObject) => toMessagesRequest({ ...hello, ...fields });

/** What these fields become, beside what every request has. */
function translated(fields: JsonObject): JsonObject {
  const { model: _model, messages: _messages, max_tokens: _limit, ...others } = translate(fields);
  return others;
}

describe('a chat completion’s request to Anthropic', () => {
  it('is translated as a whole', () => {
    const request = toMessagesRequest({
      model: 'claude-sonnet-4-5',
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Weather in Oslo?' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'weather',
            description: 'The weather',
            parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          },
        },
      ],
      tool_choice: 'auto',
      parallel_tool_calls: false,
      max_completion_tokens: 500,
      temperature: 0,
      top_p: 0.9,
      stop: 'END',
      stream: true,
      stream_options: { include_usage: true },
      user: 'u-1',
    });
    expect(request).toMatchInlineSnapshot(`
      {
        "max_tokens": 500,
        "messages": [
          {
            "content": "Weather in Oslo?",
            "role": "user",
          },
          {
            "content": [
              {
                "id": "call_1",
                "input": {
                  "city": "Oslo",
                },
                "name": "weather",
                "type": "tool_use",
              },
            ],
            "role": "assistant",
          },
          {
            "content": [
              {
                "content": "rain",
                "tool_use_id": "call_1",
                "type": "tool_result",
              },
            ],
            "role": "user",
          },
        ],
        "metadata": {
          "user_id": "u-1",
        },
        "model": "claude-sonnet-4-5",
        "stop_sequences": [
          "END",
        ],
        "stream": true,
        "system": [
          {
            "text": "Be brief",
            "type": "text",
          },
        ],
        "temperature": 0,
        "tool_choice": {
          "disable_parallel_tool_use": true,
          "type": "auto",
        },
        "tools": [
          {
            "description": "The weather",
            "input_schema": {
              "properties": {
                "city": {
                  "type": "string",
                },
              },
              "required": [
                "city",
              ],
              "type": "object",
            },
            "name": "weather",
          },
        ],
        "top_p": 0.9,
      }
    `);
  });

  it('asks for 4096 tokens where the client sets no limit', () => {
    expect(translate({}).max_tokens).toBe(4096);
    expect(translate({ max_tokens: null }).max_tokens).toBe(4096);
    expect(translate({ max_tokens: 5 }).max_tokens).toBe(5);
    expect(translate({ max_tokens: 5, max_completion_tokens: null }).max_tokens).toBe(5);
    expect(translate({ max_tokens: 5, max_completion_tokens: 7 }).max_tokens).toBe(7);
    expect(translate({ max_tokens: 0 }).max_tokens).toBe(0);
  });

  it('asks for as many on top of a budget to think with, which the limit holds for as well', () => {
    const thinking = { type: 'enabled', budget_tokens: 2000 };
    expect(translate({ thinking }).max_tokens).toBe(6096);
    expect(translate({ thinking, max_tokens: 2500 }).max_tokens).toBe(2500);
    expect(translate({ reasoning_effort: 'medium' }).max_tokens).toBe(4096 + 8192);
  });

  it.each([
    [{ temperature: 0 }, { temperature: 0 }],
    [{ temperature: 1.7 }, { temperature: 1.7 }],
    [
      { top_p: 0, top_k: 0 },
      { top_p: 0, top_k: 0 },
    ],
    [{ stream: false }, { stream: false }],
    [{ stop: 'END' }, { stop_sequences: ['END'] }],
    [{ stop: ['a', 'b'] }, { stop_sequences: ['a', 'b'] }],
    [{ stop_sequences: ['a'] }, { stop_sequences: ['a'] }],
    [{ stop: null, stop_sequences: ['a'] }, { stop_sequences: ['a'] }],
    [{ user: 'u-1' }, { metadata: { user_id: 'u-1' } }],
    [{ safety_identifier: 's-1' }, { metadata: { user_id: 's-1' } }],
    [{ user: 'u-1', safety_identifier: 's-1' }, { metadata: { user_id: 'u-1' } }],
    [{ metadata: { user_id: 'm-1', team: 'x' } }, { metadata: { user_id: 'm-1' } }],
    [{ metadata: { team: 'x' } }, {}],
    [{ service_tier: 'auto' }, { service_tier: 'auto' }],
    [{ service_tier: 'default' }, { service_tier: 'standard_only' }],
    [{ service_tier: 'standard_only' }, { service_tier: 'standard_only' }],
    [{ service_tier: 'priority' }, { service_tier: 'auto' }],
    [{ response_format: { type: 'text' } }, {}],
    [{ output_config: { effort: 'max' } }, { output_config: { effort: 'max' } }],
    [{ cache_control: { type: 'ephemeral' } }, { cache_control: { type: 'ephemeral' } }],
    [{ context_management: { edits: [] } }, { context_management: { edits: [] } }],
    [
      { container: 'c-1', mcp_servers: [] },
      { container: 'c-1', mcp_servers: [] },
    ],
    [{ vendor_extra: { a: 1 } }, { vendor_extra: { a: 1 } }],
    [{ extra_body: { top_k: 3, vendor_extra: 1 } }, { top_k: 3, vendor_extra: 1 }],
    [{ extra_body: { user: 'u-2' } }, { metadata: { user_id: 'u-2' } }],
  ])('turns %j into %j', (fields, expected) => {
    expect(translated(fields)).toEqual(expected);
  });

  it.each([
    'temperature',
    'top_p',
    'stop',
    'user',
    'metadata',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'web_search_options',
    'response_format',
    'output_config',
    'reasoning_effort',
    'thinking',
    'service_tier',
    'stream',
    'stream_options',
    'n',
    'seed',
    'logprobs',
    'logit_bias',
    'functions',
    'system',
    'vendor_extra',
  ])('takes a null for %s as not sent', (name) => {
    expect(translate({ [name]: null })).toEqual(translate({}));
  });

  it.each([
    [{ stream_options: { include_usage: true } }],
    [{ store: true }],
    [{ prompt_cache_key: 'k' }],
    [{ prompt_cache_options: { mode: 'auto' } }],
    [{ prompt_cache_retention: '24h' }],
    [{ prediction: { type: 'content', content: 'x' } }],
    [{ betas: ['context-1m-2025-08-07'] }],
  ])('leaves out %j, which has no effect on an answer of Anthropic’s', (fields) => {
    expect(translated(fields)).toEqual({});
  });

  it.each([
    [{ n: 1 }],
    [{ logprobs: false, top_logprobs: 0 }],
    [{ logit_bias: {} }],
    [{ presence_penalty: 0, frequency_penalty: 0 }],
    [{ modalities: ['text'] }],
    [{ verbosity: 'medium' }],
    [{ functions: [], function_call: 'none' }],
  ])('leaves out %j, which asks for nothing', (fields) => {
    expect(translated(fields)).toEqual({});
  });

  it.each([
    ['n', 2],
    ['seed', 1],
    ['seed', 0],
    ['logprobs', true],
    ['top_logprobs', 5],
    ['logit_bias', { '50256': -100 }],
    ['presence_penalty', 0.5],
    ['frequency_penalty', -1],
    ['modalities', ['text', 'audio']],
    ['audio', { voice: 'alloy', format: 'wav' }],
    ['verbosity', 'low'],
    ['functions', [{ name: 'f' }]],
    ['function_call', 'auto'],
    ['service_tier', 'flex'],
    ['service_tier', 'constructor'],
  ])('refuses %s: %j, which Anthropic has nothing for', (name, value) => {
    expect(refusalOf(() => translate({ [name]: value }))).toMatchObject({
      code: 'unsupported_parameter',
      status: 400,
      param: name,
      message: expect.stringContaining(`'${name}' is not supported by Anthropic.`),
    });
  });

  it('says what to do instead where there is something', () => {
    expect(refusalOf(() => translate({ n: 2 })).message).toContain('several times');
    expect(refusalOf(() => translate({ functions: [{}] })).message).toContain('Use tools.');
    expect(refusalOf(() => translate({ function_call: 'auto' })).message).toContain('Use tool_choice.');
    expect(refusalOf(() => translate({ service_tier: 'flex' })).message).toContain('auto and default');
  });

  it.each([
    ['response_format', 'json'],
    ['response_format', { type: 'grammar' }],
    ['response_format', { type: 'json_schema' }],
    ['response_format', { type: 'json_schema', json_schema: { name: 'x' } }],
    ['reasoning_effort', 'huge'],
    ['reasoning_effort', 5],
    ['output_config', 'high'],
    ['tools', { name: 'weather' }],
    ['web_search_options', true],
  ])('refuses %s: %j, which cannot be translated', (name, value) => {
    expect(refusalOf(() => translate({ [name]: value }))).toMatchObject({
      code: 'invalid_value',
      status: 400,
      param: name,
    });
  });
});

describe('instructions', () => {
  it('in Anthropic’s own field come before those of the messages', () => {
    const messages = [
      { role: 'system', content: 'From a message' },
      { role: 'user', content: 'Hi' },
    ];
    expect(toMessagesRequest({ model: 'm', messages, system: 'From the field' }).system).toEqual([
      { type: 'text', text: 'From the field' },
      { type: 'text', text: 'From a message' },
    ]);
    const block = { type: 'text', text: 'Cached', cache_control: { type: 'ephemeral' } };
    expect(translate({ system: [block] }).system).toEqual([block]);
  });

  it('are left out where there are none', () => {
    expect(translate({})).not.toHaveProperty('system');
    expect(translate({ system: '' })).not.toHaveProperty('system');
  });
});

describe('the format of an answer', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };

  it('is a schema for Anthropic where it is one', () => {
    const json_schema = { name: 'answer', strict: true, schema };
    expect(translated({ response_format: { type: 'json_schema', json_schema } })).toEqual({
      output_config: { format: { type: 'json_schema', schema } },
    });
  });

  it('goes with an effort, and gives way to a format in Anthropic’s own words', () => {
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } };
    const fields = { model: 'claude-opus-4-6', response_format, reasoning_effort: 'low' };
    expect(translated(fields).output_config).toEqual({
      effort: 'low',
      format: { type: 'json_schema', schema },
    });
    const format = { type: 'json_schema', schema: { type: 'object' } };
    expect(translated({ response_format, output_config: { format } }).output_config).toEqual({ format });
  });

  it('is asked for in words where it is JSON of any shape', () => {
    const response_format = { type: 'json_object' };
    const messages = [{ role: 'system', content: 'Be brief' }, ...hello.messages];
    expect(translate({ response_format, messages }).system).toEqual([
      { type: 'text', text: 'Be brief' },
      { type: 'text', text: expect.stringContaining('one JSON object') },
    ]);
    expect(translated({ response_format })).not.toHaveProperty('output_config');
  });
});
