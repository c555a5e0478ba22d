import { describe, expect, it } from 'vitest';
import { contentsOf, gemini, postNative } from './native-client.ts';
import { emulate, startEmulator } from './test-emulator.ts';

const call = { functionCall: { name: 'get_time', args: {} } };
const response = { functionResponse: { name: 'get_time', response: { output: 'noon' } } };
const tools = [{ functionDeclarations: [{ name: 'get_time' }] }];
const turns = (...contents: [role: string, ...parts: object[]][]) => ({
  contents: contents.map(([role, ...parts]) => ({ role, parts })),
});
const said: [string, object] = ['user', { text: 'Hi' }];
const unknownName = (name: string, at: string) =>
  `Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`;
const fault = (text: string) => `* GenerateContentRequest.${text}\n`;

describe('a field that is not known or of another type', () => {
  it.each([
    ['at the top', { vendor_extra: 1 }, unknownName('vendor_extra', '')],
    [
      'of a part',
      turns(['user', { type: 'text', text: 'Hi' }]),
      unknownName('type', " at 'contents[0].parts[0]'"),
    ],
    [
      'of a schema',
      {
        tools: [
          {
            functionDeclarations: [
              {
                name: 'f',
                parameters: { type: 'object', properties: { a: { $ref: '#' }, b: { const: 1 } } },
              },
            ],
          },
        ],
      },
      [
        unknownName('$ref', " at 'tools[0].function_declarations[0].parameters.properties[0].value'"),
        unknownName('const', " at 'tools[0].function_declarations[0].parameters.properties[1].value'"),
      ].join('\n'),
    ],
    [
      'that is a list',
      { generationConfig: { responseSchema: { type: ['string', 'null'] } } },
      `Invalid JSON payload received. Unknown name "type" at 'generation_config.response_schema': Proto field is not repeating, cannot start list.`,
    ],
    [
      'that is no number',
      { generationConfig: { temperature: 'hot' } },
      `Invalid value at 'generation_config.temperature' (TYPE_FLOAT), "hot"`,
    ],
    [
      'that is none of its names',
      { generationConfig: { thinkingConfig: { thinkingLevel: 'xhigh' } } },
      `Invalid value at 'generation_config.thinking_config.thinking_level' (type.googleapis.com/google.ai.generativelanguage.v1beta.ThinkingConfig.ThinkingLevel), "xhigh"`,
    ],
    [
      'that is no Base64',
      turns(['user', { inlineData: { mimeType: 'image/png', data: '%' } }]),
      `Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed for "%"`,
    ],
  ])('is refused %s', async (_where, fields, message) => {
    const { status, json } = await gemini(await startEmulator(), 'generateContent', contentsOf('Hi', fields));
    expect(json).toMatchObject({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } });
    expect(status).toBe(400);
  });
});

