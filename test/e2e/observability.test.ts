import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmulatedGateway,
  emulate,
  KEYS,
  MODEL,
  PROVIDER_KEY,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';
import { ADMIN_TOKEN, startGateway } from '../support/running-gateway.ts';

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway();
});
afterAll(() => gateway.stop());

async function metrics(): Promise<string> {
  return (await fetch(`${gateway.url}/metrics`)).text();
}

/** The value of the series whose line begins with the name and holds all of these labels; undefined where none does. */
function sampleOf(text: string, name: string, labels: Readonly<Record<string, string>>): number | undefined {
  const line = text
    .split('\n')
    .filter((row) => row.startsWith(`${name}{`) || row.startsWith(`${name} `))
    .find((row) => Object.entries(labels).every(([label, value]) => row.includes(`${label}="${value}"`)));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('/metrics', () => {
  it('has every routed series and the chat series of each model at 0 before anything counts', async () => {
    const text = await metrics();
    for (const path of ['legacy', 'litellm']) {
      expect(sampleOf(text, 'gateway_routed_total', { path, reason: 'enrolled' })).toBe(0);
      for (const outcome of ['success', 'truncated', 'client_abort', 'gateway_error']) {
        const labels = {
          path,
          endpoint: 'chat.completions',
          provider: 'emulator',
          model: MODEL,
          stream: 'true',
          outcome,
        };
        expect(sampleOf(text, 'gateway_requests_total', labels)).toBe(0);
      }
    }
    expect(sampleOf(text, 'gateway_use_litellm', {})).toBe(1);
    expect(sampleOf(text, 'gateway_rollout_enrolled_percent', {})).toBe(0);
    expect(sampleOf(text, 'gateway_rollout_arm_share', {})).toBe(1);
    expect(sampleOf(text, 'gateway_migration_phase', {})).toBe(0);
    expect(sampleOf(text, 'gateway_flag_snapshot_age_seconds', {})).toBeLessThan(30);
  });

  it.each([
    ['legacy', KEYS.legacy],
    ['litellm', KEYS.litellm],
  ])('counts a stream on %s: routed, outcome, duration, first token, overhead, tokens', async (path, key) => {
    const response = await postChat(gateway, {
      key,
      body: { model: MODEL, stream: true, messages: [emulate({ text: 'one two three' })] },
    });
    await response.text();
    const labels = { path, endpoint: 'chat.completions', provider: 'emulator', stream: 'true' };
    await eventually(
      async () =>
        sampleOf(await metrics(), 'gateway_requests_total', {
          ...labels,
          model: MODEL,
          outcome: 'success',
        }) === 1,
    );
    const text = await metrics();
    expect(sampleOf(text, 'gateway_routed_total', { path, reason: 'key_override' })).toBe(1);
    expect(sampleOf(text, 'gateway_request_duration_seconds_count', labels)).toBe(1);
    expect(sampleOf(text, 'gateway_time_to_first_token_seconds_count', { path, provider: 'emulator' })).toBe(
      1,
    );
    expect(sampleOf(text, 'gateway_overhead_seconds_count', { path })).toBe(1);
    expect(sampleOf(text, 'gateway_tokens_total', { path, type: 'prompt' })).toBeGreaterThan(0);
    expect(sampleOf(text, 'gateway_tokens_total', { path, type: 'completion' })).toBeGreaterThan(0);
  });

  it('leaves the upstream out of the overhead', async () => {
    const before = sampleOf(await metrics(), 'gateway_overhead_seconds_sum', { path: 'litellm' }) ?? 0;
    const body = { model: MODEL, messages: [emulate({ delayMs: 800 })] };
    await (await postChat(gateway, { key: KEYS.litellm, body })).text();
    const labels = { path: 'litellm', stream: 'false', outcome: 'success' };
    await eventually(async () => sampleOf(await metrics(), 'gateway_requests_total', labels) === 1);
    const after = sampleOf(await metrics(), 'gateway_overhead_seconds_sum', { path: 'litellm' }) ?? 0;
    expect(after - before).toBeLessThan(0.8);
    expect(
      sampleOf(await metrics(), 'gateway_request_duration_seconds_sum', { path: 'litellm', stream: 'false' }),
    ).toBeGreaterThan(0.8);
  });

  it('has no virtual key and no request id in a label', async () => {
    const text = await metrics();
    expect(text).not.toMatch(/vk-test|key_[0-9a-f]|req_/);
  });
});

describe('the log', () => {
  it('has one line a request, with its id, and no secret or prompt in any', async () => {
    const prompt = 'The prompt is nobody’s business 4711';
    const ids: (string | null)[] = [];
    for (const key of [KEYS.legacy, KEYS.litellm, KEYS.disabled, 'vk-unknown-to-all-1']) {
      const body = { model: MODEL, messages: [{ role: 'user', content: prompt }] };
      const response = await postChat(gateway, { key, body });
      await response.text();
      ids.push(response.headers.get('x-request-id'));
    }
    await (
      await postChat(gateway, {
        key: KEYS.litellm,
        body: { model: MODEL, messages: [emulate({ status: 401, errorMessage: `bad key ${PROVIDER_KEY}` })] },
      })
    ).text();
    await eventually(() => ids.every((id) => gateway.logLines.some((line) => line.includes(id ?? '?'))));
    const log = gateway.logLines.join('');
    for (const id of ids) expect(gateway.logLines.filter((line) => line.includes(id ?? '?'))).toHaveLength(1);
    for (const secret of [
      PROVIDER_KEY,
      ADMIN_TOKEN,
      gateway.adminPassword ?? '',
      'vk-unknown-to-all-1',
      prompt,
      ...Object.values(KEYS),
    ]) {
      expect(log).not.toContain(secret);
    }
  });

  it('names what served a request', async () => {
    const response = await postChat(gateway, { key: KEYS.litellm });
    await response.text();
    const id = response.headers.get('x-request-id') ?? '?';
    await eventually(() => gateway.logLines.some((line) => line.includes(id)));
    expect(JSON.parse(gateway.logLines.find((line) => line.includes(id)) ?? '{}')).toMatchObject({
      requestId: id,
      endpoint: 'chat.completions',
      model: MODEL,
      provider: 'emulator',
      path: 'litellm',
      reason: 'key_override',
      status: 200,
      outcome: 'success',
    });
  });
});

describe('every answer', () => {
  it.each([
    '/',
    '/health/live',
    '/health/ready',
    '/metrics',
    '/nowhere',
    '/v1/nowhere',
    '/v1/chat/completions',
    '/api/nowhere',
  ])('of %s carries a request id', async (path) => {
    expect((await fetch(`${gateway.url}${path}`)).headers.get('x-request-id')).toMatch(/^req_[0-9a-f-]{36}$/);
  });

  it('takes no request id from the client', async () => {
    const response = await fetch(`${gateway.url}/health/live`, { headers: { 'x-request-id': 'mine' } });
    expect(response.headers.get('x-request-id')).not.toBe('mine');
  });

  it('to a wrong path or method below /v1 counts under path none', async () => {
    const labels = (endpoint: string) => ({ path: 'none', endpoint, outcome: 'client_error' });
    const before = sampleOf(await metrics(), 'gateway_requests_total', labels('embeddings'));
    expect(before).toBe(0);
    await fetch(`${gateway.url}/v1/embeddings`);
    await fetch(`${gateway.url}/v1/nowhere/else`);
    await eventually(
      async () => sampleOf(await metrics(), 'gateway_requests_total', labels('embeddings')) === 1,
    );
    await eventually(
      async () => (sampleOf(await metrics(), 'gateway_requests_total', labels('other')) ?? 0) > 0,
    );
  });
});

describe('health', () => {
  it('is live, ready, and plain', async () => {
    expect(await (await fetch(`${gateway.url}/health/live`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${gateway.url}/health`)).json()).toEqual({
      status: 'ok',
      timestamp: expect.any(Number),
    });
    const ready = await fetch(`${gateway.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'ok', parts: { legacy_gateway: { status: 'up' } } });
  });

  it('is not ready where no path could serve', async () => {
    const starting = startGateway({
      env: { USE_LITELLM: 'false', PORTKEY_GATEWAY_URL: 'off' },
      awaitReady: false,
    });
    const stranded = await starting;
    try {
      const ready = async () => {
        const response = await fetch(`${stranded.url}/health/ready`);
        return { code: response.status, body: (await response.json()) as { status: string } };
      };
      await eventually(async () => (await ready()).body.status === 'unavailable');
      expect((await ready()).code).toBe(503);
    } finally {
      await stranded.stop();
    }
  });
});

describe('a second gateway in the same process', () => {
  it('lives beside the first, with state of its own', async () => {
    const second = await startEmulatedGateway({ file: { rollout: { enrolled_percent: 100 } } });
    try {
      expect((await postChat(second, { key: KEYS.auto })).headers.get('x-gateway-path')).toBe('litellm');
      expect((await postChat(gateway, { key: KEYS.auto })).headers.get('x-gateway-path')).toBe('legacy');
      const counted = await (await fetch(`${second.url}/metrics`)).text();
      expect(sampleOf(counted, 'gateway_routed_total', { path: 'litellm', reason: 'enrolled' })).toBe(1);
      expect(sampleOf(await metrics(), 'gateway_routed_total', { path: 'litellm', reason: 'enrolled' })).toBe(
        0,
      );
    } finally {
      await second.stop();
    }
    expect((await postChat(gateway, { key: KEYS.litellm })).status).toBe(200);
  });
});
