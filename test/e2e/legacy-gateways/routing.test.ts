import { networkInterfaces } from 'node:os';
import type { Knex } from 'knex';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { ProviderCall } from '../../../src/core/provider-call.ts';
import { Secret } from '../../../src/core/secret.ts';
import { bumpCatalogVersion } from '../../../src/db/watch-catalog.ts';
import { KEYS, PROVIDER_KEY, postChat, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { ADMIN_TOKEN } from '../../support/running-gateway.ts';
import { type LegacyInstallation, startLegacyInstallation } from './legacy-installation.ts';
import { type RecordingGateway, startRecordingGateway } from './recording-gateway.ts';

const withId = z.object({ id: z.string() });

async function addGateway(installation: LegacyInstallation, fields: object): Promise<string> {
  const { status, body } = await installation.admin('POST', '/portkey-gateways', { body: fields });
  expect(status).toBe(201);
  return withId.parse(body).id;
}

async function addRule(installation: LegacyInstallation, fields: object): Promise<string> {
  const rule = { name: 'rule', ruleType: 'model_name', ...fields };
  const { status, body } = await installation.admin('POST', '/routing-rules', { body: rule });
  expect(status).toBe(201);
  return withId.parse(body).id;
}

/** As another process does it: this one is not told. */
async function changeFromElsewhere(db: Knex, table: string, columns: object): Promise<void> {
  await db(table).update(columns);
  await bumpCatalogVersion(db);
}

/** Asks for the model and says how many calls each gateway has had by then. */
async function ask(
  installation: LegacyInstallation,
  gateways: readonly RecordingGateway[],
  model: string,
): Promise<number[]> {
  const { status, text } = await installation.chat(model);
  expect(JSON.parse(text)).toMatchObject({ object: 'chat.completion', model });
  expect(status).toBe(200);
  return gateways.map(({ calls }) => calls.length);
}

// Real processes on a slow machine: the limit bounds a wait and measures nothing.
describe('two Portkey gateways', { timeout: 120_000 }, () => {
  it('are each sent the models that the rules say, and a change of the rules from elsewhere is in force soon', async () => {
    const gateways = [await startRecordingGateway(), await startRecordingGateway()];
    const [first, second] = gateways;
    const installation = await startLegacyInstallation();
    await addGateway(installation, { name: 'first', url: first?.url, isDefault: true });
    const portkeyGatewayId = await addGateway(installation, { name: 'second', url: second?.url });
    await addRule(installation, { portkeyGatewayId, ruleValue: 'claude-*' });
    await addRule(installation, { portkeyGatewayId, ruleType: 'pattern', ruleValue: '^o[134]', priority: 1 });

    expect(await ask(installation, gateways, 'gpt-4o')).toEqual([1, 0]);
    expect(await ask(installation, gateways, 'claude-sonnet')).toEqual([1, 1]);
    expect(await ask(installation, gateways, 'o3-mini')).toEqual([1, 2]);
    expect(installation.emulator.requests).toHaveLength(3);
    expect(installation.emulator.requests[0]?.headers.authorization).toBe(`Bearer ${PROVIDER_KEY}`);

    await changeFromElsewhere(installation.db, 'model_routing_rules', { enabled: false });
    await eventually(async () => {
      const [before = 0] = gateways.map(({ calls }) => calls.length);
      return (await ask(installation, gateways, 'o3-mini'))[0] === before + 1;
    });
  });

  it('are seen in the readiness, each by its id, and one that is down does not take the path out', async () => {
    const gateway = await startRecordingGateway();
    const installation = await startLegacyInstallation();
    expect(installation.paths.canServe()).toBe(false);
    const up = await addGateway(installation, { name: 'up', url: gateway.url });
    const down = await addGateway(installation, { name: 'down', url: 'http://127.0.0.1:9' });
    await eventually(() => installation.paths.states().every(({ status }) => status !== 'starting'));
    expect(installation.paths.states()).toEqual([
      { name: 'legacy_gateway', status: 'up' },
      { name: `legacy_gateway:${down}`, status: 'down' },
      { name: `legacy_gateway:${up}`, status: 'up' },
      { name: 'breaker', status: 'up' },
    ]);
    expect(installation.paths.canServe()).toBe(true);
    await installation.admin('DELETE', `/portkey-gateways/${up}`);
    await eventually(() => !installation.paths.canServe());
  });
});

describe('the configured gateway', { timeout: 120_000 }, () => {
  it('serves while no gateway is stored, gives way to the stored ones, and comes back when they are gone', async () => {
    const [configured, stored] = [await startRecordingGateway(), await startRecordingGateway()];
    const gateways = [configured, stored];
    const installation = await startLegacyInstallation({ gatewayUrl: configured.url });
    expect(await ask(installation, gateways, 'gpt-4o')).toEqual([1, 0]);
    const id = await addGateway(installation, { name: 'stored', url: stored.url });
    expect(await ask(installation, gateways, 'gpt-4o')).toEqual([1, 1]);
    await installation.admin('PATCH', `/portkey-gateways/${id}`, { body: { enabled: false } });
    await expect(installation.chat('gpt-4o')).rejects.toMatchObject({ code: 'no_gateway_available' });
    await installation.admin('DELETE', `/portkey-gateways/${id}`);
    expect(await ask(installation, gateways, 'gpt-4o')).toEqual([2, 1]);
  });
});

describe('the whole gateway', { timeout: 120_000 }, () => {
  it('sends a key that is pinned to legacy to the stored gateway as soon as the answer to the change is there', async () => {
    const stored = await startRecordingGateway();
    const gateway = await startEmulatedGateway();
    onTestFinished(() => gateway.stop());
    const added = await fetch(`${gateway.url}/api/admin/portkey-gateways`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'stored', url: stored.url }),
    });
    expect(added.status).toBe(201);
    const answer = await postChat(gateway, { key: KEYS.legacy });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ object: 'chat.completion' });
    expect(answer.headers.get('x-gateway-path')).toBe('legacy');
    expect(stored.calls).toHaveLength(1);
    const { id } = withId.parse(await added.json());
    const ready = await (await fetch(`${gateway.url}/health/ready`)).json();
    expect(ready).toMatchObject({ parts: { [`legacy_gateway:${id}`]: {} } });
  });
});

