import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../core/json.ts';
import { refusalOf } from '../../../chat/__tests__/refusal.ts';
import { toPortkeyMessagesRequest } from '../portkey-anthropic-request.ts';

const hello = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }] };
const cached = { cache_control: { type: 'ephemeral', ttl: '1h' } };
const short = { cache_control: { type: 'ephemeral' } };

/** What is sent, as the provider reads it: an undefined field is none. */
function sent(body: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(toPortkeyMessagesRequest(body).body));
}

/** What these fields become, beside what every request has. */
function translated(fields: JsonObject): JsonObject {
  const { model: _model, messages: _messages, system: _system, ...others } = sent({ ...hello, ...fields });
  return others;
}

const messagesOf = (...messages: JsonValue[]) => sent({ model: 'm', messages }).messages;
const contentOf = (...content: JsonValue[]) => messagesOf({ role: 'user', content });
const blocks = (...content: JsonValue[]) => [{ role: 'user', content }];

describe('a chat completion’s request to Anthropic, as Portkey writes it', () => {
  it('has what every request has', () => {
    expect(sent({ ...hello, max_tokens: 5 })).toEqual({ ...hello, max_tokens: 5, system: [] });
  });

  it.each([
    [{ max_tokens: 5, max_completion_tokens: 7 }, { max_tokens: 7 }],
    [{ max_completion_tokens: 7, max_tokens: 5 }, { max_tokens: 7 }],
    [{}, {}],
    [{ temperature: 1.7 }, { temperature: 1 }],
    [{ temperature: -1 }, { temperature: 0 }],
    [
      { temperature: 0.5, top_p: 3, top_k: 4 },
      { temperature: 0.5, top_p: 3, top_k: 4 },
    ],
    [{ top_p: -2 }, { top_p: -1 }],
    [{ stop: 'END' }, { stop_sequences: 'END' }],
    [{ stop: ['a'] }, { stop_sequences: ['a'] }],
    [{ stream: true }, { stream: true }],
    [{ user: 'u-1' }, { metadata: { user_id: 'u-1' } }],
    [
      { thinking: { type: 'enabled', budget_tokens: 1024 } },
      { thinking: { type: 'enabled', budget_tokens: 1024 } },
    ],
    [
      { temperature: null, user: null, max_tokens: null },
      { temperature: null, metadata: { user_id: null }, max_tokens: null },
    ],
    [
      { tools: null, tool_choice: null },
      { tools: [], tool_choice: null },
    ],
  ])('turns %j into %j', (fields, expected) => {
    expect(translated(fields)).toEqual(expected);
  });

  it('names the fields that it drops', () => {
    const fields = {
      n: 2,
      seed: 1,
      response_format: { type: 'json_object' },
      reasoning_effort: 'low',
      parallel_tool_calls: false,
      stream_options: { include_usage: true },
      metadata: { user_id: 'x' },
      system: 'x',
      vendor_extra: 1,
    };
    const { body, droppedFields } = toPortkeyMessagesRequest({ ...hello, ...fields });
    expect(droppedFields).toEqual(Object.keys(fields));
    expect(Object.keys(body)).toEqual(
      expect.not.arrayContaining(Object.keys(fields).filter((f) => f !== 'system')),
    );
    expect(body.system).toEqual([]);
  });

  it('does not count as dropped what becomes a header', () => {
    const { body, droppedFields } = toPortkeyMessagesRequest({
      ...hello,
      anthropic_beta: 'b',
      anthropic_version: 'v',
    });
    expect(droppedFields).toEqual([]);
    expect(body).not.toHaveProperty('anthropic_beta');
    expect(body).not.toHaveProperty('anthropic_version');
  });

  it('has nothing of messages that are not there', () => {
    expect(sent({ model: 'm' })).toEqual({ model: 'm' });
    expect(sent({ model: 'm', messages: 'Hi' })).toEqual({ model: 'm', messages: [], system: [] });
  });
});

