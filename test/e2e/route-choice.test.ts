import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmulatedGateway,
  emulatedFile,
  KEYS,
  MODEL,
  PROVIDER_KEY,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';
import { ADMIN_TOKEN } from '../support/running-gateway.ts';

/** A model whose provider has no endpoint for moderations. */
const CLAUDE = 'claude-sonnet-4-5';

async function routeOf(gateway: EmulatedGateway, key: string): Promise<string> {
  const response = await postChat(gateway, { key });
  await response.arrayBuffer();
  expect(response.status).toBe(200);
  return `${response.headers.get('x-gateway-path')} ${response.headers.get('x-gateway-reason')}`;
}

function admin(gateway: EmulatedGateway, path: string, body?: object, method = 'POST'): Promise<Response> {
  return fetch(`${gateway.url}/api/admin/rollout${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describe('USE_LITELLM=false', () => {
  let gateway: EmulatedGateway;
  beforeAll(async () => {
    gateway = await startEmulatedGateway({
      env: { USE_LITELLM: 'false' },
      file: { rollout: { enrolled_percent: 100, arm_share: 1 } },
    });
  });
  afterAll(() => gateway.stop());

  it.each(['auto', 'legacy', 'litellm'] as const)(
    'sends key %s to legacy, whatever flag and override say',
    async (key) => {
      expect(await routeOf(gateway, KEYS[key])).toBe('legacy use_litellm_off');
    },
  );
});

/** The shared configuration with an account of Anthropic's beside it. */
function withClaude(emulatorUrl: string): object {
  const shared = emulatedFile(emulatorUrl);
  const account = { id: 'anthropic', type: 'anthropic', base_url: emulatorUrl, api_key: PROVIDER_KEY };
  return {
    ...shared,
    providers: [shared.providers, account].flat(),
    models: [shared.models, { name: CLAUDE, provider: 'anthropic' }].flat(),
  };
}

describe('USE_LITELLM=true', () => {
  let gateway: EmulatedGateway;
  beforeAll(async () => {
    gateway = await startEmulatedGateway({}, withClaude);
  });
  afterAll(() => gateway.stop());

  it('keeps a key that nothing enrols on legacy', async () => {
    expect(await routeOf(gateway, KEYS.auto)).toBe('legacy not_enrolled');
  });

  it('enrols by the flag from the next request on, and takes it back', async () => {
    expect((await admin(gateway, '', { enrolled_percent: 100 }, 'PATCH')).status).toBe(200);
    expect(await routeOf(gateway, KEYS.auto)).toBe('litellm enrolled');
    await admin(gateway, '', { enrolled_percent: 0 }, 'PATCH');
    expect(await routeOf(gateway, KEYS.auto)).toBe('legacy not_enrolled');
  });

  it('draws the arm per request inside an enrolled key', async () => {
    await admin(gateway, '', { enrolled_percent: 100, arm_share: 0.5 }, 'PATCH');
    const routes = new Set<string>();
    await eventually(async () => routes.add(await routeOf(gateway, KEYS.auto)).size === 2);
    expect(routes).toEqual(new Set(['litellm enrolled', 'legacy control_arm']));
    await admin(gateway, '', { enrolled_percent: 0, arm_share: 1 }, 'PATCH');
  });

  it("obeys a key's override over the flag", async () => {
    expect(await routeOf(gateway, KEYS.litellm)).toBe('litellm key_override');
    await admin(gateway, '', { enrolled_percent: 100 }, 'PATCH');
    expect(await routeOf(gateway, KEYS.legacy)).toBe('legacy key_override');
    await admin(gateway, '', { enrolled_percent: 0 }, 'PATCH');
  });

  it('engages the kill switch for the very next request, without a restart', async () => {
    expect(await routeOf(gateway, KEYS.litellm)).toBe('litellm key_override');
    expect((await admin(gateway, '/kill', { reason: 'errors on the new path' })).status).toBe(200);
    expect(await routeOf(gateway, KEYS.litellm)).toBe('legacy kill_switch');
    expect((await admin(gateway, '/unkill', { reason: 'mended' })).status).toBe(200);
    expect(await routeOf(gateway, KEYS.litellm)).toBe('litellm key_override');
  });

  it('follows a kill-switch file that is laid into the data folder by hand', async () => {
    const file = join(gateway.dataDir, 'kill-switch');
    writeFileSync(file, '');
    await eventually(async () => (await routeOf(gateway, KEYS.litellm)) === 'legacy kill_switch', 5_000);
    rmSync(file);
    await eventually(async () => (await routeOf(gateway, KEYS.litellm)) === 'litellm key_override', 5_000);
  });

  it('sends what the new path does not serve to legacy, whatever the override says', async () => {
    const response = await postChat(gateway, {
      key: KEYS.litellm,
      path: '/v1/moderations',
      body: { model: CLAUDE, input: 'banyan' },
    });
    await response.arrayBuffer();
    expect(response.headers.get('x-gateway-path')).toBe('legacy');
    expect(response.headers.get('x-gateway-reason')).toBe('unsupported');
    expect(gateway.emulator.requests.at(-1)?.path).toBe('/v1/moderations');
  });

  it.each(['legacy', 'litellm'] as const)('serves embeddings on %s', async (path) => {
    const body = { model: MODEL, input: ['banyan', 'fig'] };
    const response = await postChat(gateway, { key: KEYS[path], path: '/v1/embeddings', body });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-gateway-path')).toBe(path);
    expect(await response.json()).toMatchObject({ object: 'list', data: [{ index: 0 }, { index: 1 }] });
  });

  it('serves every endpoint without /v1 as well', async () => {
    const response = await postChat(gateway, { key: KEYS.litellm, path: '/chat/completions' });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-gateway-path')).toBe('litellm');
  });

  it.each([
    ['no token', undefined, 401],
    ['a wrong token', 'Bearer wrong', 401],
  ])('refuses to kill for %s', async (_name, authorization, status) => {
    const response = await fetch(`${gateway.url}/api/admin/rollout/kill`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      body: JSON.stringify({ reason: 'none of my business' }),
    });
    expect(response.status).toBe(status);
    expect(await routeOf(gateway, KEYS.litellm)).toBe('litellm key_override');
  });

  it('wants a reason for the kill and names the field', async () => {
    const response = await admin(gateway, '/kill', {});
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'reason' } });
  });

  it('loses neither of two changes made at once', async () => {
    await admin(gateway, '', { enrolled_percent: 100, arm_share: 1 }, 'PATCH');
    await Promise.all([
      admin(gateway, '', { enrolled_percent: 0 }, 'PATCH'),
      admin(gateway, '', { arm_share: 0.5 }, 'PATCH'),
    ]);
    const state = await (await admin(gateway, '', undefined, 'GET')).json();
    expect(state).toMatchObject({ enrolled_percent: 0, arm_share: 0.5 });
    await admin(gateway, '', { arm_share: 1 }, 'PATCH');
  });

  it('counts password guesses that come at once, and locks nobody else out', async () => {
    const login = (username: string, password: string) =>
      fetch(`${gateway.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password }),
      });
    const guesses = await Promise.all(Array.from({ length: 40 }, () => login('somebody', 'guess')));
    const statuses = guesses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(5);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(35);
    expect(guesses.find(({ status }) => status === 429)?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await login('admin', gateway.adminPassword ?? '')).status).toBe(200);
  });

  it('lets the first admin log in with the password shown at the start, and nobody else', async () => {
    const login = (password: string) =>
      fetch(`${gateway.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'admin', password }),
      });
    expect((await login('guess')).status).toBe(401);
    const response = await login(gateway.adminPassword ?? '');
    expect(response.status).toBe(200);
    const { token } = (await response.json()) as { token: string };
    const rollout = await fetch(`${gateway.url}/api/admin/rollout`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await rollout.json()).toMatchObject({ enrolled_percent: 0, killed: false, use_litellm: true });
  });
});