/** One through each way in which Portkey passes requests on: translated, and as a form. */
const CALLS: readonly Partial<ProviderCall>[] = [
  {},
  {
    endpoint: 'images.edits',
    upstreamPath: '/images/edits',
    body: { model: 'gpt-image-1', prompt: 'A cat' },
    form: {
      contentType: 'multipart/form-data; boundary=b',
      bytes: Buffer.from(
        [
          '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\ngpt-image-1',
          '--b\r\ncontent-disposition: form-data; name="prompt"\r\n\r\nA cat',
          '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\ncontent-type: image/png\r\n\r\npng',
          '--b--\r\n',
        ].join('\r\n'),
      ),
    },
  },
];

const OUTSIDE = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
const MISSING_OUTSIDE = OUTSIDE === undefined ? ' (skipped: this machine has no address but loopback)' : '';

describe('the key of a gateway', { timeout: 120_000 }, () => {
  it.skipIf(OUTSIDE === undefined)(
    `goes to a gateway on another machine, and neither to one on this machine nor to the provider${MISSING_OUTSIDE}`,
    async () => {
      const gateway = await startRecordingGateway();
      const installation = await startLegacyInstallation();
      const id = await addGateway(installation, {
        name: 'outside',
        url: `http://${OUTSIDE}:${gateway.port}`,
        apiKey: 'pgw_key_of_the_gateway',
      });
      for (const call of CALLS) expect((await installation.chat('gpt-4o', call)).status).toBe(200);
      expect(gateway.calls).toHaveLength(CALLS.length);
      expect(installation.emulator.requests).toHaveLength(CALLS.length);
      expect(JSON.stringify(installation.emulator.requests)).not.toContain('pgw_key');
      expect(gateway.calls[0]).toMatchObject({ 'x-gateway-id': id, 'x-api-key': 'pgw_key_of_the_gateway' });
      await installation.admin('PATCH', `/portkey-gateways/${id}`, { body: { url: gateway.url } });
      expect((await installation.chat('gpt-4o')).status).toBe(200);
      expect(gateway.calls.at(-1)).not.toHaveProperty('x-api-key');
      expect(gateway.calls.at(-1)).not.toHaveProperty('x-gateway-id');
    },
  );
});

describe("a provider's address", { timeout: 120_000 }, () => {
  const at = (baseUrl: string) => ({
    provider: {
      id: 'p',
      type: 'openai' as const,
      baseUrl,
      baseUrlIsExplicit: true,
      apiKey: new Secret(PROVIDER_KEY),
    },
  });

  it('is resolved before the call is handed over, and refused where it is private', async () => {
    const gateway = await startRecordingGateway();
    const resolved: string[] = [];
    const installation = await startLegacyInstallation({
      gatewayUrl: gateway.url,
      allowPrivateUpstreams: false,
      async resolveHost(hostname) {
        resolved.push(hostname);
        if (hostname === 'gone.example') throw new Error('ENOTFOUND');
        return hostname === 'metadata.example' ? ['8.8.8.8', '169.254.169.254'] : ['::ffff:10.0.0.1'];
      },
    });
    for (const baseUrl of [
      'http://metadata.example/v1',
      'https://mapped.example/v1',
      'http://[::ffff:7f00:1]/v1',
    ]) {
      await expect(installation.chat('gpt-4o', at(baseUrl))).rejects.toMatchObject({
        code: 'upstream_address_refused',
      });
    }
    await expect(installation.chat('gpt-4o', at('https://gone.example/v1'))).rejects.toMatchObject({
      code: 'upstream_unreachable',
    });
    expect(resolved).toEqual(['metadata.example', 'mapped.example', 'gone.example']);
    expect(gateway.calls).toEqual([]);
  });
});
