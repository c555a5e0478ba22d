import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { KEYS, postChat } from '../support/emulated-gateway.ts';
import { type MadeUpNames, resolveMadeUpNames } from '../support/made-up-names.ts';
import { type GatewayOptions, type RunningGateway, startGateway } from '../support/running-gateway.ts';
import { startTrap, TRAP_SECRET, type Trap } from '../support/trap.ts';
import { addByAdmin, askAdmin } from './admin/admin-client.ts';

const API_KEY = 'sk-private-0123456789';
const PUBLIC = '93.184.215.14';
const STRICT = { ALLOW_PRIVATE_UPSTREAMS: 'false', PORTKEY_GATEWAY_URL: 'off' };
const TYPES = ['openai', 'anthropic', 'google', 'openai-compatible'] as const;

const names: MadeUpNames = new Map([
  ['inner.example', ['10.1.2.3']],
  ['one-of-many.example', [PUBLIC, '2606:4700::1', '192.168.0.1']],
  ['metadata.example', ['169.254.169.254']],
  ['mapped.example', ['::ffff:127.0.0.1']],
]);

let gateway: RunningGateway;
let trap: Trap;
let restoreNames = () => {};
beforeAll(async () => {
  restoreNames = resolveMadeUpNames(names);
  trap = await startTrap();
  gateway = await startGateway({ env: STRICT });
  await addByAdmin(gateway, '/providers', {
    id: 'outer',
    type: 'openai',
    baseUrl: 'https://outer.example/v1',
    apiKey: API_KEY,
  });
});
afterAll(async () => {
  await gateway.stop();
  trap.close();
  restoreNames();
});
afterEach(() => expect(trap.takeAsked()).toEqual([]));

/** Spellings of places that no provider may be at; `PORT` stands for the trap's. */
const PLACES: readonly (readonly [name: string, baseUrl: string])[] = [
  ['loopback', 'http://127.0.0.1:PORT/v1'],
  ['another loopback', 'http://127.9.9.9:PORT/v1'],
  ['this host', 'http://0.0.0.0:PORT/v1'],
  ['a private network', 'https://10.0.0.1/v1'],
  ['cloud metadata', 'http://169.254.169.254/latest'],
  ['shared address space', 'http://100.64.0.1/v1'],
  ['IPv6 loopback', 'http://[::1]:PORT/v1'],
  ['IPv6 link-local', 'http://[fe80::1]/v1'],
  ['a mapped address', 'http://[::ffff:127.0.0.1]:PORT/v1'],
  ['a mapped address in hexadecimal', 'http://[::ffff:7f00:1]:PORT/v1'],
  ['NAT64', 'http://[64:ff9b::7f00:1]/v1'],
  ['6to4', 'http://[2002:7f00:1::]/v1'],
  ['a decimal number', 'http://2130706433:PORT/v1'],
  ['octal numbers', 'http://0177.0.0.1:PORT/v1'],
  ['localhost with a dot', 'http://localhost.:PORT/v1'],
  ['a name of cloud metadata', 'http://metadata.google.internal/computeMetadata/v1'],
  ['a name that is private', 'https://inner.example/v1'],
  ['a name with one private address of several', 'https://one-of-many.example/v1'],
  ['a name that is cloud metadata', 'http://metadata.example/latest'],
  ['a name that is a mapped address', 'http://mapped.example:PORT/v1'],
];

const account = (baseUrl: string) => ({ id: 'inner', type: 'openai', baseUrl, apiKey: API_KEY });
const fileWith = (base_url: string) => ({
  providers: [{ id: 'inner', type: 'openai', base_url, api_key: API_KEY }],
});

/** Each way in which an address comes in over the admin API. */
const WAYS: readonly (readonly [
  name: string,
  ask: (baseUrl: string) => ReturnType<typeof askAdmin>,
  param: string | null,
])[] = [
  ['for a new provider', (url) => askAdmin(gateway, 'POST', '/providers', { body: account(url) }), 'baseUrl'],
  [
    'for a stored provider',
    (baseUrl) => askAdmin(gateway, 'PATCH', '/providers/outer', { body: { baseUrl } }),
    'baseUrl',
  ],
  [
    'among others of an import',
    (baseUrl) => {
      const providers = [{ ...account('https://other.example/v1'), id: 'other' }, account(baseUrl)];
      return askAdmin(gateway, 'POST', '/providers/batch-import', { body: { providers } });
    },
    'baseUrl',
  ],
  [
    'to fetch models from',
    (baseUrl) =>
      askAdmin(gateway, 'POST', '/providers/fetch-models', {
        body: { type: 'openai', baseUrl, apiKey: API_KEY },
      }),
    'baseUrl',
  ],
  [
    'in a file that is applied',
    (baseUrl) => askAdmin(gateway, 'POST', '/apply', { body: fileWith(baseUrl) }),
    null,
  ],
];