describe('instructions, as Portkey writes them', () => {
  it('are gathered from all messages, with its one mark for the cache', () => {
    const messages = [
      { role: 'system', content: 'One', ...cached },
      { role: 'user', content: 'Hi' },
      {
        role: 'developer',
        content: [
          { type: 'text', text: 'Two', ...cached },
          { type: 'text', text: 'Three' },
        ],
      },
      { role: 'system', content: '' },
      { role: 'system', content: null },
    ];
    expect(sent({ model: 'm', messages })).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      system: [
        { type: 'text', text: 'One', ...short },
        { type: 'text', text: 'Two', ...short },
        { type: 'text', text: 'Three' },
        { type: 'text', text: '' },
      ],
    });
  });
});

describe('a message, as Portkey writes it', () => {
  it('of the user goes as it is where it is a text or nothing', () => {
    expect(messagesOf({ role: 'user', content: 'Hi', name: 'Ada' })).toEqual([
      { role: 'user', content: 'Hi' },
    ]);
    expect(messagesOf({ role: 'user', content: null })).toEqual([{ role: 'user', content: null }]);
    expect(messagesOf({ role: 'user', content: [] })).toEqual([{ role: 'user', content: [] }]);
    expect(messagesOf({ role: 'robot', content: 'Hi' })).toEqual([{ role: 'robot', content: 'Hi' }]);
  });

  it.each([
    [
      { type: 'text', text: 'Hi', ...cached },
      { type: 'text', text: 'Hi', ...short },
    ],
    [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' }, ...cached },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' }, ...short },
    ],
    [
      { type: 'image_url', image_url: { url: 'data:application/pdf;base64,AAAA' } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
    ],
    [
      { type: 'image_url', image_url: { url: 'https://images.example/a.png', detail: 'low' }, ...cached },
      { type: 'image', source: { type: 'url', url: 'https://images.example/a.png' } },
    ],
    [
      { type: 'file', file: { file_url: 'https://files.example/a.pdf', filename: 'a' }, ...cached },
      { type: 'document', source: { type: 'url', url: 'https://files.example/a.pdf' } },
    ],
    [
      { type: 'file', file: { file_data: 'AAAA' } },
      { type: 'document', source: { type: 'base64', data: 'AAAA', media_type: 'application/pdf' } },
    ],
    [
      { type: 'file', file: { file_data: 'AAAA', mime_type: null } },
      { type: 'document', source: { type: 'base64', data: 'AAAA', media_type: 'application/pdf' } },
    ],
    [
      { type: 'file', file: { file_data: 'AAAA', mime_type: '' } },
      { type: 'document', source: { type: 'base64', data: 'AAAA', media_type: 'application/pdf' } },
    ],
    [
      { type: 'file', file: { file_data: 'a text', mime_type: 'text/plain' } },
      { type: 'document', source: { type: 'text', data: 'a text', media_type: 'text/plain' } },
    ],
  ])('has for %j %j', (part, block) => {
    expect(contentOf(part)).toEqual(blocks(block));
  });

  it('keeps what vanishes at Portkey: data URLs with parameters or of text, files by id, broken parts', () => {
    const image_url = { url: 'data:image/png;name=a.png;base64,AAAA' };
    const text = { type: 'image_url', image_url: { url: 'data:image/svg+xml,%3Csvg/%3E' } };
    const broken = [
      { type: 'image_url', image_url: {} },
      { type: 'file', file: {} },
    ];
    expect(
      contentOf({ type: 'image_url', image_url }, text, { type: 'file', file: { file_id: 'f' } }, ...broken),
    ).toEqual(
      blocks(
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        { type: 'image', source: { type: 'base64', media_type: 'image/svg+xml', data: 'PHN2Zy8+' } },
        { type: 'document', source: { type: 'file', file_id: 'f' } },
        ...broken,
      ),
    );
  });

  it('says where it drops a part of a kind that Portkey has no word for', () => {
    const content = [{ type: 'text', text: 'Hi' }, { type: 'input_audio', input_audio: {} }, 'x'];
    const { body, droppedFields } = toPortkeyMessagesRequest({
      model: 'm',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'user', content },
      ],
    });
    expect(droppedFields).toEqual(['messages[1].content[1]', 'messages[1].content[2]']);
    expect(body.messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    ]);
  });

  it('of a tool is a turn of its own, with the content as it came', () => {
    expect(
      messagesOf(
        { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'rain' }], name: 'weather' },
        { role: 'tool', content: 'sun' },
      ),
    ).toEqual([
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'rain' }] }],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: '', content: 'sun' }] },
    ]);
  });

  it('of the assistant has its text, its other blocks and its calls', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' }, ...cached };
    expect(messagesOf({ role: 'assistant', content: 'Hm', tool_calls: [call] })).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Hm' },
          { type: 'tool_use', name: 'f', id: 'c1', input: { a: 1 }, ...cached },
        ],
      },
    ]);
    const thinking = { type: 'thinking', thinking: 'hm', signature: 's' };
    const content_blocks = [thinking, { type: 'tool_use', id: 'x' }, { type: 'text', text: 'Yes' }];
    expect(messagesOf({ role: 'assistant', content: 'No', content_blocks })).toEqual([
      { role: 'assistant', content: [thinking, { type: 'text', text: 'Yes' }] },
    ]);
    const empty = { id: 'c1', function: { name: 'f', arguments: '' } };
    expect(messagesOf({ role: 'assistant', content: null, tool_calls: [empty] })).toEqual([
      { role: 'assistant', content: [{ type: 'tool_use', name: 'f', id: 'c1', input: {} }] },
    ]);
  });

  it.each([
    ['messages[0].tool_calls[0].function.arguments', 'invalid_value', { function: { arguments: '{"ci' } }],
    ['messages[0].tool_calls[0]', 'unsupported_parameter', { id: 'c1' }],
  ])('is refused by the name of %s, which breaks Portkey', (param, code, call) => {
    expect(refusalOf(() => messagesOf({ role: 'assistant', tool_calls: [call] }))).toMatchObject({
      param,
      code,
    });
  });
});

