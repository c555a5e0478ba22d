import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CatalogContent, ProviderType } from '../../../src/core/catalog.ts';
import { Secret } from '../../../src/core/secret.ts';
import { ENDPOINT_ROUTES } from '../../../src/routes/proxy/endpoints.ts';
import { buildCall } from '../../../src/routes/proxy/provider-config-builder.ts';
import { createCatalog } from '../../../src/services/catalog.ts';
import { createGlobalFetchHook } from '../../../src/services/global-fetch-hook.ts';
import { LiteLLMAdapter } from '../../../src/services/litellm-adapter.ts';
import { createUpstreamTransport } from '../../../src/services/upstream-transport.ts';
import { said } from '../../parity/corpus/turns.ts';
import { catalogContent, resolvedModel, virtualKey } from '../../support/catalog-content.ts';
import { KEYS, PROVIDER_KEY } from '../../support/emulated-gateway.ts';
import { readAll } from '../../support/event-stream.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { type RunningGateway, startGateway } from '../../support/running-gateway.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { accountsFile, ask, crossed, DIALECTS, MODELS, NEW_WAYS, TYPES, WAYS } from './accounts.ts';
import { type ReceivedRequest, type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';

const NO_LEGACY = { PORTKEY_GATEWAY_URL: 'off' };
const hello = { messages: said('Hello'), max_tokens: 50 };
/** A document that is an answer in every dialect. */
const ANSWER = {
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'end_turn',
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }],
  usage: { input_tokens: 1, output_tokens: 1 },
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
};

let provider: ScriptedProvider;
let gateway: RunningGateway;
beforeAll(async () => {
  provider = await startScriptedProvider();
  gateway = await startGateway({ file: withSpellings(provider.url) });
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

/** How an operator may write a base URL. */
const SPELLINGS = ['', '/', '/version', '/version/'];
const VERSIONS = { openai: 'v1', anthropic: 'v1', google: 'v1beta' } as const;
const spelt = (type: ProviderType, index: number) => `${type}-${index}`;

/** The accounts, and more of them whose addresses are spelt in every way. */
function withSpellings(url: string) {
  const file = accountsFile(url);
  const more = DIALECTS.flatMap((type) =>
    SPELLINGS.map((path, index) => ({
      id: spelt(type, index),
      type,
      base_url: `${url}${path.replace('version', VERSIONS[type])}`,
      api_key: PROVIDER_KEY,
    })),
  );
  const models = more.map(({ id, type }) => ({
    name: id,
    provider: id,
    model_identifier: MODELS[type].identifier,
  }));
  return { ...file, providers: [...file.providers, ...more], models: [...file.models, ...models] };
}

/** The account's key as a provider of any dialect gets it. */
function keyOf({ path, headers }: ReceivedRequest): string {
  const url = new URL(path, 'http://provider');
  const given = headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'];
  return String(given ?? url.searchParams.get('key')).replace('Bearer ', '');
}

describe('a client of an SDK', () => {
  it.each(TYPES)('C1 belongs to one account: two of %s at one address keep to their keys', async (type) => {
    const file = accountsFile(provider.url);
    const twins = ['sk-of-the-first-0001', 'sk-of-the-second-001'];
    const two = await startGateway({
      env: NO_LEGACY,
      file: {
        ...file,
        providers: twins.map((api_key, index) => ({
          id: `twin-${index}`,
          type,
          base_url: provider.url,
          api_key,
        })),
        models: twins.map((_, index) => ({ name: `twin-${index}`, provider: `twin-${index}` })),
      },
    });
    try {
      provider.answerJson(ANSWER);
      for (const model of ['twin-0', 'twin-1', 'twin-0'])
        await (await ask(two, KEYS.litellm, type, { ...hello, model })).text();
      expect(provider.requests.map(keyOf)).toEqual([twins[0], twins[1], twins[0]]);
    } finally {
      await two.stop();
    }
  });

  it.each(TYPES)('C1 is another one as soon as the key of its account changes: %s', async (type) => {
    provider.answerJson(ANSWER);
    const { send, rotate } = createAdapter(type);
    await send();
    rotate('sk-after-rotation-01');
    await send();
    expect(provider.requests.map(keyOf)).toEqual([PROVIDER_KEY, 'sk-after-rotation-01']);
  });

  it('C1 has the key that the configuration has at the next start', async () => {
    const dataDir = temporaryFolder();
    const file = accountsFile(provider.url);
    const rotated = file.providers.map((account) => ({ ...account, api_key: 'sk-after-restart-001' }));
    provider.answerJson(ANSWER);
    for (const providers of [file.providers, rotated]) {
      const started = await startGateway({ env: NO_LEGACY, dataDir, file: { ...file, providers } });
      await (await ask(started, KEYS.litellm, 'openai', hello)).text();
      await started.stop();
    }
    expect(provider.requests.map(keyOf)).toEqual([PROVIDER_KEY, 'sk-after-restart-001']);
  });
});

/** The new path over a catalog whose one account can get another key while it runs. */
function createAdapter(type: ProviderType) {
  const catalog = createCatalog();
  const key = virtualKey({ path: 'litellm', compat: 'openai' });
  const rotate = (apiKey: string) => catalog.replace(contentOf(type, apiKey));
  rotate(PROVIDER_KEY);
  const transport = createUpstreamTransport({ connectMs: 5_000, headersMs: 5_000, idleMs: 5_000 }, true);
  const fetchHook = createGlobalFetchHook();
  fetchHook.install();
  onTestFinished(async () => {
    fetchHook.uninstall();
    await transport.close();
  });
  const adapter = new LiteLLMAdapter({ transport, logger: createRecordingLogger(), fetchHook });
  const [route] = ENDPOINT_ROUTES;
  return {
    rotate,
    async send() {
      if (route === undefined) throw new Error('There is no endpoint.');
      const resolved = resolvedModel(catalog, key, 'm');
      const call = buildCall({
        requestId: 'r',
        drawId: 'r',
        route,
        key,
        resolved,
        body: { model: 'm', ...hello },
        headers: {},
      });
      const reply = await adapter.handle(call, new AbortController().signal);
      await readAll(reply.body);
      expect(reply.status).toBe(200);
    },
  };
}

function contentOf(type: ProviderType, apiKey: string): CatalogContent {
  const account = { id: 'p', type, baseUrl: provider.url, apiKey: new Secret(apiKey), enabled: true };
  const model = { id: 'm', name: 'm', providerId: 'p', modelIdentifier: 'm', limits: {}, enabled: true };
  return catalogContent({ providers: [account], models: [model] });
}

describe('an address', () => {
  const paths = {
    openai: /^\/v1\/chat\/completions$/,
    anthropic: /^\/v1\/messages$/,
    google: /^\/v1beta\/models\/gemini-2\.5-flash:generateContent(\?.*)?$/,
  };

  it.each(crossed(WAYS, DIALECTS))(
    'C2 is the same with and without its version and a slash: $type on $way',
    async ({ type, key }) => {
      provider.answerJson(ANSWER);
      for (const index of SPELLINGS.keys())
        await (await ask(gateway, key, type, { ...hello, model: spelt(type, index) })).text();
      expect(provider.requests).toHaveLength(SPELLINGS.length);
      for (const { path } of provider.requests) expect(path).toMatch(paths[type]);
    },
  );
});

describe('headers for the provider', () => {
  /** Sends with headers that fetch would not. */
  function send(key: string, type: ProviderType, headers: Readonly<Record<string, string>>): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const request = httpRequest(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    });
    request.once('response', (response) =>
      response.resume().once('end', () => resolve(response.statusCode ?? 0)),
    );
    request.once('error', reject);
    request.end(JSON.stringify({ model: MODELS[type].name, ...hello }));
    return promise;
  }

  const hopByHop = {
    'transfer-encoding': 'chunked',
    connection: 'close',
    'keep-alive': 'timeout=77',
    'proxy-connection': 'keep-alive',
  };

  it.each(crossed(WAYS, DIALECTS))(
    'C3 have nothing of the client’s connection, and none that is empty: $type on $way',
    async ({ type, key }) => {
      provider.answerJson(ANSWER);
      const empty = { 'openai-beta': '', 'anthropic-beta': '', 'idempotency-key': '' };
      expect(await send(key, type, { ...hopByHop, ...empty })).toBe(200);
      const { headers = {}, body } = provider.requests[0] ?? {};
      expect(headers['proxy-connection']).toBeUndefined();
      expect(headers['keep-alive']).toBeUndefined();
      expect(headers.connection ?? 'keep-alive').toBe('keep-alive');
      expect(Object.values(headers)).not.toContain('');
      expect(Object.keys(body ?? {})).not.toEqual([]);
    },
  );

  it.each(crossed(WAYS, DIALECTS))(
    'C3 never have a client’s credentials over those of the account: $type on $way',
    async ({ type, key }) => {
      provider.answerJson(ANSWER);
      expect(await send(key, type, { 'x-goog-api-key': 'sk-client', 'api-key': 'sk-client' })).toBe(200);
      expect(provider.requests.map(keyOf)).toEqual([PROVIDER_KEY]);
      expect(JSON.stringify(provider.requests[0]?.headers)).not.toMatch(/sk-client|vk-test/);
    },
  );
});

