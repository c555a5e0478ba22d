import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createScriptedTransport, type ScriptedAnswer } from '../../../test/replay/scripted-transport.ts';
import { readAll } from '../../../test/support/event-stream.ts';
import { callFor } from '../../../test/support/provider-call.ts';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import type { Compat, ProviderType } from '../../core/catalog.ts';
import type { Endpoint, ProviderCall } from '../../core/provider-call.ts';
import { Secret } from '../../core/secret.ts';
import { createGlobalFetchHook } from '../global-fetch-hook.ts';
import { LiteLLMAdapter } from '../litellm-adapter.ts';

const COMPLETION = {
  id: 'a',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
};

const whole = (document: unknown, status = 200): ScriptedAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'retry-after-ms': '0' },
  chunks: [Buffer.from(JSON.stringify(document))],
});

function createAdapter(answer: ScriptedAnswer) {
  const fetchHook = createGlobalFetchHook();
  fetchHook.install();
  onTestFinished(() => fetchHook.uninstall());
  const transport = createScriptedTransport(answer);
  return {
    adapter: new LiteLLMAdapter({ transport, fetchHook, logger: createRecordingLogger() }),
    transport,
  };
}

const signal = () => new AbortController().signal;
const account = (type: ProviderType, apiKey = new Secret('sk-upstream-0123456789')) => ({
  id: type,
  type,
  baseUrl: 'https://provider.example/v1',
  baseUrlIsExplicit: true,
  apiKey,
});
const hello = (given: Partial<ProviderCall> = {}) =>
  callFor({ body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }, ...given });

const OPENAI_ENDPOINTS: readonly Endpoint[] = [
  'chat.completions',
  'completions',
  'embeddings',
  'moderations',
  'responses',
  'images.generations',
  'images.edits',
  'images.variations',
  'audio.speech',
  'audio.transcriptions',
  'audio.translations',
];
const SERVED: Readonly<Record<ProviderType, readonly Endpoint[]>> = {
  openai: OPENAI_ENDPOINTS,
  deepseek: OPENAI_ENDPOINTS,
  'openai-compatible': OPENAI_ENDPOINTS,
  anthropic: ['chat.completions', 'messages', 'messages.count_tokens'],
  google: ['chat.completions', 'embeddings'],
};
const ALL_ENDPOINTS: readonly Endpoint[] = [...OPENAI_ENDPOINTS, 'messages', 'messages.count_tokens'];

describe('the new path', () => {
  it.each(['openai', 'deepseek', 'openai-compatible', 'anthropic', 'google'] as const)(
    'serves of %s what its provider has, and nothing else',
    async (type) => {
      const { adapter, transport } = createAdapter(whole({}));
      const callAt = (endpoint: Endpoint) => hello({ endpoint, provider: account(type) });
      const served = ALL_ENDPOINTS.filter((endpoint) => adapter.supports(callAt(endpoint)));
      expect(served).toEqual(ALL_ENDPOINTS.filter((endpoint) => SERVED[type].includes(endpoint)));
      for (const endpoint of ALL_ENDPOINTS.filter((each) => !served.includes(each))) {
        await expect(adapter.handle(callAt(endpoint), signal())).rejects.toMatchObject({
          code: 'internal_error',
        });
      }
      expect(transport.requests).toEqual([]);
    },
  );

  it('answers a chat completion whole or as a stream, by either name', async () => {
    const { adapter } = createAdapter(whole(COMPLETION));
    const reply = await adapter.chatCompletion(hello(), hello(), signal());
    expect((await readAll(reply.body)).toString()).toBe(JSON.stringify(COMPLETION));
    const events = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;
    const answer = {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      chunks: [Buffer.from(events)],
    };
    const call = hello({ stream: true });
    const streamed = await createAdapter(answer).adapter.streamChatCompletion(call, call, signal());
    expect((await readAll(streamed.body)).toString()).toBe(events);
    const handled = await createAdapter(answer).adapter.handle(call, signal());
    expect((await readAll(handled.body)).toString()).toBe(events);
  });

  it.each([
    ['portkey', undefined, 1],
    ['openai', undefined, 3],
    ['portkey', 1, 2],
    ['openai', 0, 1],
  ] as const)(
    'under %s with %s retries set for the model asks %i times',
    async (compat: Compat, maxRetries, times) => {
      const { adapter, transport } = createAdapter(whole({ error: { message: 'later' } }, 503));
      const call = hello({ key: { id: 'k', path: 'litellm', compat }, limits: { maxRetries } });
      expect((await adapter.handle(call, signal())).status).toBe(503);
      expect(transport.requests).toHaveLength(times);
    },
  );

  it.each(['openai', 'anthropic', 'google'] as const)(
    'makes the client of an account of %s once, and anew for another key',
    async (type) => {
      const { adapter } = createAdapter(whole({}, 400));
      const key = new Secret('sk-upstream-0123456789');
      const reveal = vi.spyOn(key, 'reveal');
      const provider = account(type, key);
      const ask = async (given: ProviderCall['provider']) => {
        const before = reveal.mock.calls.length;
        await adapter.handle(hello({ provider: given, limits: { maxRetries: 0 } }), signal());
        return reveal.mock.calls.length - before;
      };
      const first = await ask(provider);
      // What an error answer is cleaned of its key by.
      const again = await ask(provider);
      expect(again).toBeLessThan(first);
      // An equal account in a new object is recognised by its fingerprint.
      expect(await ask({ ...provider })).toBe(again + 1);
    },
  );
});