describe('tools, as Portkey writes them', () => {
  it('have four fields of their schema, and its one mark for the cache', () => {
    const parameters = {
      type: 'object',
      properties: { a: {} },
      required: ['a'],
      $defs: { b: {} },
      additionalProperties: false,
      anyOf: [],
    };
    const given = {
      type: 'function',
      function: {
        name: 'f',
        description: 'd',
        parameters,
        strict: true,
        defer_loading: false,
        allowed_callers: ['direct'],
        input_examples: [{ a: 1 }],
      },
      ...cached,
    };
    expect(translated({ tools: [given] }).tools).toEqual([
      {
        name: 'f',
        description: 'd',
        input_schema: { type: 'object', properties: { a: {} }, required: ['a'], $defs: { b: {} } },
        ...short,
        defer_loading: false,
        allowed_callers: ['direct'],
        input_examples: [{ a: 1 }],
      },
    ]);
  });

  it('have an empty schema and description where there are none', () => {
    expect(translated({ tools: [{ type: 'function', function: { name: 'f' } }] }).tools).toEqual([
      {
        name: 'f',
        description: '',
        input_schema: { type: 'object', properties: {}, required: [], $defs: {} },
      },
    ]);
  });

  it('of Anthropic’s own kinds are named by their kind', () => {
    const search = { type: 'web_search', web_search: { name: 'web_search_20250305', max_uses: 2 } };
    expect(translated({ tools: [search, { type: 'bash' }, {}] }).tools).toEqual([
      { name: 'web_search', type: 'web_search_20250305', max_uses: 2 },
      { name: 'bash' },
    ]);
  });

  it.each([
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    ['required', { type: 'any' }],
    ['sometimes', null],
    ['', null],
    [
      { type: 'function', function: { name: 'f' } },
      { type: 'tool', name: 'f' },
    ],
  ])('are chosen among by %j as %j', (tool_choice, expected) => {
    expect(translated({ tool_choice }).tool_choice).toEqual(expected);
  });

  it('are refused a choice that breaks Portkey', () => {
    expect(refusalOf(() => translated({ tool_choice: { type: 'auto' } }))).toMatchObject({
      code: 'unsupported_parameter',
      param: 'tool_choice',
    });
  });
});
