import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catalogContent, resolvedModel, virtualKey } from '../../../test/support/catalog-content.ts';
import { readAll } from '../../../test/support/event-stream.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startLocalServer } from '../../../test/support/local-server.ts';
import { callFor } from '../../../test/support/provider-call.ts';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import type { CatalogContent, ProviderType } from '../../core/catalog.ts';
import type { CallProvider } from '../../core/provider-call.ts';
import { Secret } from '../../core/secret.ts';
import { createCatalog } from '../catalog.ts';
import { createGlobalFetchHook } from '../global-fetch-hook.ts';
import { LiteLLMAdapter } from '../litellm-adapter.ts';
import { createUpstreamTransport } from '../upstream-transport.ts';

const OLD_KEY = 'sk-old-0123456789';
const NEW_KEY = 'sk-new-0123456789';
/** As many as there are clients in the adapter's cache, and some. */
const MANY_ACCOUNTS = 210;

const OPENAI_ANSWER = {
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
};
const ANSWERS: Readonly<Record<ProviderType, object>> = {
  openai: OPENAI_ANSWER,
  deepseek: OPENAI_ANSWER,
  'openai-compatible': OPENAI_ANSWER,
  anthropic: { type: 'message', content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn' },
  google: { candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] },
};

/** The key that a request carries, wherever its dialect has it. */
function keyOf({ headers }: IncomingMessage): string {
  const bearer = headers.authorization?.replace('Bearer ', '');
  return String(bearer ?? headers['x-api-key'] ?? headers['x-goog-api-key']);
}

/** An adapter over real connections. */
function createAdapter(): LiteLLMAdapter {
  const fetchHook = createGlobalFetchHook();
  fetchHook.install();
  const transport = createUpstreamTransport({ connectMs: 20_000, headersMs: 20_000, idleMs: 20_000 }, true);
  onTestFinished(async () => {
    fetchHook.uninstall();
    await transport.close();
  });
  return new LiteLLMAdapter({ transport, fetchHook, logger: createRecordingLogger() });
}

/** A provider that answers when it is let, and notes the key of every call by the call's name. */
async function startProvider(type: ProviderType) {
  const keys = new Map<string, string>();
  const waiting: ServerResponse[] = [];
  let isHolding = false;
  const answer = (response: ServerResponse) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(ANSWERS[type]));
  const listener: RequestListener = (request, response) => {
    request.resume();
    keys.set(String(request.headers.traceparent), keyOf(request));
    if (isHolding) waiting.push(response);
    else answer(response);
  };
  return {
    url: await startLocalServer(listener),
    keys,
    waiting,
    hold: () => {
      isHolding = true;
    },
    release: () => {
      isHolding = false;
      for (const response of waiting.splice(0)) answer(response);
    },
  };
}

/** Makes a call under a name, and resolves with its status once it is answered. */
async function ask(adapter: LiteLLMAdapter, name: string, provider: CallProvider): Promise<number> {
  const call = callFor({
    body: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
    headers: { traceparent: name },
    provider,
    limits: { maxRetries: 0 },
  });
  const reply = await adapter.handle(call, new AbortController().signal);
  await readAll(reply.body);
  expect((await reply.outcome).kind).toBe('success');
  return reply.status;
}

function contentWith(type: ProviderType, baseUrl: string, apiKey: string): CatalogContent {
  return catalogContent({
    providers: [{ id: 'p', type, baseUrl, apiKey: new Secret(apiKey), enabled: true }],
    models: [{ id: 'm', name: 'm', providerId: 'p', modelIdentifier: 'm', limits: {}, enabled: true }],
  });
}

const key = virtualKey({ compat: 'openai' });

describe('a key that is rotated under load', () => {
  it.each(['openai', 'anthropic', 'google'] as const)(
    'is the old one in no call of %s that starts behind the change, and no call fails',
    async (type) => {
      const provider = await startProvider(type);
      const adapter = createAdapter();
      const catalog = createCatalog();
      catalog.replace(contentWith(type, provider.url, OLD_KEY));
      const start = (name: string) => ask(adapter, name, resolvedModel(catalog, key, 'm').provider);

      // Calls that are under way during the change, and are answered long after it.
      provider.hold();
      const underWay = Array.from({ length: 30 }, (_, index) => start(`before ${index}`));
      await eventually(() => provider.waiting.length === underWay.length);
      catalog.replace(contentWith(type, provider.url, NEW_KEY));
      const behind = Array.from({ length: 30 }, (_, index) => start(`behind ${index}`));
      await eventually(() => provider.waiting.length === underWay.length + behind.length);
      provider.release();
      const later = Array.from({ length: 30 }, (_, index) => start(`later ${index}`));

      expect(new Set(await Promise.all([...underWay, ...behind, ...later]))).toEqual(new Set([200]));
      const keysOf = (prefix: string) =>
        new Set([...provider.keys].filter(([name]) => name.startsWith(prefix)).map(([, key]) => key));
      expect(provider.keys.size).toBe(90);
      expect(keysOf('before')).toEqual(new Set([OLD_KEY]));
      expect(keysOf('behind')).toEqual(new Set([NEW_KEY]));
      expect(keysOf('later')).toEqual(new Set([NEW_KEY]));
    },
  );

  it('is the new one from one call to the next, while callers ask one after the other', async () => {
    const provider = await startProvider('openai');
    const adapter = createAdapter();
    const catalog = createCatalog();
    catalog.replace(contentWith('openai', provider.url, OLD_KEY));
    const expected = new Map<string, string>();
    let current = OLD_KEY;
    const caller = async (caller: number) => {
      for (let turn = 0; turn < 25; turn += 1) {
        const name = `${caller} ${turn}`;
        expected.set(name, current);
        await ask(adapter, name, resolvedModel(catalog, key, 'm').provider);
        if (caller !== 0 || turn % 5 !== 4) continue;
        current = `sk-rotated-${turn}-0123456789`;
        catalog.replace(contentWith('openai', provider.url, current));
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => caller(index)));
    expect(provider.keys).toEqual(expected);
    expect(new Set(expected.values()).size).toBeGreaterThan(3);
  });
});

describe('a client that had to make room for others', () => {
  it.each(['openai', 'anthropic', 'google'] as const)(
    'of %s finishes what it carries, and its account is served again',
    async (type) => {
      const provider = await startProvider(type);
      const adapter = createAdapter();
      const accountOf = (number: number): CallProvider => ({
        id: `p${number}`,
        type,
        baseUrl: `${provider.url}/v1`,
        baseUrlIsExplicit: true,
        apiKey: new Secret(`sk-${number}-0123456789`),
      });
      const first = accountOf(0);
      provider.hold();
      const carried = ask(adapter, 'carried', first);
      await eventually(() => provider.waiting.length === 1);
      const others = Array.from({ length: MANY_ACCOUNTS }, (_, index) =>
        ask(adapter, `other ${index + 1}`, accountOf(index + 1)),
      );
      await eventually(() => provider.waiting.length === 1 + MANY_ACCOUNTS);
      provider.release();
      expect(new Set(await Promise.all([carried, ...others]))).toEqual(new Set([200]));
      await ask(adapter, 'again', first);
      await ask(adapter, 'anew', accountOf(0));

      expect(provider.keys.get('other 7')).toBe('sk-7-0123456789');
      expect(['carried', 'again', 'anew'].map((name) => provider.keys.get(name))).toEqual(
        Array.from({ length: 3 }, () => 'sk-0-0123456789'),
      );
      expect(new Set(provider.keys.values()).size).toBe(1 + MANY_ACCOUNTS);
    },
  );
});
