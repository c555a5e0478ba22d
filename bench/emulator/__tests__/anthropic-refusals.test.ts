import { describe, expect, it } from 'vitest';
import { claude, messagesOf, postNative } from './native-client.ts';
import { emulate, startEmulator } from './test-emulator.ts';

const use = { type: 'tool_use', id: 'toolu_1', name: 'get_time', input: {} };
const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'noon' };
const tool = { name: 'get_time', input_schema: { type: 'object' } };
const thinking = { max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 1024 } };
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });

describe('a request for a message', () => {
  it.each([
    ['an unknown field', { vendor_extra: 1 }, 'vendor_extra: Extra inputs are not permitted'],
    ['no limit', { max_tokens: undefined }, 'max_tokens: Field required'],
    ['no turns', { messages: [] }, 'messages: at least one message is required'],
    ['an empty turn', { messages: [user('')] }, 'messages.0.content: messages must have non-empty content'],
    [
      'an empty text',
      { messages: [user([{ type: 'text', text: '' }])] },
      'messages.0.content.0.text: text content blocks must be non-empty',
    ],
    ['a system turn', { messages: [{ role: 'system', content: 'Hi' }] }, /^messages\.0\.role: /],
    ['a temperature above 1', { temperature: 1.5 }, /^temperature: /],
    ['a blank stop sequence', { stop_sequences: ['\n'] }, /^stop_sequences\.0: .*non-whitespace/],
    [
      'more thinking than the limit leaves',
      { thinking: { type: 'enabled', budget_tokens: 1024 } },
      '`max_tokens` must be greater than `thinking.budget_tokens`.',
    ],
    [
      'thinking before a call that is forced',
      { ...thinking, tools: [tool], tool_choice: { type: 'any' } },
      'Thinking may not be enabled when tool_choice forces tool use.',
    ],
    [
      'thinking of its own accord before a call that is forced',
      { thinking: { type: 'adaptive' }, tools: [tool], tool_choice: { type: 'tool', name: 'get_time' } },
      'Thinking may not be enabled when tool_choice forces tool use.',
    ],
    [
      'thinking at a temperature',
      { ...thinking, temperature: 0 },
      /^`temperature` may only be set to 1 when/,
    ],
    ['thinking with top_k', { ...thinking, top_k: 3 }, /^`top_k` must be unset when thinking/],
    [
      'thinking with a low top_p',
      { ...thinking, top_p: 0.9 },
      /^`top_p` must be greater than or equal to 0.95/,
    ],
    [
      'thinking over a call without its thoughts',
      { ...thinking, messages: [user('Hi'), assistant([use]), user([result])] },
      /^messages\.1\.content\.0\.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`\./,
    ],
    [
      'too little thinking',
      { thinking: { type: 'enabled', budget_tokens: 1 } },
      /^thinking\.budget_tokens: /,
    ],
    ['a tool without a schema', { tools: [{ name: 'f' }] }, 'tools.0.input_schema: Field required'],
    [
      'a use that nobody answers',
      { messages: [user('Hi'), assistant([use]), user('Hm?')] },
      /^messages\.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1\./,
    ],
    [
      'a result without its use',
      { messages: [user('Hi'), assistant('Yes'), user([result])] },
      /^messages\.2\.content: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1\./,
    ],
  ])('is refused for %s', async (_what, fields, message) => {
    const { status, json } = await claude(await startEmulator(), messagesOf('Hi', fields));
    expect(json).toEqual({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      },
      request_id: expect.stringMatching(/^req_/),
    });
    expect(status).toBe(400);
  });

  it('is taken with tools, results, thinking and all that goes with them', async () => {
    const body = messagesOf('', {
      max_tokens: 2000,
      system: [{ type: 'text', text: 'Be brief', cache_control: { type: 'ephemeral' } }],
      messages: [
        user('Hi'),
        assistant([{ type: 'thinking', thinking: 'hm', signature: 's' }, use]),
        user([result]),
      ],
      tools: [{ name: 'get_time', input_schema: { type: 'object' } }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      thinking: { type: 'enabled', budget_tokens: 1024 },
      metadata: { user_id: 'u' },
      top_p: 0.95,
      temperature: 1,
    });
    const { status, text } = await claude(await startEmulator(), body);
    expect(status, text).toBe(200);
  });
});

describe('thinking', () => {
  it.each([
    ['a model’s own, over a call without thoughts', { thinking: { type: 'adaptive' } }, [use]],
    ['over a call with sealed thoughts', thinking, [{ type: 'redacted_thinking', data: 'ZA==' }, use]],
    ['none, over a call without thoughts', { thinking: { type: 'disabled' }, top_k: 3 }, [use]],
  ])('is taken: %s', async (_what, fields, content) => {
    const messages = [user('Hi'), assistant(content), user([result])];
    const { status, text } = await claude(await startEmulator(), messagesOf('', { ...fields, messages }));
    expect(status, text).toBe(200);
  });

  it('asks nothing of turns further back', async () => {
    const messages = [user('Hi'), assistant([use]), user([result]), assistant('Noon.'), user('And now?')];
    const { status, text } = await claude(await startEmulator(), messagesOf('', { ...thinking, messages }));
    expect(status, text).toBe(200);
  });
});

it('a search by the provider is a tool that no call is made of', async () => {
  const search = { type: 'web_search_20250305', name: 'web_search', user_location: { type: 'approximate' } };
  const body = messagesOf('Hi', { tools: [search], tool_choice: { type: 'any' } });
  const { status, json } = await claude(await startEmulator(), body);
  expect(status).toBe(200);
  expect(json).toMatchObject({ stop_reason: 'end_turn' });
});

describe('access', () => {
  const version = { 'anthropic-version': '2023-06-01' };

  it.each([
    ['x-api-key', { 'x-api-key': 'right' }],
    ['a bearer key', { authorization: 'Bearer right' }],
  ])('is by %s', async (_how, headers) => {
    const emulator = await startEmulator({ apiKeys: ['right'] });
    expect(
      (await postNative(emulator, '/v1/messages', messagesOf('Hi'), { ...version, ...headers })).status,
    ).toBe(200);
  });

  it.each([
    ['without a key', {}, 'x-api-key header is required'],
    ['with a wrong key', { 'x-api-key': 'wrong' }, 'invalid x-api-key'],
  ])('is refused %s', async (_how, headers, message) => {
    const emulator = await startEmulator({ apiKeys: ['right'] });
    const answer = await postNative(emulator, '/v1/messages', messagesOf('Hi'), { ...version, ...headers });
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ error: { type: 'authentication_error', message } });
  });

  it('is refused without a version, to other models, and to what is no JSON', async () => {
    const emulator = await startEmulator({ models: ['claude-sonnet-4-5'] });
    const unversioned = await postNative(emulator, '/v1/messages', messagesOf('Hi'), { 'x-api-key': 'k' });
    expect(unversioned.text).toContain('anthropic-version: header is required');
    const other = await claude(emulator, messagesOf('Hi', { model: 'claude-9' }));
    expect(other.status).toBe(404);
    expect(other.json).toMatchObject({ error: { type: 'not_found_error', message: 'model: claude-9' } });
    expect((await claude(emulator, '{"model":')).status).toBe(400);
  });
});

describe('an error that is asked for', () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'request_too_large'],
    [422, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [502, 'api_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
  ])('%i is of the type %s', async (status, type) => {
    const answer = await claude(await startEmulator(), messagesOf(emulate({ status, retryAfter: 3 })));
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(answer.json).toMatchObject({ type: 'error', error: { type } });
  });

  it('has the message that it is told, or is a page', async () => {
    const emulator = await startEmulator();
    const told = await claude(emulator, messagesOf(emulate({ status: 500, errorMessage: 'Oh' })));
    expect(told.json).toMatchObject({ error: { message: 'Oh' } });
    const page = await claude(emulator, messagesOf(emulate({ htmlError: true })));
    expect([page.status, page.headers.get('content-type')]).toEqual([403, 'text/html; charset=UTF-8']);
  });

  it('must be one that can be followed', async () => {
    const { text } = await claude(await startEmulator(), messagesOf(emulate({ errorFirstEvent: true })));
    expect(text).toContain('errorFirstEvent needs a streamed request.');
  });
});
