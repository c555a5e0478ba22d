import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEmulator, type Emulator } from '../../../bench/emulator/emulator.ts';
import { emulate, KEYS, openaiClient, PROVIDER_KEY, postChat } from '../../support/emulated-gateway.ts';
import { type MadeUpNames, resolveMadeUpNames } from '../../support/made-up-names.ts';
import { type RawProvider, startRawProvider } from '../../support/raw-provider.ts';
import { type RunningGateway, startGateway } from '../../support/running-gateway.ts';
import { startTrap, TRAP_SECRET, type Trap } from '../../support/trap.ts';
import { addByAdmin } from '../admin/admin-client.ts';

const PUBLIC = '93.184.215.14';
const TYPES = ['openai', 'anthropic', 'google', 'openai-compatible'] as const;
const messages = [{ role: 'user', content: 'Hello' }];

const fileOf = (baseUrl: string) => ({
  providers: TYPES.map((type) => ({ id: type, type, base_url: baseUrl, api_key: PROVIDER_KEY })),
  models: TYPES.map((type) => ({ name: type, provider: type })),
  virtual_keys: [{ name: 'legacy', key: KEYS.legacy, path: 'legacy' }],
});

/** What the bundled Portkey is given so that it knows these names. */
const knowing = (names: Readonly<Record<string, readonly string[]>>) => ({
  tlsEnvironment: {
    NODE_OPTIONS: `--import=${new URL('./made-up-names-preload.ts', import.meta.url).href}`,
    MADE_UP_NAMES: JSON.stringify(names),
  },
});

/** What the models of all types answer over Portkey, whole and streamed. */
async function askAll(gateway: RunningGateway) {
  const answers = [];
  for (const model of TYPES) {
    for (const stream of [false, true]) {
      const body = { model, messages, stream, max_tokens: 9 };
      const response = await postChat(gateway, { key: KEYS.legacy, body });
      expect(response.headers.get('x-gateway-path')).toBe('legacy');
      const { status, headers } = response;
      answers.push({ status, location: headers.get('location'), text: await response.text() });
    }
  }
  return answers;
}

let trap: Trap;
beforeAll(async () => {
  trap = await startTrap();
});
afterAll(() => trap.close());
afterEach(() => expect(trap.takeAsked()).toEqual([]));

// Private addresses are allowed here, so that no check of an address can be what keeps the trap from being asked.
describe('a redirect of a provider', () => {
  let provider: RawProvider;
  let gateway: RunningGateway;
  beforeAll(async () => {
    provider = await startRawProvider();
    gateway = await startGateway({ file: fileOf(`${provider.url}/v1`) });
  });
  afterAll(async () => {
    await gateway.stop();
    provider.close();
  });

  it.each([301, 302, 303, 307, 308])(
    'by the status %i is a provider that cannot be reached to the bundled Portkey, and followed nowhere',
    async (status) => {
      let asked = 0;
      provider.answerWith((request, response) => {
        request.resume();
        asked += 1;
        response.writeHead(status, { location: `${trap.url}/v1/chat/completions` }).end();
      });
      for (const answer of await askAll(gateway)) {
        expect(answer).toMatchObject({ status: 500, location: null });
        expect(answer.text).toContain('Message: fetch failed');
        expect(answer.text).not.toContain(TRAP_SECRET);
        expect(answer.text).not.toContain(trap.port);
      }
      expect(asked).toBe(TYPES.length * 2);
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(metrics).toMatch(
        /gateway_requests_total\{path="legacy",.*provider="anthropic".*outcome="upstream_error"\} [1-9]/,
      );
    },
  );
});

describe('the name of a provider', () => {
  const names: MadeUpNames = new Map([['moving.example', [PUBLIC]]]);
  let gateway: RunningGateway;
  let restoreNames = () => {};
  beforeAll(async () => {
    restoreNames = resolveMadeUpNames(names);
    gateway = await startGateway({
      file: fileOf(`http://moving.example:${trap.port}/v1`),
      env: { ALLOW_PRIVATE_UPSTREAMS: 'false' },
      settings: knowing({ 'moving.example': [PUBLIC, '127.0.0.1'] }),
    });
  });
  afterAll(async () => {
    await gateway.stop();
    restoreNames();
  });

  it('is judged once more where Portkey connects, which may find another address', async () => {
    for (const { status, text } of await askAll(gateway)) {
      expect(status).toBe(500);
      expect(text).toContain('The provider has a private address.');
      expect(text).not.toContain(TRAP_SECRET);
    }
  });

  it('is judged before the call is handed over', async () => {
    names.set('moving.example', ['169.254.169.254']);
    // A judgement stands for five seconds.
    await expect
      .poll(async () => (await askAll(gateway)).map(({ status }) => status), { timeout: 20_000 })
      .toEqual(TYPES.flatMap(() => [502, 502]));
    for (const { text } of await askAll(gateway)) expect(text).toContain('upstream_address_refused');
  });
});

describe('a private provider that is added while the gateway runs', () => {
  const NAME = 'provider.corp';
  let emulator: Emulator;
  let gateway: RunningGateway;
  beforeAll(async () => {
    emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
    gateway = await startGateway({ settings: knowing({ [NAME]: ['127.0.0.1'] }) });
  });
  afterAll(async () => {
    await gateway.stop();
    await emulator.close();
  });

  /** Adds a provider with a model of the same name, and gives a key that is pinned to Portkey. */
  async function add(id: string, baseUrl: string): Promise<string> {
    await addByAdmin(gateway, '/providers', { id, type: 'openai', baseUrl, apiKey: PROVIDER_KEY });
    await addByAdmin(gateway, '/models', { name: id, providerId: id });
    return String((await addByAdmin(gateway, '/virtual-keys', { name: id, path: 'legacy' })).key);
  }
  const ask = async (key: string, model: string) => {
    const response = await postChat(gateway, { key, body: { model, messages } });
    return { status: response.status, body: await response.json() };
  };
  const starts = () => gateway.logLines.filter((line) => line.includes('legacy gateway is up')).length;

  it('is served by the running Portkey as soon as the change is answered', async () => {
    // Neither is one that Portkey would take by itself.
    for (const host of ['127.0.0.1', NAME]) {
      const key = await add(`at-${host}`, emulator.url.replace('127.0.0.1', host));
      expect(await ask(key, `at-${host}`)).toMatchObject({
        status: 200,
        body: { object: 'chat.completion' },
      });
    }
    expect(emulator.requests.map(({ headers }) => headers.host)).toEqual(
      ['127.0.0.1', NAME].map((host) => `${host}:${new URL(emulator.url).port}`),
    );
    expect(starts()).toBe(1);
  });

  it('cuts no answer off that another provider is giving', async () => {
    const key = await add('streaming', emulator.url);
    const stream = await openaiClient(gateway, key).chat.completions.create({
      model: 'streaming',
      messages: [emulate({ text: 'one two three four five six seven eight nine ten', eventDelayMs: 50 })],
      stream: true,
    });
    let text = '';
    let added: Promise<string> | undefined;
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? '';
      added ??= add('meanwhile', emulator.url.replace('127.0.0.1', 'localhost'));
    }
    expect(text).toBe('one two three four five six seven eight nine ten');
    expect(await ask((await added) ?? '', 'meanwhile')).toMatchObject({ status: 200 });
    expect(starts()).toBe(1);
  });
});