describe.each(WAYS)('the address that is given %s', (_way, ask, param) => {
  it.each(PLACES)('is refused as %s', async (_place, baseUrl) => {
    const { status, body } = await ask(baseUrl.replace('PORT', trap.port));
    expect({ status, body }).toMatchObject({ status: 400, body: { error: { code: 'invalid_body', param } } });
    expect(JSON.stringify(body)).toMatch(/loopback or private address/);
  });

  it('leaves everything as it was where it is refused', async () => {
    await ask('https://inner.example/v1');
    const { body } = await askAdmin(gateway, 'GET', '/providers');
    expect(body.providers).toMatchObject([{ id: 'outer', baseUrl: 'https://outer.example/v1' }]);
  });
});

describe('a configuration file at the start', () => {
  it.each([
    ['a mapped address', 'http://[::ffff:7f00:1]/v1'],
    ['a name with one private address of several', 'https://one-of-many.example/v1'],
  ])('is refused with %s', async (_, baseUrl) => {
    const starting = startGateway({ file: fileWith(baseUrl), env: STRICT });
    await expect(starting).rejects.toThrow(/inner: base_url: .*loopback or private address/);
  });
});

const messages = [{ role: 'user', content: 'Hello' }];

/** What the models of all types answer, whole and streamed. */
async function askAll(asked: RunningGateway) {
  const answers = [];
  for (const model of TYPES) {
    for (const stream of [false, true]) {
      const response = await postChat(asked, { key: KEYS.litellm, body: { model, messages, stream } });
      answers.push({ status: response.status, text: await response.text() });
    }
  }
  return answers;
}

const fileOf = (baseUrl: string) => ({
  providers: TYPES.map((type) => ({ id: type, type, base_url: baseUrl, api_key: API_KEY })),
  models: TYPES.map((type) => ({ name: type, provider: type })),
  virtual_keys: [{ name: 'litellm', key: KEYS.litellm, path: 'litellm' }],
});

function expectRefused(answers: Awaited<ReturnType<typeof askAll>>): void {
  for (const { status, text } of answers) {
    expect(status).toBe(502);
    expect(text).toContain('upstream_address_refused');
    expect(text).not.toMatch(/127\.0\.0\.1|moving\.example/);
    expect(text).not.toContain(TRAP_SECRET);
  }
}

describe('the address of a stored provider', () => {
  it.each([
    ['a private one', ['127.0.0.1']],
    ['a private one beside the public one', [PUBLIC, '127.0.0.1']],
    ['a mapped one', ['::ffff:127.0.0.1']],
  ])('is judged again at each connection: its name has become %s', async (_, addresses) => {
    names.set('moving.example', [PUBLIC]);
    const file = fileOf(`http://moving.example:${trap.port}/v1`);
    const moving = await start({ file, env: STRICT });
    names.set('moving.example', addresses);
    expectRefused(await askAll(moving));
    for (const id of TYPES) {
      const tested = await askAdmin(moving, 'POST', `/providers/${id}/test`);
      expect(tested.body).toMatchObject({ success: false, message: 'The provider has a private address.' });
      const listed = await askAdmin(moving, 'POST', '/providers/fetch-models', { body: { providerId: id } });
      expect(listed).toMatchObject({ status: 502, body: { error: { code: 'upstream_address_refused' } } });
    }
  });

  it('is judged when connecting where it was saved while private addresses were allowed', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'banyan-private-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    const file = fileOf(`http://127.0.0.1:${trap.port}/v1`);
    const allowing = await start({ file, dataDir, env: { ...STRICT, ALLOW_PRIVATE_UPSTREAMS: 'true' } });
    await allowing.stop();
    expectRefused(await askAll(await start({ dataDir, env: STRICT })));
  });
});

/** Starts a gateway that stops with the test. */
async function start(options: GatewayOptions): Promise<RunningGateway> {
  const running = await startGateway(options);
  onTestFinished(() => running.stop());
  return running;
}
