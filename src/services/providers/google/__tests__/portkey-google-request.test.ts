import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../core/json.ts';
import { toPortkeyGoogleRequest } from '../portkey-google-request.ts';

const messages = [{ role: 'user', content: 'Hi' }];
const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];

function requestOf(fields: JsonObject): JsonObject {
  return toPortkeyGoogleRequest({ model: 'm', messages, ...fields }).body;
}

function callOf(name: string, more: JsonObject = {}, extra: JsonObject = {}) {
  return { id: name, type: 'function', function: { name, arguments: '{}', ...more }, ...extra };
}

describe('the request under compat: portkey', () => {
  it('has the model beside the contents', () => {
    expect(requestOf({})).toEqual({ model: 'm', contents });
  });

  it('has a config as soon as one of its fields is there, be it null', () => {
    expect(requestOf({ temperature: null })).toEqual({ model: 'm', contents, generationConfig: {} });
  });

  it('samples as Portkey does: zeros by being there, stops and log probabilities by their truth', () => {
    const fields = {
      temperature: 0,
      top_k: 0,
      max_tokens: 0,
      seed: 0,
      stop: 'END',
      logprobs: false,
      top_logprobs: 0,
    };
    expect(requestOf(fields).generationConfig).toMatchInlineSnapshot(`
      {
        "logprobs": 0,
        "maxOutputTokens": 0,
        "seed": 0,
        "stopSequences": "END",
        "temperature": 0,
        "topK": 0,
      }
    `);
  });

  it('has thinking in two places and two spellings', () => {
    const fields = { thinking: { type: 'enabled', budget_tokens: 9 }, reasoning_effort: 'low' };
    expect(requestOf(fields).generationConfig).toEqual({
      thinking_config: { include_thoughts: true, thinking_budget: 9 },
      thinkingConfig: { thinkingLevel: 'low' },
    });
    expect(requestOf({ reasoning_effort: 'none' }).generationConfig).toEqual({});
  });

  it('names what is not in it, tools too, and not what stands in its address', () => {
    const body = {
      model: 'm',
      messages,
      stream: true,
      stream_options: {},
      n: 2,
      user: 'u',
      presence_penalty: 1,
      tools: [{ type: 'custom', custom: { name: 'x' } }],
    };
    expect(toPortkeyGoogleRequest(body).droppedFields).toEqual(['n', 'user', 'presence_penalty', 'tools[0]']);
  });

  it('puts a schema into OpenAPI’s words', () => {
    const schema = {
      $schema: 'x',
      type: 'object',
      additionalProperties: false,
      properties: {
        node: { $ref: '#/$defs/node', description: 'The root' },
        name: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        size: { oneOf: [{ type: 'number' }, { type: 'string' }, { type: 'null' }] },
      },
      $defs: { node: { type: 'object', properties: { child: { $ref: '#/$defs/node' } } } },
    };
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } };
    expect(requestOf({ response_format }).generationConfig).toMatchInlineSnapshot(`
      {
        "responseMimeType": "application/json",
        "responseSchema": {
          "properties": {
            "name": {
              "nullable": true,
              "type": "string",
            },
            "node": {
              "description": "The root",
              "properties": {
                "child": {
                  "$ref": "#/$defs/node",
                },
              },
              "type": "object",
            },
            "size": {
              "nullable": true,
              "oneOf": [
                {
                  "type": "number",
                },
                {
                  "type": "string",
                },
              ],
            },
          },
          "type": "object",
        },
      }
    `);
  });

  it('refuses a schema whose definitions grow without bounds', () => {
    const level = (next: number) => ({ anyOf: [{ $ref: `#/$defs/d${next}` }, { $ref: `#/$defs/d${next}` }] });
    const names = Array.from({ length: 40 }, (_, index) => [`d${index}`, level(index + 1)] as const);
    const schema = { $ref: '#/$defs/d0', $defs: { ...Object.fromEntries(names), d40: { type: 'string' } } };
    const response_format = { type: 'json_schema', json_schema: { schema } };
    expect(() => requestOf({ response_format })).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('has functions of certain names as Gemini’s own tools', () => {
    const named = (name: string, parameters = {}) => ({ type: 'function', function: { name, parameters } });
    const maps = named('google_maps', { enableWidget: true, retrievalConfig: { languageCode: 'it' } });
    const tools = [named('rain'), named('google_search'), maps];
    expect(
      requestOf({ tools, tool_choice: { type: 'function', function: { name: 'rain' } } }),
    ).toMatchInlineSnapshot(`
      {
        "contents": [
          {
            "parts": [
              {
                "text": "Hi",
              },
            ],
            "role": "user",
          },
        ],
        "model": "m",
        "tool_config": {
          "function_calling_config": {
            "allowed_function_names": [
              "rain",
            ],
            "mode": "ANY",
          },
          "retrievalConfig": {
            "languageCode": "it",
          },
        },
        "tools": [
          {
            "googleSearch": {},
          },
          {
            "googleMaps": {
              "enableWidget": true,
            },
          },
          {
            "functionDeclarations": [
              {
                "name": "rain",
                "parameters": {},
              },
            ],
          },
        ],
      }
    `);
  });
});

