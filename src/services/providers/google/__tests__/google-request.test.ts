import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../core/json.ts';
import { toGoogleRequest } from '../google-request.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
const schema = {
  type: 'object',
  properties: { a: { $ref: '#/$defs/a' } },
  additionalProperties: false,
  $defs: { a: { type: ['string', 'null'] } },
};
const weather = {
  type: 'function',
  function: { name: 'weather', description: 'The weather', parameters: schema },
};
const time = { type: 'function', function: { name: 'time', strict: true } };

function requestOf(fields: JsonObject): JsonObject {
  return toGoogleRequest({ model: 'gemini-2.5-flash', messages, ...fields });
}

function configOf(fields: JsonObject) {
  return requestOf(fields).generationConfig;
}

describe('the request under compat: openai', () => {
  it('is no more than the contents where nothing else is asked for', () => {
    expect(requestOf({ stream: true, stream_options: { include_usage: true } })).toEqual({ contents });
  });

  it('has every way of sampling, zeros too', () => {
    expect(
      configOf({
        temperature: 0,
        top_p: 0,
        top_k: 0,
        max_tokens: 9,
        stop: 'END',
        n: 2,
        seed: 0,
        presence_penalty: 0,
        frequency_penalty: -1,
        logprobs: true,
        top_logprobs: 3,
        modalities: ['text', 'image'],
      }),
    ).toMatchInlineSnapshot(`
      {
        "candidateCount": 2,
        "frequencyPenalty": -1,
        "logprobs": 3,
        "maxOutputTokens": 9,
        "presencePenalty": 0,
        "responseLogprobs": true,
        "responseModalities": [
          "TEXT",
          "IMAGE",
        ],
        "seed": 0,
        "stopSequences": [
          "END",
        ],
        "temperature": 0,
        "topK": 0,
        "topP": 0,
      }
    `);
  });

  it('takes nulls for fields that are not there', () => {
    const names = [
      'temperature',
      'stop',
      'n',
      'tools',
      'tool_choice',
      'response_format',
      'thinking',
      'logit_bias',
    ];
    expect(requestOf(Object.fromEntries(names.map((name) => [name, null])))).toEqual({ contents });
  });

  it('prefers max_completion_tokens, and takes a list of stops as it is', () => {
    expect(configOf({ max_tokens: 1, max_completion_tokens: 2, stop: ['a', 'b'] })).toEqual({
      maxOutputTokens: 2,
      stopSequences: ['a', 'b'],
    });
  });

  it('leaves out what has no effect on an answer of Gemini’s', () => {
    const harmless = {
      user: 'u',
      safety_identifier: 's',
      metadata: { a: 'b' },
      store: true,
      prompt_cache_key: 'k',
      prediction: { type: 'content', content: 'x' },
      verbosity: 'medium',
      service_tier: 'auto',
      parallel_tool_calls: false,
      logit_bias: {},
      functions: [],
      top_logprobs: 0,
    };
    expect(requestOf(harmless)).toEqual({ contents });
  });

  it('passes on what OpenAI’s dialect does not know', () => {
    const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }];
    const extra_body = { cachedContent: 'cachedContents/a', safetySettings: [] };
    expect(requestOf({ safetySettings, extra_body })).toEqual({
      contents,
      safetySettings,
      cachedContent: 'cachedContents/a',
    });
  });

  it('lets what is written in Gemini’s own words stand over what is translated', () => {
    expect(
      configOf({ temperature: 1, top_p: 0.5, generationConfig: { temperature: 0.1, mediaResolution: 'X' } }),
    ).toEqual({
      temperature: 0.1,
      topP: 0.5,
      mediaResolution: 'X',
    });
  });

  it('takes what Google’s own endpoint of OpenAI’s dialect takes under google', () => {
    const google = {
      thinking_config: { thinking_budget: 5, include_thoughts: true },
      cached_content: 'cachedContents/a',
      safety_settings: [],
    };
    expect(requestOf({ extra_body: { google }, reasoning_effort: 'high' })).toEqual({
      contents,
      cachedContent: 'cachedContents/a',
      safety_settings: [],
      generationConfig: { thinkingConfig: { thinkingBudget: 5, includeThoughts: true } },
    });
  });

  it.each([
    ['flex', 'flex'],
    ['priority', 'priority'],
    ['default', undefined],
  ])('translates the service tier %s to %s', (tier, expected) => {
    expect(requestOf({ service_tier: tier }).serviceTier).toBe(expected);
  });

  it.each<[string, JsonObject]>([
    ['logit_bias', { logit_bias: { 50256: -100 } }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['function_call', { function_call: { name: 'f' } }],
    ['audio', { audio: { voice: 'alloy', format: 'wav' } }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['modalities', { modalities: 'text' }],
    ['verbosity', { verbosity: 'low' }],
    ['service_tier', { service_tier: 'scale' }],
    ['parallel_tool_calls', { parallel_tool_calls: false, tools: [weather] }],
    ['web_search_options.user_location', { web_search_options: { user_location: { type: 'approximate' } } }],
    ['top_logprobs', { top_logprobs: 2 }],
    ['reasoning_effort', { reasoning_effort: 'huge' }],
    ['thinking.type', { thinking: { type: 'sometimes' } }],
    ['response_format', { response_format: { type: 'json_schema', json_schema: { name: 'x' } } }],
    ['response_format', { response_format: 'json' }],
    ['tools', { tools: { a: 1 } }],
    ['tools[1]', { tools: [weather, 'weather'] }],
    ['tools[0].type', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
    ['tools[0].function', { tools: [{ type: 'function' }] }],
    ['tool_choice', { tools: [weather], tool_choice: 'sometimes' }],
    ['tool_choice', { tools: [weather], tool_choice: 'constructor' }],
    ['tool_choice', { tool_choice: 'required' }],
    ['tool_choice', { tools: [{ codeExecution: {} }], tool_choice: 'required' }],
    ['tool_choice', { tool_choice: { type: 'function', function: { name: 'get_weather' } } }],
    [
      'tool_choice',
      {
        tools: [weather],
        tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [] } },
      },
    ],
    ['reasoning_effort', { reasoning_effort: 'constructor' }],
    ['tool_choice', { tools: [weather], tool_choice: { type: 'custom', custom: { name: 'x' } } }],
    ['tool_choice', { tools: [weather], tool_choice: 1 }],
  ])('refuses %s where leaving it out would change the answer', (param, fields) => {
    expect(() => requestOf(fields)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});

describe('response formats', () => {
  it('leave text alone', () => {
    expect(configOf({ response_format: { type: 'text' } })).toBeUndefined();
  });

  it('ask for JSON', () => {
    expect(configOf({ response_format: { type: 'json_object' } })).toEqual({
      responseMimeType: 'application/json',
    });
  });

  it('keep a schema whole, in the field that takes JSON Schema', () => {
    const json_schema = { name: 'answer', strict: true, schema };
    expect(configOf({ response_format: { type: 'json_schema', json_schema } })).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    });
  });
});

