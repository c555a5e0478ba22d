import { describe, expect, it } from 'vitest';
import { type AdminCall, startAdminApi } from './admin-fixture.ts';
import { startEmulatedAdapter } from './emulated-adapter.ts';

const PROVIDER = { id: 'openai', type: 'openai', apiKey: 'sk-provider-0123456789' };

async function startWithProvider() {
  const fixture = await startAdminApi();
  await fixture.call('POST', '/admin/providers', { body: PROVIDER });
  return fixture;
}

async function addModel(call: AdminCall, fields: object = {}): Promise<string> {
  const body = { name: 'gpt', providerId: 'openai', ...fields };
  const answer = await call('POST', '/admin/models', { body });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.body.id);
}

describe('a model', () => {
  it('has its name as identifier where none is given', async () => {
    const { call } = await startWithProvider();
    const id = await addModel(call);
    expect((await call('GET', `/admin/models/${id}`)).body).toMatchObject({
      name: 'gpt',
      modelIdentifier: 'gpt',
      enabled: true,
      promptRule: null,
      limits: { timeout: null, maxRetries: null },
    });
  });

  it.each(['PUT', 'PATCH'])('keeps what a %s does not name, inside its limits too', async (method) => {
    const { call } = await startWithProvider();
    const promptRule = { operationType: 'prepend', templateContent: 'Be brief.' };
    const limits = { timeout: 5000, maxRetries: 1 };
    const id = await addModel(call, { modelIdentifier: 'gpt-4o', limits, promptRule });
    const { body } = await call(method, `/admin/models/${id}`, { body: { limits: { timeout: null } } });
    expect(body).toMatchObject({
      modelIdentifier: 'gpt-4o',
      limits: { timeout: null, maxRetries: 1 },
      promptRule,
    });
    const cleared = await call(method, `/admin/models/${id}`, { body: { promptRule: null } });
    expect(cleared.body).toMatchObject({ promptRule: null, limits: { maxRetries: 1 } });
  });

  it.each([
    [{ providerId: 'nobody' }, 'providerId'],
    [{ limits: { timeout: 0 } }, 'limits.timeout'],
    [{ promptRule: { operationType: 'replace' } }, 'promptRule.templateContent'],
    [{ name: '' }, 'name'],
  ])('is refused with %j', async (fields, param) => {
    const { call } = await startWithProvider();
    const body = { name: 'gpt', providerId: 'openai', ...fields };
    expect(await call('POST', '/admin/models', { body })).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_body', param } },
    });
  });

  it('does not take the name of another model, real or virtual', async () => {
    const { call } = await startWithProvider();
    await addModel(call);
    const config = { targets: [{ model: 'gpt' }] };
    await call('POST', '/admin/config/routing-configs', {
      body: { name: 'smart', type: 'fallback', config },
    });
    for (const name of ['gpt', 'smart']) {
      const answer = await call('POST', '/admin/models', { body: { name, providerId: 'openai' } });
      expect(answer).toMatchObject({ status: 409, body: { error: { code: 'conflict', param: 'name' } } });
    }
  });

  it('that a key names is neither removed nor renamed, and counts the key', async () => {
    const { call } = await startWithProvider();
    const id = await addModel(call);
    const key = await call('POST', '/admin/virtual-keys', { body: { name: 'team', models: ['gpt'] } });
    expect((await call('GET', '/admin/models')).body.models).toMatchObject([{ virtualKeyCount: 1 }]);
    const refused = { status: 409, body: { error: { code: 'in_use' } } };
    expect(await call('DELETE', `/admin/models/${id}`)).toMatchObject(refused);
    expect(await call('PATCH', `/admin/models/${id}`, { body: { name: 'other' } })).toMatchObject(refused);
    await call('DELETE', `/admin/virtual-keys/${key.body.id}`);
    expect((await call('DELETE', `/admin/models/${id}`)).status).toBe(200);
  });

  it('that a virtual model names is not removed, and the message says by which', async () => {
    const { call } = await startWithProvider();
    const id = await addModel(call);
    const config = { targets: [{ model: 'gpt' }] };
    await call('POST', '/admin/config/routing-configs', {
      body: { name: 'smart', type: 'fallback', config },
    });
    const answer = await call('DELETE', `/admin/models/${id}`);
    expect(answer.status).toBe(409);
    expect(answer.text).toContain('smart');
  });

  it('is listed by its provider', async () => {
    const { call } = await startWithProvider();
    await call('POST', '/admin/providers', { body: { ...PROVIDER, id: 'other' } });
    await addModel(call);
    await addModel(call, { name: 'second', providerId: 'other' });
    const { body } = await call('GET', '/admin/models/by-provider/other');
    expect(body.models).toMatchObject([{ name: 'second' }]);
  });

  it('is listed with as many queries as a thousand are', async () => {
    const { call, db } = await startWithProvider();
    let queries = 0;
    db.on('query', () => {
      queries += 1;
    });
    const countOf = async () => {
      queries = 0;
      await call('GET', '/admin/models');
      return queries;
    };
    await addModel(call);
    const withOne = await countOf();
    for (const index of Array(20).keys()) await addModel(call, { name: `model-${index}` });
    expect(await countOf()).toBe(withOne);
  });
});

describe('the test of a model', () => {
  it('sends one short chat completion to its provider', async () => {
    const { adapter, emulator, providerKey } = await startEmulatedAdapter();
    const { call } = await startAdminApi({ adapter });
    const provider = { id: 'emulator', type: 'openai', baseUrl: emulator.url, apiKey: providerKey };
    await call('POST', '/admin/providers', { body: provider });
    const id = await addModel(call, { providerId: 'emulator', modelIdentifier: 'gpt-4o-mini-2024-07-18' });
    expect((await call('POST', `/admin/models/${id}/test`)).body).toMatchObject({
      success: true,
      status: 200,
    });
  });

  it('tells what the provider said where it refuses', async () => {
    const { adapter, emulator } = await startEmulatedAdapter();
    const { call } = await startAdminApi({ adapter });
    const provider = { id: 'emulator', type: 'openai', baseUrl: emulator.url, apiKey: 'sk-wrong-0123456789' };
    await call('POST', '/admin/providers', { body: provider });
    const id = await addModel(call, { providerId: 'emulator' });
    expect((await call('POST', `/admin/models/${id}/test`)).body).toMatchObject({
      success: false,
      status: 401,
    });
  });

  it('is a result, too, where no answer comes', async () => {
    const { call } = await startWithProvider();
    const id = await addModel(call);
    expect((await call('POST', `/admin/models/${id}/test`)).body).toMatchObject({
      success: false,
      status: null,
    });
  });
});
