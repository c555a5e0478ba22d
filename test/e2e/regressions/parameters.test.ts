import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderType } from '../../../src/core/catalog.ts';
import { said, toolTurn, weather } from '../../parity/corpus/turns.ts';
import { type EmulatedGateway, KEYS, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { accountsFile, ask, crossed, MODELS, TYPES, WAYS } from './accounts.ts';
import { chunksOf, type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';

const messages = said('Hello');
const choice = { index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' };

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
beforeEach(() => gateway.emulator.clear());

/** What the emulated provider got of a request that it took. */
async function sentFor(key: string, type: ProviderType, body: object): Promise<unknown> {
  const response = await ask(gateway, key, type, body);
  const text = await response.text();
  expect([response.status, text]).toEqual([200, expect.anything()]);
  return gateway.emulator.requests.at(-1)?.body;
}

/** What the compatible provider got, which takes everything. */
async function sentToCompatible(key: string, body: object): Promise<unknown> {
  if ('stream' in body && body.stream === true)
    provider.answerStream(chunksOf({ choices: [{ ...choice, delta: {} }] }));
  else provider.answerJson({ choices: [choice] });
  const response = await ask(gateway, key, 'openai-compatible', body);
  await response.text();
  expect(response.status).toBe(200);
  return provider.requests.at(-1)?.body;
}

const wholeAndStreamed = (ways: typeof WAYS) =>
  ways.flatMap(([way, key]) => [false, true].map((stream) => ({ way, key, stream })));
const PLAIN = wholeAndStreamed([['the new path as OpenAI', KEYS.plain]]);

describe('tools', () => {
  const named = { type: 'function', function: { name: 'get_weather' } };

  it.each(wholeAndStreamed(WAYS))(
    'P1 tools, tool_choice and parallel_tool_calls reach the provider unchanged on $way (stream: $stream)',
    async ({ key, stream }) => {
      const asked = { tools: [weather], tool_choice: named, parallel_tool_calls: false };
      expect(await sentFor(key, 'openai', { messages, stream, ...asked })).toMatchObject(asked);
    },
  );
});

describe('fields', () => {
  it.each(WAYS)('P2 max_completion_tokens keeps its name for OpenAI on %s', async (_way, key) => {
    const sent = await sentFor(key, 'openai', { messages, max_completion_tokens: 7 });
    expect(sent).toHaveProperty('max_completion_tokens', 7);
    expect(sent).not.toHaveProperty('max_tokens');
  });

  it.each(WAYS)('P2 max_completion_tokens is max_tokens for Anthropic on %s', async (_way, key) => {
    const sent = await sentFor(key, 'anthropic', { messages, max_completion_tokens: 7 });
    expect(sent).toHaveProperty('max_tokens', 7);
    expect(sent).not.toHaveProperty('max_completion_tokens');
  });

  it.each(WAYS)('P2 max_completion_tokens is maxOutputTokens for Gemini on %s', async (_way, key) => {
    const sent = await sentFor(key, 'google', { messages, max_completion_tokens: 7 });
    expect(sent).toMatchObject({ generationConfig: { maxOutputTokens: 7 } });
    expect(JSON.stringify(sent)).not.toMatch(/max_(completion_)?tokens/);
  });

  const known = {
    response_format: { type: 'text' },
    stop: ['five', 'six'],
    store: false,
    service_tier: 'flex',
    prompt_cache_key: 'cache-1',
    safety_identifier: 'user-1',
    reasoning_effort: 'low',
    verbosity: 'low',
    user: 'u-1',
  };

  it.each(wholeAndStreamed(WAYS))(
    'P3 what the migration dropped reaches the provider on $way (stream: $stream)',
    async ({ key, stream }) => {
      const asked = { messages, stream, ...known };
      expect(await sentToCompatible(key, asked)).toMatchObject(known);
    },
  );

  it('P3 prompt_cache_key is the same for a stream as for a whole answer', async () => {
    const bodies = await Promise.all(
      [false, true].map((stream) =>
        sentFor(KEYS.litellm, 'openai', { messages, stream, prompt_cache_key: 'k' }),
      ),
    );
    expect(bodies).toMatchObject([{ prompt_cache_key: 'k' }, { prompt_cache_key: 'k' }]);
  });

  it('P3 thinking reaches a provider that knows it', async () => {
    const thinking = { type: 'enabled' };
    expect(await sentFor(KEYS.plain, 'deepseek', { messages, thinking })).toHaveProperty(
      'thinking',
      thinking,
    );
  });

  const stillDropped = {
    n: 1,
    seed: 0,
    logit_bias: { '50256': -100 },
    logprobs: true,
    top_logprobs: 2,
    metadata: { team: 'a' },
    functions: [weather.function],
    function_call: 'auto',
    modalities: ['text'],
    audio: { voice: 'alloy', format: 'wav' },
    prediction: { type: 'content', content: 'Hi' },
    user: 'u-1',
  };

  it.each(wholeAndStreamed(WAYS))(
    'P4 what the source still drops reaches a compatible provider on $way (stream: $stream)',
    async ({ key, stream }) => {
      expect(await sentToCompatible(key, { messages, stream, ...stillDropped })).toMatchObject(stillDropped);
    },
  );

  it.each(PLAIN)(
    'P4 every field that nobody knows reaches a compatible provider on $way (stream: $stream)',
    async ({ key, stream }) => {
      const unknown = {
        top_k: 5,
        min_p: 0,
        guided_json: { deep: [1, null, 'ü'] },
        x_flag: false,
        x_none: null,
      };
      const sent = await sentToCompatible(key, { messages, stream, ...unknown });
      const streamOptions = stream ? { stream_options: { include_usage: true } } : {};
      const model = MODELS['openai-compatible'].identifier;
      expect(sent).toEqual({ model, messages, stream, ...unknown, ...streamOptions });
    },
  );

  it.each(WAYS)('P5 usage is asked for beside the client’s own stream options on %s', async (_way, key) => {
    const stream_options = { include_obfuscation: false };
    const sent = await sentFor(key, 'openai', { messages, stream: true, stream_options });
    expect(sent).toHaveProperty('stream_options', { include_obfuscation: false, include_usage: true });
  });

  it.each(WAYS)('P5 the usage chunk goes only to a client that asked for it on %s', async (_way, key) => {
    const answer = async (options: object) => {
      const response = await ask(gateway, key, 'openai', { messages, stream: true, ...options });
      return response.text();
    };
    expect(await answer({})).not.toContain('"choices":[]');
    expect(await answer({ stream_options: { include_usage: false } })).not.toContain('"choices":[]');
    expect(await answer({ stream_options: { include_usage: true } })).toContain('"choices":[],"usage":{');
  });
});

describe('what vendors added', () => {
  const extra_body = { enable_thinking: true, reasoning_split: true };

  it('P9 extra_body is flattened to the top, where the client’s own fields win', async () => {
    const sent = await sentToCompatible(KEYS.plain, {
      messages,
      top_k: 1,
      extra_body: { ...extra_body, top_k: 2 },
    });
    expect(sent).toMatchObject({ ...extra_body, top_k: 1 });
    expect(sent).not.toHaveProperty('extra_body');
  });

  it.each(WAYS)('P9 no provider ever gets a field named extra_body on %s', async (_way, key) => {
    provider.answerJson({ choices: [choice] });
    for (const type of ['openai-compatible', 'anthropic', 'google'] as const) {
      await (await ask(gateway, key, type, { messages, max_tokens: 50, extra_body: { x: 1 } })).text();
    }
    const bodies = [...gateway.emulator.requests, ...provider.requests].map(({ body }) => body);
    expect(bodies).toHaveLength(3);
    for (const body of bodies) expect(body).not.toHaveProperty('extra_body');
  });

  it.each(crossed(WAYS, TYPES))(
    'P10 cache_control is never added by the gateway: $type on $way',
    async ({ type, key }) => {
      const conversation = [{ role: 'system', content: 'Be brief.' }, ...toolTurn];
      const asked = { messages: conversation, tools: [weather], max_tokens: 50 };
      const sent =
        type === 'openai-compatible' ? await sentToCompatible(key, asked) : await sentFor(key, type, asked);
      expect(JSON.stringify(sent)).toContain('Be brief.');
      expect(JSON.stringify(sent)).not.toContain('cache_control');
    },
  );

  it('P10 the client’s cache_control on a block reaches Anthropic untouched, and stands nowhere else', async () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    const part = { type: 'text', text: 'A long text', cache_control };
    const sent = await sentFor(KEYS.plain, 'anthropic', {
      max_tokens: 50,
      messages: [
        { role: 'system', content: [part] },
        { role: 'user', content: [part, { type: 'text', text: 'Sum up' }] },
      ],
    });
    expect(sent).toMatchObject({
      system: [part],
      messages: [{ role: 'user', content: [part, { type: 'text', text: 'Sum up' }] }],
    });
    expect(sent).not.toHaveProperty('cache_control');
  });
});

describe('numbers and names', () => {
  it.each(WAYS)('P11 temperature 0 reaches every provider as a number on %s', async (_way, key) => {
    const asked = { messages, max_tokens: 50, temperature: 0, top_p: 0 };
    expect(await sentFor(key, 'openai', asked)).toMatchObject({ temperature: 0, top_p: 0 });
    expect(await sentFor(key, 'deepseek', asked)).toMatchObject({ temperature: 0, top_p: 0 });
    expect(await sentFor(key, 'anthropic', asked)).toMatchObject({ temperature: 0, top_p: 0 });
    expect(await sentFor(key, 'google', asked)).toMatchObject({
      generationConfig: { temperature: 0, topP: 0 },
    });
    expect(await sentToCompatible(key, asked)).toMatchObject({ temperature: 0, top_p: 0 });
  });

  it.each(crossed(WAYS, TYPES))(
    'P13 a model called by its name is its identifier to the provider: $type on $way',
    async ({ type, key }) => {
      const { name, identifier } = MODELS[type];
      provider.answerJson({ choices: [choice] });
      await (await ask(gateway, key, type, { messages, max_tokens: 50 })).text();
      const { path, body } = [...gateway.emulator.requests, ...provider.requests][0] ?? {};
      expect(JSON.stringify([path, body])).toContain(identifier);
      expect(JSON.stringify([path, body])).not.toContain(name);
    },
  );
});
