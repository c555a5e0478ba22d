import { describe, expect, it } from 'vitest';
import { z } from 'zod';
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

  it('is listed by pages and by what its name has in it, with how many there are', async () => {
    const { call } = await startWithProvider();
    for (const name of ['gpt-1', 'GPT-2', 'claude']) await addModel(call, { name });
    const list = async (query: string) => (await call('GET', `/admin/models${query}`)).body;
    expect(await list('')).toMatchObject({ models: [{}, {}, {}], total: 3 });
    expect(await list('?page=2&pageSize=2')).toMatchObject({ models: [{ name: 'gpt-1' }], total: 3 });
    expect(await list('?search=gpt&pageSize=1')).toMatchObject({ models: [{ name: 'GPT-2' }], total: 2 });
    const ofProvider = await call('GET', '/admin/models/by-provider/openai?search=CLAUDE');
    expect(ofProvider.body).toMatchObject({ models: [{ name: 'claude' }], total: 1 });
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

describe('the prompt rule of a model', () => {
  const WHOLE = {
    operationType: 'replace',
    templateContent: 'Answer: {{user_prompt}}',
    systemMessage: 'Be kind.',
    enabled: true,
    injectOnce: true,
  };

  async function startWithRule(promptRule: object | null = WHOLE) {
    const { call } = await startWithProvider();
    const id = await addModel(call, promptRule === null ? {} : { promptRule });
    const path = `/admin/models/${id}`;
    const change = (rule: object | null, method = 'PATCH') =>
      call(method, path, { body: { promptRule: rule } });
    const read = async () => (await call('GET', path)).body.promptRule;
    return { call, change, read };
  }

  it('is added with the model or later, and read with it, alone and in the list', async () => {
    const { call, read } = await startWithRule();
    expect(await read()).toEqual(WHOLE);
    expect((await call('GET', '/admin/models')).body.models).toMatchObject([{ promptRule: WHOLE }]);
    const later = await startWithRule(null);
    const rule = { operationType: 'system', systemMessage: 'Be brief.' };
    expect((await later.change(rule)).body.promptRule).toEqual({ ...rule, enabled: true, injectOnce: false });
  });

  it.each([
    [{ enabled: false }, { ...WHOLE, enabled: false }],
    [{ templateContent: 'Other' }, { ...WHOLE, templateContent: 'Other' }],
    [{ operationType: 'system' }, { ...WHOLE, operationType: 'system' }],
    [{}, WHOLE],
  ])('changes by %j in what is named and in nothing else', async (rule, expected) => {
    const { change, read } = await startWithRule();
    for (const method of ['PUT', 'PATCH']) {
      expect((await change(rule, method)).body).toMatchObject({ name: 'gpt', promptRule: expected });
    }
    expect(await read()).toEqual(expected);
  });

  it('loses a text with null, and goes with null altogether', async () => {
    const { change, read } = await startWithRule();
    const { systemMessage, ...rest } = WHOLE;
    expect((await change({ systemMessage: null })).body.promptRule).toEqual(rest);
    expect((await change(null)).body.promptRule).toBeNull();
    expect(await read()).toBeNull();
  });

  it.each([
    [{ operationType: 'append' }, 'promptRule.operationType'],
    [{ templateContent: ' ' }, 'promptRule.templateContent'],
    [{ templateContent: null }, 'promptRule.templateContent'],
    [{ operationType: 'system', systemMessage: null }, 'promptRule.systemMessage'],
    [{ enabled: 'yes' }, 'promptRule.enabled'],
    [{ inject_once: true }, 'promptRule'],
  ])('is not changed by %j, and the answer names the field', async (rule, param) => {
    const { change, read } = await startWithRule();
    expect(await change(rule)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_body', param } },
    });
    expect(await read()).toEqual(WHOLE);
  });

  it('is not half a rule where there was none', async () => {
    const { change, read } = await startWithRule(null);
    const refused = await change({ templateContent: 'x' });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'promptRule.operationType' } } });
    expect(await read()).toBeNull();
  });

  it('is in the audit log before and after, and is changed by operators only', async () => {
    const { call, change } = await startWithRule();
    await change({ enabled: false });
    const { body } = await call('GET', '/admin/audit?entity=model&action=update');
    expect(body.entries).toMatchObject([
      { before: { promptRule: { enabled: true } }, after: { promptRule: { enabled: false } } },
    ]);
    const { models } = (await call('GET', '/admin/models')).body;
    const [{ id }] = z.tuple([z.looseObject({ id: z.string() })]).parse(models);
    const refused = await call('PATCH', `/admin/models/${id}`, { as: 'vera', body: { promptRule: null } });
    expect(refused.status).toBe(403);
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
