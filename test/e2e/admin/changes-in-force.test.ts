import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type EmulatedGateway,
  MODEL,
  PROVIDER_KEY,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { startGateway } from '../../support/running-gateway.ts';
import { addByAdmin, askAdmin } from './admin-client.ts';

const answerSchema = z.looseObject({ error: z.looseObject({ code: z.string().nullable() }).optional() });
const documentSchema = z.looseObject({ paths: z.looseObject({}) });

let gateway: EmulatedGateway;
let name = 0;

beforeAll(async () => {
  gateway = await startEmulatedGateway({ env: { PORTKEY_GATEWAY_URL: 'off' } });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  name += 1;
});

const newKey = (fields: object = {}) =>
  addByAdmin(gateway, '/virtual-keys', { name: `key-${name}`, path: 'litellm', ...fields });

async function chat(key: unknown, model = MODEL) {
  const body = { model, messages: [{ role: 'user', content: 'Hello' }] };
  const response = await postChat(gateway, { key: String(key), body });
  const { error } = answerSchema.parse(await response.json());
  return { status: response.status, code: error?.code };
}

describe('a change on the admin API', () => {
  it('is in force when it is answered: a new key, switched off, on again and removed', async () => {
    const { id, key } = await newKey();
    expect(await chat(key)).toMatchObject({ status: 200 });
    await askAdmin(gateway, 'PATCH', `/virtual-keys/${id}`, { body: { enabled: false } });
    expect(await chat(key)).toEqual({ status: 403, code: 'api_key_disabled' });
    await askAdmin(gateway, 'PATCH', `/virtual-keys/${id}`, { body: { enabled: true } });
    expect(await chat(key)).toMatchObject({ status: 200 });
    await askAdmin(gateway, 'DELETE', `/virtual-keys/${id}`);
    expect(await chat(key)).toEqual({ status: 401, code: 'invalid_api_key' });
  });

  it('gives a key a new value beside the old one for the overlap, and alone without one', async () => {
    const { id, key } = await newKey();
    const rotate = (overlapSeconds: number) =>
      askAdmin(gateway, 'POST', `/virtual-keys/${id}/rotate`, { body: { overlapSeconds } });
    const second = (await rotate(600)).body.key;
    expect(await chat(key)).toMatchObject({ status: 200 });
    expect(await chat(second)).toMatchObject({ status: 200 });
    const third = (await rotate(0)).body.key;
    expect(await chat(key)).toMatchObject({ status: 401 });
    expect(await chat(second)).toMatchObject({ status: 401 });
    expect(await chat(third)).toMatchObject({ status: 200 });
  });

  it('limits a key to the models that it names', async () => {
    const { id, key } = await newKey();
    await addByAdmin(gateway, '/models', { name: `model-${name}`, providerId: 'emulator' });
    await askAdmin(gateway, 'PATCH', `/virtual-keys/${id}`, { body: { models: [`model-${name}`] } });
    expect(await chat(key)).toEqual({ status: 404, code: 'model_not_found' });
    await askAdmin(gateway, 'PATCH', `/virtual-keys/${id}`, { body: { models: null } });
    expect(await chat(key)).toMatchObject({ status: 200 });
  });

  it('makes a provider and its model routable, and no longer once the provider is switched off', async () => {
    const { key } = await newKey();
    const provider = {
      id: `provider-${name}`,
      type: 'openai',
      baseUrl: gateway.emulator.url,
      apiKey: PROVIDER_KEY,
    };
    await addByAdmin(gateway, '/providers', provider);
    const model = {
      name: `model-${name}`,
      providerId: provider.id,
      modelIdentifier: 'gpt-4o-mini-2024-07-18',
    };
    const { id } = await addByAdmin(gateway, '/models', model);
    expect(await chat(key, model.name)).toMatchObject({ status: 200 });
    expect((await askAdmin(gateway, 'POST', `/models/${id}/test`)).body).toMatchObject({ success: true });
    await askAdmin(gateway, 'PATCH', `/providers/${provider.id}`, { body: { enabled: false } });
    expect(await chat(key, model.name)).toEqual({ status: 404, code: 'model_not_found' });
  });

  it('lets a changed provider key count from the next request on', async () => {
    const { key } = await newKey();
    const provider = {
      id: `provider-${name}`,
      type: 'openai',
      baseUrl: gateway.emulator.url,
      apiKey: 'sk-wrong',
    };
    await addByAdmin(gateway, '/providers', provider);
    const model = {
      name: `model-${name}`,
      providerId: provider.id,
      modelIdentifier: 'gpt-4o-mini-2024-07-18',
    };
    await addByAdmin(gateway, '/models', model);
    expect(await chat(key, model.name)).toMatchObject({ status: 401 });
    await askAdmin(gateway, 'PATCH', `/providers/${provider.id}`, { body: { apiKey: PROVIDER_KEY } });
    expect(await chat(key, model.name)).toMatchObject({ status: 200 });
  });

  it('makes a virtual model callable, and no longer once it is removed', async () => {
    const { key } = await newKey();
    const virtual = { name: `smart-${name}`, type: 'fallback', config: { targets: [{ model: MODEL }] } };
    const { id } = await addByAdmin(gateway, '/config/routing-configs', virtual);
    expect(await chat(key, virtual.name)).toMatchObject({ status: 200 });
    await askAdmin(gateway, 'DELETE', `/config/routing-configs/${id}`);
    expect(await chat(key, virtual.name)).toEqual({ status: 404, code: 'model_not_found' });
  });
});

describe('the request log on the admin API', () => {
  it('has each request of a key once, and its statistics', async () => {
    const { id, key } = await newKey();
    await chat(key);
    await chat(key, 'unknown-model');
    const read = async () => (await askAdmin(gateway, 'GET', `/config/api-requests?virtualKeyId=${id}`)).body;
    await eventually(async () => (await read()).total === 2);
    const { requests } = await read();
    expect(requests).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          status: 'success',
          httpStatus: 200,
          path: 'litellm',
          providerId: 'emulator',
        }),
        expect.objectContaining({ status: 'client_error', httpStatus: 404 }),
      ]),
    );
    const { totals } = (await askAdmin(gateway, 'GET', '/config/stats')).body;
    expect(totals).toMatchObject({ requests: expect.any(Number) });
  });
});

describe('the admin API of a gateway', () => {
  it('has its document, beside the operations that only one path needs', async () => {
    const document: unknown = await (await fetch(`${gateway.url}/api/openapi.json`)).json();
    expect(Object.keys(documentSchema.parse(document).paths)).toEqual(
      expect.arrayContaining(['/auth/login', '/admin/providers', '/admin/portkey-gateways']),
    );
  });

  it('refuses a provider at a private address where those are not allowed', async () => {
    const strict = await startGateway({
      env: { ALLOW_PRIVATE_UPSTREAMS: 'false', PORTKEY_GATEWAY_URL: 'off' },
    });
    try {
      const body = { id: 'inner', type: 'openai', baseUrl: 'http://localhost:1/v1', apiKey: 'sk-0123456789' };
      expect(await askAdmin(strict, 'POST', '/providers', { body })).toMatchObject({ status: 400 });
    } finally {
      await strict.stop();
    }
  });
});
