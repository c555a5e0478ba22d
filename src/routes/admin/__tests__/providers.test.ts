import { describe, expect, it } from 'vitest';
import { startLocalServer } from '../../../../test/support/local-server.ts';
import { startAdminApi } from './admin-fixture.ts';

const KEY = 'sk-provider-0123456789abcdWXYZ';
const OPENAI = { id: 'openai', type: 'openai', baseUrl: 'https://api.openai.com/v1', apiKey: KEY };

describe('a provider', () => {
  it('is added and shown with how its key ends, and never with the key', async () => {
    const { call, changes } = await startAdminApi();
    const created = await call('POST', '/admin/providers', { body: OPENAI });
    expect(created).toMatchObject({
      status: 201,
      body: { id: 'openai', name: 'openai', apiKeySet: true, apiKeyLast4: 'WXYZ', enabled: true },
    });
    const answers = [
      created,
      await call('GET', '/admin/providers'),
      await call('GET', '/admin/providers/openai?includeApiKey=true'),
      await call('GET', '/admin/providers/export'),
      await call('PATCH', '/admin/providers/openai', { body: { enabled: false } }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBeLessThan(300);
      expect(text).not.toContain(KEY.slice(0, -4));
    }
    expect(changes()).toBe(2);
  });

  it('shows nothing of its key to who only looks on', async () => {
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', { body: OPENAI });
    for (const path of ['/admin/providers', '/admin/providers/openai']) {
      const { text } = await call('GET', path, { as: 'vera' });
      expect(text).toContain('"apiKeySet":true');
      expect(text).not.toContain(KEY.slice(-4));
      expect((await call('GET', path, { as: 'olga' })).text).toContain(KEY.slice(-4));
    }
  });

  it('shows nothing of a key that is short', async () => {
    const { call } = await startAdminApi();
    const { body } = await call('POST', '/admin/providers', { body: { ...OPENAI, apiKey: 'short-key' } });
    expect(body).toMatchObject({ apiKeySet: true, apiKeyLast4: null });
  });

  it.each(['PUT', 'PATCH'])('keeps what a %s does not name, its key among them', async (method) => {
    const { call, db } = await startAdminApi();
    await call('POST', '/admin/providers', { body: { ...OPENAI, name: 'Main' } });
    const sealed = await db('providers').first();
    const changed = await call(method, '/admin/providers/openai', { body: { name: 'Other' } });
    expect(changed.body).toMatchObject({ name: 'Other', baseUrl: OPENAI.baseUrl, apiKeyLast4: 'WXYZ' });
    expect(await db('providers').first()).toEqual({
      ...sealed,
      name: 'Other',
      updated_at: expect.any(Number),
    });
  });

  it('goes back to the default address with null', async () => {
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', { body: OPENAI });
    const { body } = await call('PATCH', '/admin/providers/openai', { body: { baseUrl: null } });
    expect(body.baseUrl).toBeNull();
  });

  it('is not added twice', async () => {
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', { body: OPENAI });
    expect(await call('POST', '/admin/providers', { body: OPENAI })).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', param: 'id' } },
    });
  });

  it('stays while models use it, and goes with them where that is asked for', async () => {
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', { body: OPENAI });
    await call('POST', '/admin/models', {
      body: { name: 'gpt', providerId: 'openai', modelIdentifier: 'gpt-4o' },
    });
    expect(await call('DELETE', '/admin/providers/openai')).toMatchObject({
      status: 409,
      body: { error: { code: 'in_use' } },
    });
    expect((await call('DELETE', '/admin/providers/openai?cascade=true')).status).toBe(200);
    expect((await call('GET', '/admin/models')).body.models).toEqual([]);
    expect((await call('GET', '/admin/providers/openai')).status).toBe(404);
  });

  it('does not take a model with it that a key names', async () => {
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', { body: OPENAI });
    await call('POST', '/admin/models', {
      body: { name: 'gpt', providerId: 'openai', modelIdentifier: 'gpt-4o' },
    });
    await call('POST', '/admin/virtual-keys', { body: { name: 'team', models: ['gpt'] } });
    expect((await call('DELETE', '/admin/providers/openai?cascade=true')).status).toBe(409);
    expect((await call('GET', '/admin/models')).body.models).toHaveLength(1);
  });

  it.each([
    [{ ...OPENAI, type: 'openai-compatible', baseUrl: null }, 'baseUrl'],
    [{ ...OPENAI, profile: 'groq' }, 'profile'],
    [{ ...OPENAI, type: 'other' }, 'type'],
    [{ ...OPENAI, id: 'a/b' }, 'id'],
    [{ ...OPENAI, unknown: 1 }, null],
  ])('is refused as %j', async (body, param) => {
    const { call } = await startAdminApi();
    const answer = await call('POST', '/admin/providers', { body });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_body', param } } });
  });
});