describe('a request that can be read', () => {
  it.each([
    ['no turns', { contents: [] }, fault('contents: contents is not specified')],
    ['a turn without parts', turns(['user']), fault('contents[0].parts: contents.parts must not be empty.')],
    [
      'a part without data',
      turns(['user', { thought: true }]),
      fault("contents[0].parts[0].data: required oneof field 'data' must have one initialized field"),
    ],
    [
      'a part with two kinds of data',
      turns(['user', { text: 'a', fileData: { fileUri: 'gs://a' } }]),
      "Invalid value at 'contents[0].parts[0]' (oneof), oneof field 'data' is already set. Cannot set 'fileData'",
    ],
    ['a role that is none', turns(['assistant', { text: 'Hi' }]), 'Please use a valid role: user, model.'],
    [
      'numbers out of bounds, all at once',
      { generationConfig: { temperature: 2.1, topP: -0.1, candidateCount: 9, maxOutputTokens: 0 } },
      [
        fault('generation_config.temperature: temperature must be in the range [0.0, 2.0].'),
        fault('generation_config.top_p: top_p must be in the range [0.0, 1.0].'),
        fault('generation_config.candidate_count: candidate_count must be in the range [1, 8].'),
        fault('generation_config.max_output_tokens: max_output_tokens must be positive.'),
      ].join(''),
    ],
    [
      'a required property that is not there',
      { tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', required: ['a'] } }] }] },
      fault('tools[0].function_declarations[0].parameters.required[0]: property is not defined'),
    ],
    [
      'a list of nothing',
      { generationConfig: { responseMimeType: 'application/json', responseSchema: { type: 'array' } } },
      fault('generation_config.response_schema.items: missing field.'),
    ],
    [
      'a schema for plain text',
      { generationConfig: { responseJsonSchema: { type: 'object' } } },
      fault('generation_config.response_schema: only allowed when response_mime_type is application/json.'),
    ],
    [
      'a choice among no functions',
      { toolConfig: { functionCallingConfig: { mode: 'AUTO' } } },
      fault(
        'tool_config.function_calling_config: Function calling config is set without function_declarations.',
      ),
    ],
    [
      'JSON and functions at once',
      { tools, generationConfig: { responseMimeType: 'application/json' } },
      "Function calling with a response mime type: 'application/json' is unsupported",
    ],
    [
      'a thinking level',
      { generationConfig: { thinkingConfig: { thinkingLevel: 'low' } } },
      'Thinking level is not supported for this model.',
    ],
    [
      'a call that nobody answers',
      turns(said, ['model', call], said),
      'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
    ],
    [
      'two calls that are answered once',
      turns(said, ['model', call, call], ['user', response]),
      'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
    ],
    [
      'an answer without a call',
      turns(said, ['user', response]),
      'Please ensure that function response turn comes immediately after a function call turn.',
    ],
    [
      'a call before anything was said',
      turns(['model', call], ['user', response]),
      'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
    ],
  ])('is refused for %s', async (_what, fields, message) => {
    const { json } = await gemini(await startEmulator(), 'generateContent', contentsOf('Hi', fields));
    expect(json).toEqual({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } });
  });

  it.each([
    [
      'names in snake_case',
      { system_instruction: { parts: { text: 'a' } }, generation_config: { top_p: 0 } },
    ],
    [
      'single values for lists',
      { contents: { parts: { text: 'Hi' } }, generationConfig: { stopSequences: 'x' } },
    ],
    ['nulls', { tools: null, generationConfig: { temperature: null } }],
    ['the role of functions', turns(said, ['model', call], ['function', response])],
    [
      'a schema of an object without properties',
      { tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'object', properties: {} } }] }] },
    ],
    ['an empty text', turns(['user', { text: '' }])],
  ])('is taken with %s', async (_what, fields) => {
    const { status, text } = await gemini(await startEmulator(), 'generateContent', contentsOf('Hi', fields));
    expect(status, text).toBe(200);
  });
});

describe('a model of the third generation', () => {
  const history = (signature: object) =>
    turns(said, ['model', { ...call, ...signature }, call], ['user', response, response]);

  it('refuses calls that come back without their signature', async () => {
    const emulator = await startEmulator();
    const unsigned = await gemini(emulator, 'generateContent', history({}), 'gemini-3-pro-preview');
    expect(unsigned.text).toMatch(/missing a thought_signature .* `default_api:get_time` , position 2\./);
    const signed = await gemini(
      emulator,
      'generateContent',
      history({ thoughtSignature: 'c2ln' }),
      'gemini-3-pro-preview',
    );
    expect(signed.status).toBe(200);
  });

  it('looks no further back than to where the user spoke', async () => {
    const body = { contents: [...history({}).contents, ...turns(said).contents] };
    const { status } = await gemini(await startEmulator(), 'generateContent', body, 'gemini-3-pro-preview');
    expect(status).toBe(200);
  });

  it('takes a thinking level, but not beside a budget', async () => {
    const emulator = await startEmulator();
    const thinking = (thinkingConfig: object) => contentsOf('Hi', { generationConfig: { thinkingConfig } });
    const ask = (config: object) =>
      gemini(emulator, 'generateContent', thinking(config), 'gemini-3-pro-preview');
    expect((await ask({ thinkingLevel: 'low' })).status).toBe(200);
    expect((await ask({ thinkingLevel: 'LOW', thinkingBudget: 1 })).text).toContain(
      'only one of thinking budget',
    );
  });
});