describe('thinking', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['no effort', { reasoning_effort: 'none' }, { thinkingBudget: 0 }],
    ['least effort', { reasoning_effort: 'minimal' }, { thinkingBudget: 1024, includeThoughts: true }],
    ['low effort', { reasoning_effort: 'low' }, { thinkingBudget: 1024, includeThoughts: true }],
    ['medium effort', { reasoning_effort: 'medium' }, { thinkingBudget: 8192, includeThoughts: true }],
    ['high effort', { reasoning_effort: 'high' }, { thinkingBudget: 24_576, includeThoughts: true }],
    [
      'low effort of the third generation',
      { model: 'gemini-3-pro-preview', reasoning_effort: 'low' },
      { thinkingLevel: 'low', includeThoughts: true },
    ],
    [
      'no effort of the third generation',
      { model: 'models/gemini-3.1-flash', reasoning_effort: 'none' },
      { thinkingBudget: 0 },
    ],
    [
      'effort of a model of unknown age',
      { model: 'gemini-flash-latest', reasoning_effort: 'medium' },
      { thinkingBudget: 8192, includeThoughts: true },
    ],
    [
      'a budget, whatever the effort',
      { thinking: { type: 'enabled', budget_tokens: 77 }, reasoning_effort: 'low' },
      { thinkingBudget: 77, includeThoughts: true },
    ],
    ['no budget', { thinking: { type: 'enabled' } }, { thinkingBudget: -1, includeThoughts: true }],
    ['none at all', { thinking: { type: 'disabled' } }, { thinkingBudget: 0 }],
  ])('is told by %s', (_, fields, thinkingConfig) => {
    expect(configOf(fields)).toEqual({ thinkingConfig });
  });
});

describe('tools', () => {
  const toolsOf = (fields: JsonObject) => {
    const { tools, toolConfig } = requestOf({ tools: [weather, time], ...fields });
    return { tools, toolConfig };
  };

  it('keep their schemas whole, in the field that takes JSON Schema', () => {
    expect(toolsOf({})).toMatchInlineSnapshot(`
      {
        "toolConfig": undefined,
        "tools": [
          {
            "functionDeclarations": [
              {
                "description": "The weather",
                "name": "weather",
                "parametersJsonSchema": {
                  "$defs": {
                    "a": {
                      "type": [
                        "string",
                        "null",
                      ],
                    },
                  },
                  "additionalProperties": false,
                  "properties": {
                    "a": {
                      "$ref": "#/$defs/a",
                    },
                  },
                  "type": "object",
                },
              },
              {
                "name": "time",
              },
            ],
          },
        ],
      }
    `);
  });

  it.each([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [
      { type: 'function', function: { name: 'time' } },
      { mode: 'ANY', allowedFunctionNames: ['time'] },
    ],
  ])('are chosen among by %j', (tool_choice, functionCallingConfig) => {
    expect(toolsOf({ tool_choice }).toolConfig).toEqual({ functionCallingConfig });
  });

  it('are left out where they are not allowed', () => {
    const allowed_tools = { mode: 'required', tools: [{ type: 'function', function: { name: 'time' } }] };
    expect(toolsOf({ tool_choice: { type: 'allowed_tools', allowed_tools } })).toEqual({
      tools: [{ functionDeclarations: [{ name: 'time' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    });
  });

  it('of Gemini’s own go through, and bring no choice among functions', () => {
    const tools = [{ codeExecution: {} }];
    const fields = {
      tools,
      web_search_options: {},
      tool_choice: 'auto',
      toolConfig: { retrievalConfig: { a: 1 } },
    };
    expect(toolsOf(fields)).toEqual({
      tools: [{ codeExecution: {} }, { googleSearch: {} }],
      toolConfig: { retrievalConfig: { a: 1 } },
    });
  });

  it('may be called one by one where none is called', () => {
    expect(toolsOf({ tool_choice: 'none', parallel_tool_calls: false }).tools).toHaveLength(1);
  });
});

it('leaves the client’s own body alone', () => {
  const body = {
    model: 'm',
    messages,
    tools: [weather],
    response_format: { type: 'json_object' },
    stop: 'x',
  };
  const before = JSON.stringify(body);
  toGoogleRequest(body);
  expect(JSON.stringify(body)).toBe(before);
});