describe('the address of a provider', () => {
  it.each([
    'http://127.0.0.1:8080',
    'http://169.254.169.254/latest/meta-data',
    'http://[::ffff:10.0.0.1]/v1',
    'http://localhost:3000/v1',
    'http://2130706433/v1',
    'http://metadata.google.internal',
    'https://user:password@api.example.com/v1',
  ])('is refused at save time as %s', async (baseUrl) => {
    const { call } = await startAdminApi({ allowPrivateUpstreams: false });
    const answer = await call('POST', '/admin/providers', { body: { ...OPENAI, baseUrl } });
    expect(answer).toMatchObject({ status: 400, body: { error: { param: 'baseUrl' } } });
  });

  it('keeps nobody from switching a provider off whose name has come to stand for a private one, but from switching it on', async () => {
    let address = '93.184.215.14';
    const { call } = await startAdminApi({
      allowPrivateUpstreams: false,
      resolveHost: async () => [address],
    });
    const body = { ...OPENAI, baseUrl: 'https://api.example.com/v1' };
    expect((await call('POST', '/admin/providers', { body })).status).toBe(201);
    address = '10.1.2.3';
    const change = (fields: object) => call('PATCH', '/admin/providers/openai', { body: fields });
    expect(await change({ enabled: false, name: 'Turned' })).toMatchObject({
      status: 200,
      body: { enabled: false },
    });
    expect(await change({ enabled: true })).toMatchObject({
      status: 400,
      body: { error: { param: 'baseUrl' } },
    });
    expect((await change({ baseUrl: 'https://api.example.com/v2' })).status).toBe(400);
  });

  it('is refused where its name resolves to a private address, and taken where the name resolves to none', async () => {
    const addresses: Record<string, string[]> = { 'inner.example.com': ['93.184.215.14', '10.1.2.3'] };
    const { call } = await startAdminApi({
      allowPrivateUpstreams: false,
      resolveHost: async (host) => {
        const found = addresses[host];
        if (found === undefined) throw new Error('ENOTFOUND');
        return found;
      },
    });
    const add = (id: string, host: string) =>
      call('POST', '/admin/providers', { body: { ...OPENAI, id, baseUrl: `https://${host}/v1` } });
    expect((await add('inner', 'inner.example.com')).status).toBe(400);
    expect((await add('outer', 'nobody.example.com')).status).toBe(201);
    const moved = await call('PATCH', '/admin/providers/outer', {
      body: { baseUrl: 'https://inner.example.com/v1' },
    });
    expect(moved.status).toBe(400);
  });
});

