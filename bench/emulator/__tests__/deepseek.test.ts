import { describe, expect, it } from 'vitest';
import { chat, chatBody, chunksOf, emulate, post, startEmulator } from './test-emulator.ts';

const model = 'deepseek-chat';
const ask = async (text: string, fields: object = {}) =>
  chat(await startEmulator(), text, { model, ...fields });
const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
const toolTurn = (reasoning: object) => [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: '', tool_calls: [call], ...reasoning },
  { role: 'tool', tool_call_id: 'call_1', content: 'ok' },
];

describe('DeepSeek’s usage', () => {
  it('says what the cache gave', async () => {
    const { json } = await ask(emulate({ cacheRead: 2 }));
    expect(json.usage).toMatchObject({
      prompt_tokens: 10,
      prompt_tokens_details: { cached_tokens: 2 },
      prompt_cache_hit_tokens: 2,
      prompt_cache_miss_tokens: 8,
    });
  });

  it('rides on the last chunk of a stream, asked for or not', async () => {
    const chunks = chunksOf((await ask('Hello', { stream: true })).text);
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      usage: { prompt_cache_hit_tokens: 0, prompt_cache_miss_tokens: 7 },
    });
  });

  it('can be left out', async () => {
    expect((await ask(emulate({ usage: false }))).json).not.toHaveProperty('usage');
    const chunks = chunksOf((await ask(emulate({ usage: false }), { stream: true })).text);
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
    expect(chunks.at(-1)).not.toHaveProperty('usage');
  });
});

describe('what DeepSeek takes', () => {
  it('are fields that it does not know', async () => {
    expect((await ask('Hello', { vendor_extra: 1, n: 3 })).json.choices).toHaveLength(1);
    const emulator = await startEmulator();
    expect((await post(emulator, '/chat/completions', chatBody('Hi', { vendor_extra: 1 }))).status).toBe(400);
  });

  it('are calls that come back with the reasoning that led to them', async () => {
    const thinking = { type: 'enabled' };
    const missing = await ask('', { messages: toolTurn({}), thinking });
    expect(missing.status).toBe(400);
    expect(missing.json.error).toMatchObject({
      message: expect.stringMatching(
        /^Missing `reasoning_content` field in the assistant message at message index 1\./,
      ),
      code: 'invalid_request_error',
    });
    expect((await ask('', { messages: toolTurn({ reasoning_content: 'hm' }), thinking })).status).toBe(200);
    expect((await ask('', { messages: toolTurn({}) })).status).toBe(200);
    expect((await ask('', { messages: toolTurn({}), model: 'deepseek-reasoner' })).status).toBe(400);
  });

  it.each([
    [
      'the developer’s role',
      { messages: [{ role: 'developer', content: 'Hi' }] },
      /messages\[0\]\.role: unknown variant `developer`, expected one of `system`, `user`, `assistant`, `tool`$/,
    ],
    [
      'pictures',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a.example' } }] },
        ],
      },
      /messages\[0\]: unknown variant `image_url`, expected `text`$/,
    ],
    [
      'schemas for the answer',
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: {} } } },
      /^This response_format type is unavailable now$/,
    ],
  ])('is not %s', async (_what, fields, message) => {
    const { status, json } = await ask('Hello', fields);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({
      message: expect.stringMatching(message),
      type: 'invalid_request_error',
    });
  });
});

it('DeepSeek’s errors and reasoning are asked for as OpenAI’s', async () => {
  expect((await ask(emulate({ status: 503 }))).status).toBe(503);
  const { json } = await ask(emulate({ reasoning: 'hm', text: 'done' }));
  expect(json.choices[0]?.message).toMatchObject({ content: 'done', reasoning_content: 'hm' });
});