describe('access', () => {
  const path = '/v1beta/models/gemini-2.5-flash:generateContent';

  it('is by a header or by the query', async () => {
    const emulator = await startEmulator({ apiKeys: ['right'] });
    const byHeader = await postNative(emulator, path, contentsOf('Hi'), { 'x-goog-api-key': 'right' });
    const byQuery = await postNative(emulator, `${path}?key=right`, contentsOf('Hi'), {});
    expect([byHeader.status, byQuery.status]).toEqual([200, 200]);
  });

  it('is refused without a key', async () => {
    const { status, json } = await postNative(await startEmulator(), path, contentsOf('Hi'), {});
    expect(status).toBe(403);
    expect(json).toMatchObject({ error: { status: 'PERMISSION_DENIED' } });
  });

  it.each(['{"contents":', '[]'])('is to JSON objects, not to %j', async (body) => {
    const { status, text } = await gemini(await startEmulator(), 'generateContent', body);
    expect(status).toBe(400);
    expect(text).toContain('Invalid JSON payload received.');
  });

  it('is to the methods that there are', async () => {
    expect((await gemini(await startEmulator(), 'predict', contentsOf('Hi'))).status).toBe(404);
  });
});

describe('an error that is asked for', () => {
  it.each([
    [400, 'INVALID_ARGUMENT'],
    [401, 'UNAUTHENTICATED'],
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [429, 'RESOURCE_EXHAUSTED'],
    [500, 'INTERNAL'],
    [503, 'UNAVAILABLE'],
    [504, 'DEADLINE_EXCEEDED'],
    [502, 'INTERNAL'],
  ])('%i is %s', async (code, status) => {
    const answer = await gemini(
      await startEmulator(),
      'generateContent',
      contentsOf(emulate({ status: code })),
    );
    expect(answer.status).toBe(code);
    expect(answer.json).toEqual({ error: { code, message: expect.any(String), status } });
  });

  it('says when to come again, in the header and in the details', async () => {
    const text = emulate({ status: 429, retryAfter: 6, errorMessage: 'Slow down' });
    const { headers, json } = await gemini(await startEmulator(), 'generateContent', contentsOf(text));
    expect(headers.get('retry-after')).toBe('6');
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '6s' }];
    expect(json).toMatchObject({ error: { message: 'Slow down', details } });
  });

  it('stands in a list where an array would be streamed, and alone where events would', async () => {
    const emulator = await startEmulator();
    const body = contentsOf(emulate({ status: 503 }));
    const error = {
      code: 503,
      message: 'The model is overloaded. Please try again later.',
      status: 'UNAVAILABLE',
    };
    expect((await gemini(emulator, 'streamGenerateContent', body)).json).toEqual([{ error }]);
    expect((await gemini(emulator, 'streamGenerateContent?alt=sse', body)).json).toEqual({ error });
  });

  it('can be a page', async () => {
    const { status, text } = await gemini(
      await startEmulator(),
      'generateContent',
      contentsOf(emulate({ htmlError: true, status: 502 })),
    );
    expect(status).toBe(502);
    expect(text).toMatch(/^<!DOCTYPE html>/);
  });

  it('must be one that can be followed', async () => {
    const emulator = await startEmulator();
    const unknown = await gemini(emulator, 'generateContent', contentsOf(emulate({ colour: 'red' })));
    expect(unknown.text).toContain('Invalid @emulate directive');
    const streamOnly = await gemini(
      emulator,
      'generateContent',
      contentsOf(emulate({ errorMidStream: true })),
    );
    expect(streamOnly.text).toContain('errorMidStream needs a streamed request.');
  });
});
