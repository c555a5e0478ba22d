import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { isJsonObject, type JsonObject, parseJson } from '../../../src/core/json.ts';
import { alertsOf } from '../../support/alerts.ts';
import { readDocumentedAnswers } from '../../support/documented-answers.ts';
import {
  type EmulatedGateway,
  KEYS,
  PROVIDER_KEY,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { startLocalServer } from '../../support/local-server.ts';
import { ADMIN_TOKEN } from '../../support/running-gateway.ts';

const IDENTIFIER = 'gpt-4o-mini-2024-07-18';
const PASSWORD = 'a long enough password';
const withIds = z.array(z.looseObject({ id: z.string() }));

/**
 * Asks the admin API for something that succeeds, and holds the answer against the document.
 * @param path below `/api`
 */
type Ask = (method: string, path: string, body?: object, token?: string) => Promise<JsonObject>;

/** A whole gateway, and who asks it and remembers which operations have answered. */
async function startAsked() {
  const gateway = await startEmulatedGateway({
    env: { PORTKEY_GATEWAY_URL: 'off', ADMIN_PASSWORD: PASSWORD },
  });
  onTestFinished(() => gateway.stop());
  const documented = await readDocumentedAnswers(`${gateway.url}/api`);
  const answered = new Set<string>();
  const ask: Ask = async (method, path, body, token = ADMIN_TOKEN) => {
    const response = await fetch(`${gateway.url}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    expect(response.status, `${method} ${path}: ${text}`).toBeLessThan(300);
    const answer = parseJson(text);
    const operation = documented.check(method, path, response.status, answer);
    if (operation !== undefined) answered.add(operation);
    return isJsonObject(answer) ? answer : {};
  };
  return { gateway, ask, answered, operations: documented.operations };
}

/** What an operator does to one kind of thing: adds it, looks at it, changes it by either method, and removes it. */
async function liveThrough(
  ask: Ask,
  path: string,
  added: object,
  change: object,
  meanwhile: (id: string) => Promise<void> = async () => {},
): Promise<void> {
  const { id } = await ask('POST', path, added);
  await ask('GET', path);
  await ask('GET', `${path}/${id}`);
  for (const method of ['PUT', 'PATCH']) await ask(method, `${path}/${id}`, change);
  await meanwhile(String(id));
  await ask('DELETE', `${path}/${id}`);
}

/** One story for each part of the API. */
const STORIES: readonly ((ask: Ask, gateway: EmulatedGateway) => Promise<void>)[] = [
  async function providersAndModels(ask, { emulator }) {
    const provider = { id: 'another', type: 'openai', baseUrl: emulator.url, apiKey: PROVIDER_KEY };
    await liveThrough(ask, '/admin/providers', provider, { name: 'Another' }, async () => {
      await ask('POST', '/admin/providers/another/test');
      await ask('POST', '/admin/providers/fetch-models', { providerId: 'another' });
      const { providers } = await ask('GET', '/admin/providers/export');
      await ask('POST', '/admin/providers/batch-import', { providers });
    });
    const model = { name: 'another', providerId: 'emulator', modelIdentifier: IDENTIFIER };
    await liveThrough(ask, '/admin/models', model, { limits: { maxRetries: 1 } }, async (id) => {
      await ask('POST', `/admin/models/${id}/test`);
      await ask('GET', '/admin/models/by-provider/emulator');
    });
  },
  async function keys(ask) {
    await ask('POST', '/admin/virtual-keys/validate', { customKey: 'vk-a-key-of-their-own' });
    await liveThrough(ask, '/admin/virtual-keys', { name: 'another' }, { enabled: false }, async (id) => {
      await ask('POST', `/admin/virtual-keys/${id}/rotate`, {});
    });
  },
  async function virtualModels(ask) {
    const routing = { name: 'smart', type: 'fallback', config: { targets: [{ model: 'gpt-4o-mini' }] } };
    await liveThrough(ask, '/admin/config/routing-configs', routing, { enabled: false });
    const width = await ask('GET', '/admin/expert-routing/preferences/preview-width');
    await ask('POST', '/admin/expert-routing/preferences/preview-width', width);
  },
  async function experts(ask, gateway) {
    const classifier = { model: 'gpt-4o-mini', prompt_template: 'Which of: {{USER_PROMPT}}' };
    const expert = { id: 'e1', category: 'code', model: 'gpt-4o-mini' };
    const config = { classifier, experts: [expert], fallback: { model: 'gpt-4o-mini' } };
    const routing = { name: 'router', config };
    await liveThrough(ask, '/admin/expert-routing', routing, { description: 'x' }, async (id) => {
      const body = { model: 'router', messages: [{ role: 'user', content: 'Hello' }] };
      await (await postChat(gateway, { key: KEYS.litellm, body })).arrayBuffer();
      const logs = async () => withIds.parse((await ask('GET', `/admin/expert-routing/${id}/logs`)).logs);
      await eventually(async () => (await logs()).length > 0);
      const [decision] = await logs();
      await ask('GET', `/admin/expert-routing/${id}/logs/${decision?.id}/details`);
      await ask('GET', `/admin/expert-routing/${id}/logs/category/code`);
      await ask('GET', `/admin/expert-routing/${id}/statistics`);
    });
  },
  async function accounts(ask) {
    const user = { username: 'ada', password: PASSWORD, role: 'viewer' };
    await liveThrough(ask, '/admin/users', user, { role: 'operator' }, async () => {
      const { token } = await ask('POST', '/auth/login', { username: 'ada', password: PASSWORD });
      await ask('GET', '/auth/profile', undefined, String(token));
      const passwords = { currentPassword: PASSWORD, newPassword: `${PASSWORD}, another one` };
      await ask('POST', '/auth/password', passwords, String(token));
    });
    for (const method of ['POST', 'PUT', 'PATCH']) {
      await ask(method, '/admin/config/system-settings', { allowRegistration: true });
    }
    await ask('GET', '/admin/config/system-settings');
    await ask('GET', '/public/system-settings');
    await ask('POST', '/auth/register', { username: 'newcomer', password: PASSWORD });
  },
  async function requestsAndAudit(ask, gateway) {
    await (await postChat(gateway, { key: KEYS.litellm })).arrayBuffer();
    const requests = async () => withIds.parse((await ask('GET', '/admin/config/api-requests')).requests);
    await eventually(async () => (await requests()).length > 0);
    const [request] = await requests();
    await ask('GET', `/admin/config/api-requests/${request?.id}`);
    await ask('GET', '/admin/config/stats');
    await ask('POST', '/admin/config/api-requests/clean', {});
    await ask('GET', '/admin/audit');
  },
  async function rolloutAndFile(ask) {
    await ask('GET', '/admin/rollout');
    await ask('GET', '/admin/rollout/explain?key=auto&model=gpt-4o-mini');
    await ask('PATCH', '/admin/rollout', { enrolled_percent: 1 });
    await ask('POST', '/admin/rollout/kill', { reason: 'a test' });
    await ask('POST', '/admin/rollout/unkill', { reason: 'a test' });
    await ask('POST', '/admin/rollout/alerts', alertsOf([]));
    await ask('POST', '/admin/apply', { virtual_keys: [{ name: 'applied' }] });
  },
  async function releases(ask) {
    const document = 'plan: story\nsteps: [{id: named, keys: [auto], bake: 1h}, {id: final}]';
    const reason = 'a story';
    const { id } = await ask('POST', '/admin/releases/plans', { document });
    await ask('GET', '/admin/releases/plans');
    await ask('GET', `/admin/releases/plans/${id}`);
    await ask('POST', '/admin/releases/start', { plan: id, reason });
    await ask('POST', '/admin/releases/hold', { reason });
    await ask('POST', '/admin/releases/resume', { reason });
    await ask('POST', '/admin/releases/promote', { step: 'named', reason });
    await ask('POST', '/admin/releases/skip', { step: 'named', reason });
    await ask('GET', '/admin/releases/status');
    await ask('POST', '/admin/releases/abort', { reason });
    await ask('GET', '/admin/releases/history');
  },
  async function webhooks(ask) {
    const url = await startLocalServer((_, response) => response.end());
    const { id } = await ask('POST', '/admin/webhooks', { url });
    await ask('GET', '/admin/webhooks');
    await ask('POST', `/admin/webhooks/${id}/test`);
    await ask('GET', `/admin/webhooks/${id}/deliveries`);
    await ask('PATCH', `/admin/webhooks/${id}`, { enabled: false });
    await ask('DELETE', `/admin/webhooks/${id}`);
  },
  async function modelPresets(ask) {
    const list = { 'gpt-4o': { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6, mode: 'chat' } };
    const modelPresetsUrl = await startLocalServer((_, response) => response.end(JSON.stringify(list)));
    await ask('PATCH', '/admin/config/system-settings', { modelPresetsUrl });
    for (const path of ['/admin/litellm-presets', '/admin/model-presets']) {
      await ask('POST', `${path}/update`, {});
      await ask('GET', `${path}/stats`);
      await ask('POST', `${path}/search`, { query: 'gpt' });
      await ask('GET', `${path}/model/gpt-4o`);
    }
  },
  async function legacyGateways(ask) {
    const url = await startLocalServer((_, response) => response.end('{}'));
    const gateway = { name: 'Frankfurt', url };
    await liveThrough(
      ask,
      '/admin/portkey-gateways',
      gateway,
      { enabled: false },
      async (portkeyGatewayId) => {
        await ask('GET', `/admin/portkey-gateways/${portkeyGatewayId}/health`);
        const rule = { name: 'a rule', portkeyGatewayId, ruleType: 'model_name', ruleValue: 'claude-*' };
        await liveThrough(ask, '/admin/routing-rules', rule, { priority: 1 }, async () => {
          await ask('GET', `/admin/portkey-gateways/${portkeyGatewayId}/routing-rules`);
        });
      },
    );
  },
];

describe('every operation of the document', () => {
  it('is called here, and answers as documented', async () => {
    const { gateway, ask, answered, operations } = await startAsked();
    for (const tell of STORIES) await tell(ask, gateway);
    // Whoever adds an operation adds it to a story.
    expect(operations.filter((operation) => !answered.has(operation))).toEqual([]);
  });
});
