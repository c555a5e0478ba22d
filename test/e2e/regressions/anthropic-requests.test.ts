import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { image, said, weather } from '../../parity/corpus/turns.ts';
import { type EmulatedGateway, KEYS, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { accountsFile, ask, MODELS } from './accounts.ts';

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({ env: { PORTKEY_GATEWAY_URL: 'off' } }, accountsFile);
});
afterAll(() => gateway.stop());

/** What Anthropic got of a request that it took. */
async function sentFor(body: object): Promise<unknown> {
  gateway.emulator.clear();
  const response = await ask(gateway, KEYS.plain, 'anthropic', { max_tokens: 50, ...body });
  await response.text();
  expect(response.status).toBe(200);
  return gateway.emulator.requests[0]?.body;
}

const system = [
  { type: 'text', text: 'Be brief.' },
  { type: 'text', text: 'Be kind.' },
];
const call = (id: string, city: string) => ({
  id,
  type: 'function',
  function: { name: 'get_weather', arguments: JSON.stringify({ city }) },
});
const use = (id: string, city: string) => ({ type: 'tool_use', id, name: 'get_weather', input: { city } });
const result = (id: string, content: unknown) => ({ type: 'tool_result', tool_use_id: id, content });

describe('a chat completion for Anthropic', () => {
  it.each([
    [
      'texts',
      [
        { role: 'system', content: 'Be brief.' },
        { role: 'system', content: 'Be kind.' },
      ],
    ],
    ['an array', [{ role: 'system', content: system }]],
    [
      'developer messages',
      [
        { role: 'developer', content: 'Be brief.' },
        { role: 'developer', content: 'Be kind.' },
      ],
    ],
  ])('P12 has its instructions apart, given as %s', async (_name, instructions) => {
    const sent = await sentFor({ messages: [...instructions, ...said('Hi')] });
    expect(sent).toMatchObject({ system, messages: [{ role: 'user', content: 'Hi' }] });
  });

  it('P12 has pictures as image blocks, in base64 or by address', async () => {
    const url = 'https://images.example/fig.png';
    const sent = await sentFor({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: image } },
            { type: 'image_url', image_url: { url } },
          ],
        },
      ],
    });
    const data = image.slice('data:image/png;base64,'.length);
    expect(sent).toHaveProperty('messages', [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
          { type: 'image', source: { type: 'url', url } },
        ],
      },
    ]);
  });

  it('P12 has calls as tool_use, results as tool_result, and one turn for what has one role', async () => {
    const sent = await sentFor({
      tools: [weather],
      messages: [
        { role: 'user', content: 'Weather in Oslo?' },
        { role: 'user', content: 'And in Rome?' },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [call('call_1', 'Oslo'), call('call_2', 'Rome')],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'minus four' },
        { role: 'tool', tool_call_id: 'call_2', content: '' },
        { role: 'user', content: 'Well?' },
      ],
    });
    expect(sent).toHaveProperty('messages', [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Weather in Oslo?' },
          { type: 'text', text: 'And in Rome?' },
        ],
      },
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'I look.' }, use('call_1', 'Oslo'), use('call_2', 'Rome')],
      },
      {
        role: 'user',
        content: [result('call_1', 'minus four'), result('call_2', ''), { type: 'text', text: 'Well?' }],
      },
    ]);
  });

  it('P12 has tools with their schema, unchanged', async () => {
    const { name, description, parameters } = weather.function;
    expect(await sentFor({ messages: said('Weather?'), tools: [weather] })).toHaveProperty('tools', [
      { name, description, input_schema: parameters },
    ]);
  });

  it.each([
    ['auto', { type: 'auto' }],
    ['required', { type: 'any' }],
    ['none', { type: 'none' }],
    [
      { type: 'function', function: { name: 'get_weather' } },
      { type: 'tool', name: 'get_weather' },
    ],
  ])('P12 has the tool choice %j as Anthropic says it', async (tool_choice, expected) => {
    const sent = await sentFor({ messages: said('Weather?'), tools: [weather], tool_choice });
    expect(sent).toHaveProperty('tool_choice', expected);
  });

  it.each([
    ['five', ['five']],
    [
      ['five', 'six'],
      ['five', 'six'],
    ],
  ])('P12 has the stop %j as stop_sequences', async (stop, expected) => {
    const sent = await sentFor({ messages: said('Count'), stop });
    expect(sent).toHaveProperty('stop_sequences', expected);
    expect(sent).not.toHaveProperty('stop');
  });

  it('P12 has nothing in it that Anthropic does not know', async () => {
    const asked = { messages: said('Hi'), stream: false, user: 'u-1', parallel_tool_calls: true };
    expect(await sentFor(asked)).toEqual({
      model: MODELS.anthropic.identifier,
      max_tokens: 50,
      messages: said('Hi'),
      stream: false,
      metadata: { user_id: 'u-1' },
    });
  });

  it.each([
    ['seed', 7],
    ['logit_bias', { '50256': -100 }],
    ['n', 2],
  ])('P12 is refused by name rather than sent without %s', async (field, value) => {
    gateway.emulator.clear();
    const body = { messages: said('Hi'), max_tokens: 50, [field]: value };
    const response = await ask(gateway, KEYS.plain, 'anthropic', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: field } });
    expect(gateway.emulator.requests).toHaveLength(0);
  });
});
