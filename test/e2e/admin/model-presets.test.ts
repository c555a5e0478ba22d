import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import { writeSystemConfig } from '../../../src/db/system-config-repository.ts';
import {
  emulatedFile,
  KEYS,
  MODEL,
  PROVIDER_KEY,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { startGateway } from '../../support/running-gateway.ts';
import { addByAdmin, askAdmin } from './admin-client.ts';
import { startPriceListServer } from './price-list-server.ts';

type Gateway = { readonly url: string };

const NAMES = ['/model-presets', '/litellm-presets'];
/** A model that another provider has as well, at another price. */
const ELSEWHERE = 'model-x';
const BUDGETED = 'vk-presets-budgeted-1';

/** A thousand times what the bundled prices say, for a million tokens. */
const DEAR = { input_cost_per_token: 1.5e-4, output_cost_per_token: '6e-04' };
const LIST = {
  sample_spec: { max_tokens: 'LEGACY parameter' },
  [MODEL]: {
    litellm_provider: 'openai',
    mode: 'chat',
    max_input_tokens: 128_000,
    max_output_tokens: 16_384,
    supports_vision: true,
    ...DEAR,
  },
  [ELSEWHERE]: { ...DEAR },
  [`deepseek/${ELSEWHERE}`]: { input_cost_per_token: 1.5e-7, output_cost_per_token: 6e-7 },
  'openrouter/openai/gpt-x': { litellm_provider: 'openrouter', cache_read_input_token_cost: 7.5e-8 },
  broken: { input_cost_per_token: 'free' },
};

const listOf = (value: unknown) => z.array(z.unknown()).parse(value);

/** A gateway with the emulator behind it, and a server that stands for the one of the list. */
async function startWithList() {
  const list = await startPriceListServer();
  const gateway = await startEmulatedGateway({ env: { PORTKEY_GATEWAY_URL: 'off' } }, (url) => {
    const { virtual_keys: keys, providers, models, ...file } = emulatedFile(url);
    const budget = { monthly_budget: { dollars: 0.0001 } };
    const budgeted = { name: 'budgeted', key: BUDGETED, path: 'litellm', ...budget };
    const account = { id: 'deep', type: 'deepseek', base_url: url, api_key: PROVIDER_KEY };
    return {
      ...file,
      providers: [...listOf(providers), account],
      models: [...listOf(models), { name: ELSEWHERE, provider: 'deep' }],
      virtual_keys: [...listOf(keys), budgeted],
    };
  });
  onTestFinished(() => gateway.stop());
  const body = { modelPresetsUrl: list.url };
  expect((await askAdmin(gateway, 'PATCH', '/config/system-settings', { body })).status).toBe(200);
  return { gateway, list };
}

const update = (gateway: Gateway, token?: string) =>
  askAdmin(gateway, 'POST', '/model-presets/update', token === undefined ? {} : { token });
const statsOf = async (gateway: Gateway) => (await askAdmin(gateway, 'GET', '/model-presets/stats')).body;

/** What a request cost by the log, in dollars, with the tokens it used. */
async function costOf(gateway: Gateway, model = MODEL) {
  const body = { model, messages: [{ role: 'user', content: 'Hello' }] };
  const response = await postChat(gateway, { key: KEYS.litellm, body });
  await response.arrayBuffer();
  const id = response.headers.get('x-request-id');
  const read = () => askAdmin(gateway, 'GET', `/config/api-requests/${id}`);
  await eventually(async () => (await read()).status === 200);
  const { cost, promptTokens, completionTokens } = z
    .object({ cost: z.number(), promptTokens: z.number(), completionTokens: z.number() })
    .parse((await read()).body);
  return { cost, cheap: (promptTokens * 150 + completionTokens * 600) / 1e9 };
}

/** The account of this role, logged in. */
async function logIn(gateway: Gateway, role: string): Promise<string> {
  const account = { username: `presets-${role}`, password: 'long-enough-for-tests' };
  await addByAdmin(gateway, '/users', { ...account, role });
  const response = await fetch(`${gateway.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  });
  return z.object({ token: z.string() }).parse(await response.json()).token;
}

describe('the model presets', () => {
  it('are the bundled prices before a list is fetched, and nothing is fetched unasked', async () => {
    const { gateway, list } = await startWithList();
    expect(await statsOf(gateway)).toMatchObject({
      lastUpdate: null,
      cacheAge: null,
      source: null,
      skipped: 0,
      byProvider: { openai: expect.any(Number), anthropic: expect.any(Number) },
    });
    expect((await askAdmin(gateway, 'GET', `/model-presets/model/${MODEL}`)).body).toMatchObject({
      modelName: MODEL,
      inputCost: 1.5e-7,
      maxInputTokens: null,
    });
    expect(list.asked()).toBe(0);
  });

  it('N8 are updated, counted, searched and shown under both of the names that they ever had', async () => {
    const { gateway, list } = await startWithList();
    list.answerList(LIST);
    const { totalModels: bundled } = z.object({ totalModels: z.number() }).parse(await statsOf(gateway));
    for (const path of NAMES) {
      const updated = await askAdmin(gateway, 'POST', `${path}/update`);
      expect(updated).toMatchObject({
        status: 200,
        body: { success: true, count: 4, skipped: 1, source: list.url, lastUpdate: expect.any(Number) },
      });
      const stats = await askAdmin(gateway, 'GET', `${path}/stats`);
      expect(stats.body).toMatchObject({
        totalModels: bundled + 3,
        lastUpdate: updated.body.lastUpdate,
        cacheAge: expect.any(Number),
        source: list.url,
        skipped: 1,
        providers: expect.arrayContaining(['openai', 'openrouter']),
        byProvider: { openrouter: 1 },
      });
      const found = await askAdmin(gateway, 'POST', `${path}/search`, { body: { query: 'GPT-X', limit: 1 } });
      expect(found.body).toMatchObject({
        query: 'GPT-X',
        total: 1,
        results: [{ modelName: 'openrouter/openai/gpt-x', provider: 'openrouter', inputCost: null }],
      });
      const slashes = await askAdmin(gateway, 'GET', `${path}/model/openrouter%2Fopenai%2Fgpt-x`);
      expect(slashes.body).toMatchObject({ cachedInputCost: 7.5e-8, supportsVision: false });
      const shown = await askAdmin(gateway, 'GET', `${path}/model/${MODEL}`);
      expect(shown.body).toEqual({
        modelName: MODEL,
        provider: 'openai',
        mode: 'chat',
        maxTokens: 16_384,
        maxInputTokens: 128_000,
        maxOutputTokens: 16_384,
        inputCost: 1.5e-4,
        outputCost: 6e-4,
        cachedInputCost: null,
        cacheWriteCost: null,
        supportsVision: true,
        supportsFunctionCalling: false,
        supports: ['vision'],
        attributes: shown.body.rawInfo,
        rawInfo: {
          litellm_provider: 'openai',
          mode: 'chat',
          max_tokens: 16_384,
          max_input_tokens: 128_000,
          max_output_tokens: 16_384,
          input_cost_per_token: 1.5e-4,
          output_cost_per_token: 6e-4,
          supports_vision: true,
        },
      });
    }
    expect(list.asked()).toBe(2);
  });

  it('are refused by name where there is none, and where a search is none', async () => {
    const { gateway } = await startWithList();
    expect(await askAdmin(gateway, 'GET', '/model-presets/model/nobody%2Fknows')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
    for (const body of [{}, { query: '' }, { query: 'x', limit: 101 }, { query: 'x', limit: 0 }]) {
      expect((await askAdmin(gateway, 'POST', '/model-presets/search', { body })).status).toBe(400);
    }
  });

  it('are what requests cost from then on, in the log, in budgets and in what clients are told', async () => {
    const { gateway, list } = await startWithList();
    list.answerList(LIST);
    const before = await costOf(gateway);
    expect(before.cost).toBeCloseTo(before.cheap, 9);
    expect((await postChat(gateway, { key: BUDGETED })).status).toBe(200);
    await update(gateway);
    const after = await costOf(gateway);
    expect(after.cost).toBeCloseTo(after.cheap * 1000, 6);
    const elsewhere = await costOf(gateway, ELSEWHERE);
    expect(elsewhere.cost).toBeCloseTo(elsewhere.cheap, 9);
    // One more call at the new price is beyond the budget of the month.
    expect((await postChat(gateway, { key: BUDGETED })).status).toBe(200);
    await eventually(async () => (await postChat(gateway, { key: BUDGETED })).status === 429);
    const info = await fetch(`${gateway.url}/v1/model/info`, {
      headers: { authorization: `Bearer ${KEYS.litellm}` },
    });
    expect(await info.json()).toMatchObject({
      data: [
        {
          model_name: MODEL,
          model_info: {
            litellm_provider: 'openai',
            mode: 'chat',
            max_input_tokens: 128_000,
            input_cost_per_token: 1.5e-4,
            supports_vision: true,
          },
        },
        { model_name: ELSEWHERE, model_info: { litellm_provider: 'deepseek', input_cost_per_token: 1.5e-7 } },
      ],
    });
  });

  it('reach every other process by the database, and a later start', async () => {
    const { gateway, list } = await startWithList();
    const options = { dataDir: gateway.dataDir, env: { PORTKEY_GATEWAY_URL: 'off' } };
    const other = await startGateway(options);
    onTestFinished(() => other.stop());
    list.answerList(LIST);
    await update(gateway);
    const isUpdated = async (each: Gateway) => (await statsOf(each)).source === list.url;
    expect(await isUpdated(gateway)).toBe(true);
    await eventually(() => isUpdated(other));
    const later = await startGateway(options);
    onTestFinished(() => later.stop());
    expect(await isUpdated(later)).toBe(true);
    expect((await askAdmin(later, 'GET', `/model-presets/model/${MODEL}`)).body).toMatchObject({
      inputCost: 1.5e-4,
    });
  });

  it('are in the audit log with each update', async () => {
    const { gateway, list } = await startWithList();
    list.answerList(LIST);
    await update(gateway);
    await update(gateway);
    const { body } = await askAdmin(gateway, 'GET', '/audit?entity=model-presets');
    expect(body).toMatchObject({
      total: 2,
      entries: expect.arrayContaining([
        expect.objectContaining({ action: 'update', actor: 'admin-token', before: null }),
        expect.objectContaining({
          before: expect.objectContaining({ source: list.url, total: 4, skipped: 1 }),
        }),
      ]),
    });
  });
});

describe('an update', () => {
  it('is an administrator’s to make; whoever may look may search', async () => {
    const { gateway, list } = await startWithList();
    list.answerList(LIST);
    for (const role of ['viewer', 'operator']) {
      const token = await logIn(gateway, role);
      expect(await update(gateway, token)).toMatchObject({
        status: 403,
        body: { error: { code: 'forbidden' } },
      });
      const found = await askAdmin(gateway, 'POST', '/model-presets/search', {
        body: { query: MODEL, limit: 1 },
        token,
      });
      expect(found.body).toMatchObject({ results: [{ modelName: MODEL, score: 1 }] });
      expect((await askAdmin(gateway, 'GET', '/model-presets/stats', { token })).status).toBe(200);
    }
    expect(list.asked()).toBe(0);
    expect((await update(gateway, await logIn(gateway, 'admin'))).status).toBe(200);
  });

  it('that fails leaves all as it was, and tells no word of what came', async () => {
    const { gateway, list } = await startWithList();
    const inside = await startPriceListServer();
    inside.answerList(LIST);
    list.answerList(LIST);
    await update(gateway);
    const before = await statsOf(gateway);
    const failures: [string, number, Parameters<typeof list.answer>[0]][] = [
      ['upstream_invalid_response', 502, (_, out) => out.writeHead(500).end('secret of a stack')],
      ['upstream_invalid_response', 502, (_, out) => out.end('<html>secret</html>')],
      ['upstream_invalid_response', 502, (_, out) => out.end('{"message":"secret"}')],
      ['upstream_invalid_response', 502, (_, out) => out.end(JSON.stringify(LIST).padEnd(17e6))],
      ['upstream_invalid_response', 502, (_, out) => out.writeHead(302, { location: inside.url }).end()],
      ['upstream_unreachable', 502, (_, out) => out.destroy()],
      ['upstream_interrupted', 502, (_, out) => out.write('{"a":', () => out.destroy())],
    ];
    for (const [code, status, listener] of failures) {
      list.answer(listener);
      const failed = await update(gateway);
      expect(failed).toMatchObject({ status, body: { error: { code, type: 'api_error' } } });
      expect(JSON.stringify(failed.body)).not.toMatch(/secret|\.ts\b|127\.0\.0\.1/);
    }
    expect(inside.asked()).toBe(0);
    expect(await statsOf(gateway)).toEqual({ ...before, cacheAge: expect.any(Number) });
    const { cost, cheap } = await costOf(gateway);
    expect(cost).toBeCloseTo(cheap * 1000, 6);
    expect((await askAdmin(gateway, 'GET', '/audit?entity=model-presets')).body.total).toBe(1);
  });

  it('is one at a time', async () => {
    const { gateway, list } = await startWithList();
    const answering = Promise.withResolvers<ServerResponse>();
    list.answer((_, response) => answering.resolve(response));
    const first = update(gateway);
    const response = await answering.promise;
    expect(await update(gateway)).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    response.end(JSON.stringify(LIST));
    expect((await first).status).toBe(200);
    list.answerList(LIST);
    expect((await update(gateway)).status).toBe(200);
  });

  it('asks no private address where those are not allowed, whoever stored it', async () => {
    const list = await startPriceListServer();
    const env = { ALLOW_PRIVATE_UPSTREAMS: 'false', PORTKEY_GATEWAY_URL: 'off' };
    const gateway = await startGateway({ env });
    onTestFinished(() => gateway.stop());
    for (const modelPresetsUrl of [
      list.url,
      list.url.replace('http:', 'https:'),
      'http://list.example/x.json',
    ]) {
      const refused = await askAdmin(gateway, 'PATCH', '/config/system-settings', {
        body: { modelPresetsUrl },
      });
      expect(refused).toMatchObject({
        status: 400,
        body: { error: { code: 'invalid_body', param: 'modelPresetsUrl' } },
      });
      const db = connectDatabase(gateway.database);
      await writeSystemConfig(db, 'model_presets_url', modelPresetsUrl).finally(() => db.destroy());
      expect(await update(gateway)).toMatchObject({
        status: 502,
        body: { error: { code: 'upstream_address_refused' } },
      });
    }
    expect(list.asked()).toBe(0);
  });
});