describe('a conversation under compat: portkey', () => {
  const contentsOf = (...given: JsonObject[]) => toPortkeyGoogleRequest({ model: 'm', messages: given }).body;

  it('has the roles, the one name of functions and the empty turns that Portkey sends', () => {
    const calling = { role: 'assistant', content: null, tool_calls: [callOf('rain')] };
    const result = { role: 'tool', tool_call_id: 'rain', content: 'dry' };
    const request = contentsOf({ role: 'user', content: 'Rain?' }, calling, result, {
      role: 'user',
      content: [],
    });
    expect(request.contents).toMatchInlineSnapshot(`
      [
        {
          "parts": [
            {
              "text": "Rain?",
            },
          ],
          "role": "user",
        },
        {
          "parts": [
            {
              "functionCall": {
                "args": {},
                "name": "rain",
              },
            },
          ],
          "role": "model",
        },
        {
          "parts": [
            {
              "functionResponse": {
                "name": "gateway-tool-filler-name",
                "response": {
                  "output": "dry",
                },
              },
            },
          ],
          "role": "function",
        },
        {
          "parts": [],
          "role": "user",
        },
      ]
    `);
  });

  it('keeps the instructions that Portkey loses', () => {
    const parts = [
      { type: 'text', text: 'Be brief.' },
      { type: 'text', text: 'Be kind.' },
    ];
    const request = contentsOf({ role: 'system', content: parts }, ...messages, {
      role: 'developer',
      content: 'Now.',
    });
    expect(request).toEqual({
      model: 'm',
      contents,
      systemInstruction: {
        parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }, { text: 'Now.' }],
        role: 'system',
      },
    });
  });

  it('keeps what is said beside calls, with the signatures from wherever the client has them', () => {
    const extra = { extra_content: { google: { thought_signature: 'b' } } };
    const calls = [callOf('rain', { thought_signature: 'a' }), callOf('snow', {}, extra)];
    const request = contentsOf({ role: 'assistant', content: 'I look.', tool_calls: calls });
    expect(request.contents).toEqual([
      {
        role: 'model',
        parts: [
          { text: 'I look.' },
          { functionCall: { name: 'rain', args: {} }, thoughtSignature: 'a' },
          { functionCall: { name: 'snow', args: {} }, thoughtSignature: 'b' },
        ],
      },
    ]);
  });

  it('keeps what is said where the list of calls is empty', () => {
    const request = contentsOf({ role: 'assistant', content: 'Dry.', tool_calls: [] });
    expect(request.contents).toEqual([{ role: 'model', parts: [{ text: 'Dry.' }] }]);
  });

  it('keeps files, which Portkey loses, and leaves out what it has no word for, by name', () => {
    const file = { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA' } };
    expect(contentsOf({ role: 'user', content: [file] }).contents).toEqual([
      { role: 'user', parts: [{ inlineData: { mimeType: 'application/pdf', data: 'AAAA' } }] },
    ]);
    const hologram = { role: 'user', content: [{ type: 'text', text: 'Hi' }, { type: 'hologram' }] };
    expect(toPortkeyGoogleRequest({ model: 'gemini', messages: [hologram] })).toMatchObject({
      body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
      droppedFields: ['messages[0].content[1]'],
    });
  });
});
