import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEmulator, type Emulator } from '../../bench/emulator/emulator.ts';
import { emulatedFile, MODEL, PROVIDER_KEY, postChat } from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';
import type { RunningProcess } from '../support/gateway-process.ts';
import { type GatewayProcesses, startGatewayProcesses } from '../support/gateway-processes.ts';
import { addByAdmin, askAdmin } from './admin/admin-client.ts';

let emulator: Emulator;
let gateways: GatewayProcesses;
/** Changes are made through the one and looked for in the other. */
let one: RunningProcess;
let other: RunningProcess;
let name = 0;

beforeAll(async () => {
  emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
  gateways = await startGatewayProcesses(2, emulatedFile(emulator.url));
  const [first, second] = gateways.processes;
  if (first === undefined || second === undefined) throw new Error('There are not two processes.');
  [one, other] = [first, second];
});
afterAll(async () => {
  await gateways.stop();
  await emulator.close();
});
beforeEach(() => {
  name += 1;
});

/** A key that both processes know. */
async function sharedKey(fields: object = {}) {
  const { id, key } = await addByAdmin(one, '/virtual-keys', {
    name: `key-${name}`,
    path: 'litellm',
    ...fields,
  });
  await eventually(async () => (await ask(other, key)).status === 200);
  return { id, key };
}

async function ask(gateway: RunningProcess, key: unknown, model = MODEL) {
  const body = { model, messages: [{ role: 'user', content: 'Hello' }] };
  const response = await postChat(gateway, { key: String(key), body });
  await response.arrayBuffer();
  return { status: response.status, headers: response.headers };
}

const change = async (method: string, path: string, body: object = {}) => {
  const answer = await askAdmin(one, method, path, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
};
const answersWith = (status: number, key: unknown, model?: string) =>
  eventually(async () => (await ask(other, key, model)).status === status);

describe('a change through one process is in force in the other where it is', () => {
  it('a new key', async () => {
    const { key } = await addByAdmin(one, '/virtual-keys', { name: `key-${name}`, path: 'litellm' });
    await answersWith(200, key);
  });

  it('a key switched off, on again, and removed', async () => {
    const { id, key } = await sharedKey();
    await change('PATCH', `/virtual-keys/${id}`, { enabled: false });
    await answersWith(403, key);
    await change('PATCH', `/virtual-keys/${id}`, { enabled: true });
    await answersWith(200, key);
    await change('DELETE', `/virtual-keys/${id}`);
    await answersWith(401, key);
  });

  it('a key’s new value', async () => {
    const { id, key } = await sharedKey();
    const rotated = await change('POST', `/virtual-keys/${id}/rotate`);
    await answersWith(200, rotated.key);
    expect((await ask(other, key)).status).toBe(401);
  });

  it('a key’s limit, and one that goes', async () => {
    const { id, key } = await sharedKey();
    const limitOf = async () => (await ask(other, key)).headers.get('x-ratelimit-limit-requests');
    await change('PATCH', `/virtual-keys/${id}`, { rateLimit: { rpm: 50_000, tpm: null } });
    await eventually(async () => (await limitOf()) === '50000');
    await change('PATCH', `/virtual-keys/${id}`, { rateLimit: null });
    // The provider has a limit of its own, and says so.
    await eventually(async () => (await limitOf()) !== '50000');
  });

  it('the models of a key', async () => {
    const { id, key } = await sharedKey();
    await addByAdmin(one, '/models', { name: `model-${name}`, providerId: 'emulator' });
    await change('PATCH', `/virtual-keys/${id}`, { models: [`model-${name}`] });
    await answersWith(404, key);
  });

  it('a new model, another identifier of it, and its end', async () => {
    const { key } = await sharedKey();
    const model = `model-${name}`;
    const { id } = await addByAdmin(one, '/models', {
      name: model,
      providerId: 'emulator',
      modelIdentifier: 'gpt-4o-mini',
    });
    await answersWith(200, key, model);
    await change('PATCH', `/models/${id}`, { modelIdentifier: 'gpt-4o-2024-08-06' });
    await eventually(async () => {
      emulator.clear();
      await ask(other, key, model);
      return JSON.stringify(emulator.requests[0]?.body).includes('gpt-4o-2024-08-06');
    });
    await change('PATCH', `/models/${id}`, { enabled: false });
    await answersWith(404, key, model);
  });

  it('a provider’s key, and the provider switched off', async () => {
    const { key } = await sharedKey();
    const [id, model] = [`provider-${name}`, `model-${name}`];
    const provider = { id, type: 'openai', baseUrl: emulator.url, apiKey: PROVIDER_KEY };
    await addByAdmin(one, '/providers', provider);
    await addByAdmin(one, '/models', { name: model, providerId: id, modelIdentifier: 'gpt-4o-mini' });
    await answersWith(200, key, model);
    await change('PATCH', `/providers/${id}`, { apiKey: 'sk-of-nobody-0123456789' });
    await answersWith(401, key, model);
    await change('PATCH', `/providers/${id}`, { apiKey: PROVIDER_KEY });
    await answersWith(200, key, model);
    await change('PATCH', `/providers/${id}`, { enabled: false });
    await answersWith(404, key, model);
  });

  it('a virtual model’s targets', async () => {
    const { key } = await sharedKey();
    const target = { name: `model-${name}`, providerId: 'emulator', modelIdentifier: 'gpt-4o-2024-08-06' };
    await addByAdmin(one, '/models', target);
    const smart = `smart-${name}`;
    const { id } = await addByAdmin(one, '/config/routing-configs', {
      name: smart,
      type: 'fallback',
      config: { targets: [{ model: MODEL }] },
    });
    await answersWith(200, key, smart);
    await change('PATCH', `/config/routing-configs/${id}`, {
      config: { targets: [{ model: `model-${name}` }] },
    });
    await eventually(async () => {
      emulator.clear();
      await ask(other, key, smart);
      return JSON.stringify(emulator.requests[0]?.body).includes('gpt-4o-2024-08-06');
    });
  });

  it('what guards its endpoints', async () => {
    const { key } = await sharedKey();
    await change('PATCH', '/config/system-settings', { corsEnabled: true });
    const isOpen = async () => {
      const headers = { authorization: `Bearer ${key}`, origin: 'https://app.example' };
      const { headers: answered } = await fetch(`${other.url}/v1/models`, { headers });
      return answered.has('access-control-allow-origin');
    };
    await eventually(isOpen);
    await change('PATCH', '/config/system-settings', { corsEnabled: false });
    await eventually(async () => !(await isOpen()));
  });

  it('the rollout, and the kill switch', async () => {
    const statusOf = async () => (await askAdmin(other, 'GET', '/rollout')).body;
    await change('PATCH', '/rollout', { enrolled_percent: 37 });
    await eventually(async () => (await statusOf()).enrolled_percent === 37);
    await change('POST', '/rollout/kill', { reason: 'too many errors' });
    await eventually(async () => (await statusOf()).killed === true);
    await change('POST', '/rollout/unkill', { reason: 'mended' });
    await eventually(async () => (await statusOf()).killed === false);
  });
});