describe('a provider that is asked for its models', () => {
  const answering = (status: number, body: unknown, seen: string[] = []) =>
    startLocalServer((incoming, outgoing) => {
      const { authorization, 'x-api-key': anthropic, 'x-goog-api-key': google } = incoming.headers;
      seen.push(`${incoming.method} ${incoming.url} ${authorization ?? anthropic ?? google}`);
      outgoing.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(JSON.stringify(body));
    });

  it.each([
    ['openai', { data: [{ id: 'gpt-4o' }] }, ['gpt-4o'], `GET /v1/models Bearer ${KEY}`],
    ['anthropic', { data: [{ id: 'claude' }] }, ['claude'], `GET /v1/models?limit=1000 ${KEY}`],
    [
      'google',
      { models: [{ name: 'models/gemini' }] },
      ['gemini'],
      `GET /v1beta/models?pageSize=1000 ${KEY}`,
    ],
    ['openai-compatible', [{ id: 'llama' }, 1, {}], ['llama'], `GET /v1/models Bearer ${KEY}`],
  ])('lists those of type %s', async (type, answer, models, sent) => {
    const seen: string[] = [];
    const baseUrl = await answering(200, answer, seen);
    const { call } = await startAdminApi();
    const listed = await call('POST', '/admin/providers/fetch-models', {
      body: { type, baseUrl, apiKey: KEY },
    });
    expect(listed.body).toEqual({ models });
    expect(seen).toEqual([sent]);
  });

  it('uses the stored key for a stored provider only, never for another address', async () => {
    const seen: string[] = [];
    const baseUrl = await answering(200, { data: [] }, seen);
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', { body: { ...OPENAI, baseUrl } });
    const listed = await call('POST', '/admin/providers/fetch-models', { body: { providerId: 'openai' } });
    expect(listed.body).toEqual({ models: [] });
    const elsewhere = { providerId: 'openai', baseUrl };
    expect((await call('POST', '/admin/providers/fetch-models', { body: elsewhere })).status).toBe(400);
    expect(seen).toHaveLength(1);
  });

  it('gives nothing of an answer that is no list', async () => {
    const baseUrl = await answering(200, { internal: 'metadata-secret' });
    const { call } = await startAdminApi();
    const answer = await call('POST', '/admin/providers/fetch-models', { body: { baseUrl, apiKey: KEY } });
    expect(answer).toMatchObject({ status: 502, body: { error: { code: 'upstream_invalid_response' } } });
    expect(answer.text).not.toContain('metadata-secret');
  });

  it.each([
    [200, { data: [{ id: 'a' }, { id: 'b' }] }, { success: true, status: 200, modelCount: 2 }],
    [401, { error: {} }, { success: false, status: 401, modelCount: null }],
    [302, {}, { success: false, status: 302, modelCount: null }],
    [500, {}, { success: false, status: 500, modelCount: null }],
  ])('is tested: a %i says so', async (status, body, expected) => {
    const baseUrl = await answering(status, body);
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', { body: { ...OPENAI, baseUrl } });
    const tested = await call('POST', '/admin/providers/openai/test', { as: 'olga' });
    expect(tested).toMatchObject({ status: 200, body: expected });
  });

  it('is tested: one that cannot be reached says so', async () => {
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', { body: { ...OPENAI, baseUrl: 'http://127.0.0.1:1' } });
    const tested = await call('POST', '/admin/providers/openai/test');
    expect(tested).toMatchObject({ status: 200, body: { success: false, status: null } });
  });

  it('is checked again when it is connected to', async () => {
    const seen: string[] = [];
    const baseUrl = await answering(200, { data: [] }, seen);
    const { call, db } = await startAdminApi({ allowPrivateUpstreams: false });
    await call('POST', '/admin/providers', { body: OPENAI });
    await db('providers').update({ base_url: baseUrl });
    const tested = await call('POST', '/admin/providers/openai/test');
    expect(tested.body).toMatchObject({ success: false, message: 'The provider has a private address.' });
    expect(seen).toEqual([]);
  });
});

describe('providers in a batch', () => {
  it('are exported without keys, and imported elsewhere', async () => {
    const one = await startAdminApi();
    await one.call('POST', '/admin/providers', { body: OPENAI });
    const { body } = await one.call('GET', '/admin/providers/export');
    const other = await startAdminApi();
    expect((await other.call('POST', '/admin/providers/batch-import', { body })).body).toEqual({
      created: ['openai'],
      skipped: [],
    });
    expect((await other.call('GET', '/admin/providers/openai')).body).toMatchObject({ apiKeySet: false });
  });

  it('skip those that are there, or are refused as a whole', async () => {
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', { body: OPENAI });
    const providers = [{ ...OPENAI, id: 'new' }, OPENAI];
    const refused = await call('POST', '/admin/providers/batch-import', {
      body: { providers, skipExisting: false },
    });
    expect(refused.status).toBe(409);
    expect((await call('GET', '/admin/providers/new')).status).toBe(404);
    const { body } = await call('POST', '/admin/providers/batch-import', { body: { providers } });
    expect(body).toEqual({ created: ['new'], skipped: ['openai'] });
  });
});
