import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderType } from '../../../src/core/catalog.ts';
import { isJsonObject, type JsonObject } from '../../../src/core/json.ts';
import { said, toolTurn, weather } from '../../parity/corpus/turns.ts';
import { type EmulatedGateway, KEYS, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { accountsFile, ask, THINKER, WAYS } from './accounts.ts';
import { type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';

let gateway: EmulatedGateway;
/** Stands behind the `openai-compatible` account. */
let provider: ScriptedProvider;

beforeAll(async () => {
  provider = await startScriptedProvider();
  gateway = await startEmulatedGateway({}, (url) => accountsFile(url, provider.url));
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

/** What the emulated provider got of a request that it took. */
async function sentFor(key: string, type: ProviderType, body: object): Promise<unknown> {
  const response = await ask(gateway, key, type, body);
  await response.text();
  expect(response.status).toBe(200);
  return gateway.emulator.requests.at(-1)?.body;
}

describe('messages', () => {
  const call = (id: string) => ({ id, type: 'function', function: { name: 'get_weather', arguments: '{}' } });
  const history = (result: unknown) => [
    ...said('Weather?'),
    { role: 'assistant', content: null, tool_calls: [call('call_1')] },
    { role: 'tool', tool_call_id: 'call_1', content: result },
    ...said('Thanks'),
  ];
  const parts = [{ type: 'text', text: 'minus four' }];

  it.each(WAYS)('P6 no message is filtered, whatever it holds, on %s', async (_way, key) => {
    const empty = [...said('Hi'), { role: 'assistant', content: '' }, ...said('')];
    const messages = [...empty, ...history('four')];
    provider.answerJson({ choices: [] });
    await (await ask(gateway, key, 'openai-compatible', { messages })).text();
    expect(provider.requests[0]?.body).toHaveProperty('messages', [...empty, ...history('four')]);
  });

  it.each(WAYS)('P6 calls without content and their results reach Anthropic on %s', async (_way, key) => {
    const sent = await sentFor(key, 'anthropic', { max_tokens: 50, messages: toolTurn, tools: [weather] });
    expect(idsIn(sent, 'tool_use', 'id')).toEqual(['call_1', 'call_2']);
    expect(idsIn(sent, 'tool_result', 'tool_use_id')).toEqual(['call_1', 'call_2']);
  });

  it.each(WAYS)('P6 calls without content and their results reach Gemini on %s', async (_way, key) => {
    const sent = JSON.stringify(await sentFor(key, 'google', { messages: toolTurn, tools: [weather] }));
    expect(sent.match(/"functionCall":/g)).toHaveLength(2);
    expect(sent.match(/"functionResponse":/g)).toHaveLength(2);
  });

  it.each(WAYS.flatMap(([way, key]) => [['', way, key] as const, [parts, way, key] as const]))(
    'P7 the result %j of a tool stays with its call on %s',
    async (result, _way, key) => {
      const asked = { messages: history(result), tools: [weather] };
      expect(await sentFor(key, 'openai', asked)).toHaveProperty('messages', history(result));
      const sent = await sentFor(key, 'anthropic', { ...asked, max_tokens: 50 });
      expect(blocksIn(sent, 'tool_result')).toMatchObject([{ tool_use_id: 'call_1', content: result }]);
    },
  );

  it('P8 a thinking model gets reasoning_content with each past call: the client’s, else an empty one', async () => {
    const [question, calls, ...results] = toolTurn;
    const asked = { tools: [weather], thinking: { type: 'enabled' } };
    const bare = await sentFor(KEYS.plain, 'deepseek', { ...asked, messages: toolTurn });
    expect(bare).toHaveProperty('messages.1.reasoning_content', '');
    const thoughtful = [question, { ...calls, reasoning_content: 'Look it up.' }, ...results];
    const kept = await sentFor(KEYS.plain, 'deepseek', { ...asked, messages: thoughtful });
    expect(kept).toHaveProperty('messages', thoughtful);
  });

  it('P8 a model that thinks without being asked gets it, too', async () => {
    const asked = { model: THINKER.name, messages: toolTurn, tools: [weather] };
    const sent = await sentFor(KEYS.plain, 'deepseek', asked);
    expect(sent).toHaveProperty('messages.1.reasoning_content', '');
  });

  it('P8 no reasoning_content is added while thinking is off', async () => {
    const asked = { tools: [weather], messages: toolTurn };
    expect(await sentFor(KEYS.plain, 'deepseek', asked)).toHaveProperty('messages', toolTurn);
    const off = { ...asked, thinking: { type: 'disabled' } };
    expect(await sentFor(KEYS.plain, 'deepseek', off)).toHaveProperty('messages', toolTurn);
  });
});

/** The objects of that type anywhere in a request. */
function blocksIn(value: unknown, type: string): readonly JsonObject[] {
  if (Array.isArray(value)) return value.flatMap((item) => blocksIn(item, type));
  if (!isJsonObject(value)) return [];
  const inner = Object.values(value).flatMap((item) => blocksIn(item, type));
  return value.type === type ? [value, ...inner] : inner;
}

function idsIn(body: unknown, type: string, field: string): readonly unknown[] {
  return blocksIn(body, type).map((block) => block[field]);
}