describe('a connection', () => {
  it.each(crossed(NEW_WAYS, DIALECTS))('C4 is used again and again: $type on $way', async ({ type, key }) => {
    provider.answerJson(ANSWER);
    for (let sent = 0; sent < 5; sent += 1) await (await ask(gateway, key, type, hello)).text();
    expect(provider.requests).toHaveLength(5);
    expect(new Set(provider.requests.map(({ clientPort }) => clientPort)).size).toBe(1);
  });

  it.each(DIALECTS)('C5 that %s closes before its first byte is opened once more', async (type) => {
    provider.answerWith((response, number) => {
      if (number === 1) response.destroy();
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(ANSWER));
    });
    expect((await ask(gateway, KEYS.plain, type, hello)).status).toBe(200);
    expect(provider.requests).toHaveLength(2);
  });

  it.each(DIALECTS)('C5 that %s terminates amid a whole answer is opened once more', async (type) => {
    provider.answerWith((response, number) => {
      response.setHeader('content-type', 'application/json');
      if (number > 1) response.end(JSON.stringify(ANSWER));
      else response.write('{"half":', () => response.destroy());
    });
    expect((await ask(gateway, KEYS.plain, type, hello)).status).toBe(200);
    expect(provider.requests).toHaveLength(2);
  });

  it.each(DIALECTS)('C5 that %s closes is a network error, where it is not opened again', async (type) => {
    provider.answerWith((response) => response.destroy());
    const response = await ask(gateway, KEYS.litellm, type, hello);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_unreachable' } });
    expect(provider.requests).toHaveLength(1);
  });

  it('C5 that breaks once the client has something is not opened again', async () => {
    provider.answerWith((response) => {
      response.setHeader('content-type', 'text/event-stream');
      const chunk = { choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: null }] };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`, () => setImmediate(() => response.destroy()));
    });
    const response = await ask(gateway, KEYS.plain, 'openai', { ...hello, stream: true });
    expect(await response.text()).toMatch(/"content":"Hi".*event: error.*"code":"upstream_interrupted"/s);
    expect(provider.requests).toHaveLength(1);
  });
});
