import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../core/json.ts';
import { countPrompt } from '../count-prompt.ts';

describe('countPrompt', () => {
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== '').length;

  it.each([
    ['embeddings of texts', 'embeddings', { input: ['one two', 'three'] }, 3],
    ['embeddings of tokens', 'embeddings', { input: [[1, 2], [3]] }, 3],
    ['a prompt', 'completions', { prompt: 'one two three' }, 3],
    [
      'a response’s input',
      'responses',
      { instructions: 'be brief', input: 'one two' },
      3 + (3 + 1 + 2) + (3 + 1 + 2),
    ],
    [
      'parts',
      'chat.completions',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'a b' }] }] },
      9,
    ],
    [
      'a picture by its size',
      'chat.completions',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] },
        ],
      },
      3 + 3 + 1 + 765,
    ],
    [
      'calls and their results',
      'chat.completions',
      {
        messages: [
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ function: { name: 'f', arguments: '{"a": 1}' } }],
          },
          { role: 'tool', content: 'four' },
        ],
      },
      3 + (3 + 1 + 3 + 1 + 2) + (3 + 1 + 1),
    ],
    [
      'Anthropic’s system',
      'messages',
      { system: 'be brief', messages: [{ role: 'user', content: 'hi' }] },
      3 + (3 + 1 + 2) + (3 + 1 + 1),
    ],
  ] as const)('counts %s', (_, endpoint, body, tokens) => {
    expect(countPrompt(endpoint, body, words)).toBe(tokens);
  });

  it('counts a name, and what tells it from the role', () => {
    const message = { role: 'user', content: 'hi' };
    const bare = countPrompt('chat.completions', { messages: [message] }, words);
    const named = countPrompt('chat.completions', { messages: [{ ...message, name: 'ann' }] }, words);
    expect(named - bare).toBe(1 + 1);
  });

  it('counts the calls of a message of Anthropic’s with their names, and their results', () => {
    const use = { type: 'tool_use', name: 'f', input: { a: 'b' } };
    const result = { type: 'tool_result', content: [{ type: 'text', text: 'it rains' }] };
    const messages = [
      { role: 'assistant', content: [use] },
      { role: 'user', content: [result] },
    ];
    expect(countPrompt('messages', { messages }, words)).toBe(3 + (3 + 1 + 1 + 1) + (3 + 1 + 2));
  });

  it('counts the calls among a response’s items, and their results', () => {
    const input = [
      { type: 'function_call', name: 'f', arguments: '{"a": 1}' },
      { type: 'function_call_output', output: 'it rains' },
    ];
    expect(countPrompt('responses', { input }, words)).toBe(3 + (3 + 1 + 1 + 2) + (3 + 2));
  });

  describe('of tools', () => {
    const parameters = {
      type: 'object',
      properties: { city: { type: 'string', description: 'Where it is ' } },
    };
    const weather = { name: 'weather', description: 'The weather', parameters };
    const tools = [{ type: 'function', function: weather }];
    const withTools = (body: JsonObject) =>
      countPrompt('chat.completions', { ...body, tools }, words) -
      countPrompt('chat.completions', body, words);
    // `// The weather`, `type weather = (_: {`, `// Where it is`, `city?: string,`, `}) => any;`, and what is around them.
    const declared = 3 + 5 + 4 + 2 + 3 + 3 + 4;

    it('counts their descriptions and parameters, and what introduces them', () => {
      expect(withTools({ messages: [] })).toBe(9 + declared);
    });

    it.each([
      ['Chat’s own', { tools: [{ type: 'function', function: weather }] }],
      ['those of responses', { tools: [{ type: 'function', ...weather }] }],
      ['Anthropic’s', { tools: [{ name: 'weather', description: 'The weather', input_schema: parameters }] }],
      ['the old ones', { functions: [weather] }],
    ])('counts the same in every dialect: %s', (_, given) => {
      expect(countPrompt('chat.completions', { messages: [], ...given }, words)).toBe(3 + 9 + declared);
    });

    it('counts less where they stand among instructions', () => {
      for (const role of ['system', 'developer']) {
        expect(withTools({ messages: [{ role, content: 'be brief' }] })).toBe(5 + declared);
      }
    });

    it('counts more where the provider introduces them with a text of its own', () => {
      expect(withTools({ model: 'claude-sonnet-4-5', messages: [] })).toBe(346 + declared);
      expect(withTools({ model: 'gpt-5-nano', messages: [] })).toBe(91 + declared);
    });
  });

  it('counts the schema of the answer, but for what only its writing obeys', () => {
    const schema = {
      type: 'object',
      properties: { required: { type: 'string' } },
      required: ['required'],
      additionalProperties: false,
    };
    const seen: string[] = [];
    const note = (text: string) => seen.push(text);
    const format = { type: 'json_schema', name: 'answer', schema };
    countPrompt('chat.completions', { response_format: { type: 'json_schema', json_schema: format } }, note);
    countPrompt('responses', { input: '', text: { format } }, note);
    const shown = '{"type":"object","properties":{"required":{"type":"string"}}}';
    expect(seen.filter((text) => text.endsWith(`## answer\n\n${shown}`))).toHaveLength(2);
  });

  it('counts no schema where there is none', () => {
    const body = { messages: [] };
    for (const response_format of [{ type: 'json_object' }, { type: 'text' }]) {
      expect(countPrompt('chat.completions', { ...body, response_format }, words)).toBe(3);
    }
  });

  it('counts channels where the model has such: of the answer that begins, and of those before', () => {
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'hello' },
    ];
    const counted = (model: string) => countPrompt('chat.completions', { model, messages }, words);
    expect(counted('gpt-4o')).toBe(3 + 2 * (3 + 1 + 1));
    for (const model of ['gpt-5-nano', 'o3', 'openai/gpt-oss-120b']) {
      expect(counted(model)).toBe(2 + 2 * (3 + 1 + 1) + 2);
    }
    expect(counted('gpt-5-chat-latest')).toBe(counted('gpt-4o'));
  });
});
