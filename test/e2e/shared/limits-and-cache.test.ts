import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type EmulatedGateway,
  MODEL,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';

const KEYS = {
  few: 'vk-limits-requests-1',
  tokens: 'vk-limits-tokens-01',
  poor: 'vk-limits-budget-01',
  past: 'vk-limits-expired-1',
  cached: 'vk-limits-cached-01',
  cachedToo: 'vk-limits-cached-02',
  legacy: 'vk-limits-cached-03',
};
const RPM = 60;

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({
    file: {
      virtual_keys: [
        { name: 'few', key: KEYS.few, path: 'litellm', rate_limit: { rpm: RPM } },
        { name: 'tokens', key: KEYS.tokens, path: 'litellm', rate_limit: { tpm: 400 } },
        { name: 'poor', key: KEYS.poor, path: 'litellm', monthly_budget: { tokens: 1 } },
        { name: 'past', key: KEYS.past, expires_at: '2020-01-01T00:00:00Z' },
        { name: 'cached', key: KEYS.cached, path: 'litellm', cache: true },
        { name: 'cached-too', key: KEYS.cachedToo, path: 'litellm', cache: true },
        { name: 'cached-legacy', key: KEYS.legacy, path: 'legacy', cache: true },
      ],
    },
  });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.emulator.clear());

async function ask(key: string, content: string, more: object = {}) {
  const body = { model: MODEL, messages: [{ role: 'user', content }], ...more };
  const response = await postChat(gateway, { key, body });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('a limit of requests', () => {
  it('admits exactly as many of 200 at once, and tells the others when to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(KEYS.few, 'Hi')));
    const admitted = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 429);
    expect([admitted.length, refused.length]).toEqual([RPM, 200 - RPM]);
    expect(gateway.emulator.requests).toHaveLength(RPM);
    const [{ headers, text } = { headers: new Headers(), text: '' }] = refused;
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(headers.get('x-ratelimit-limit-requests')).toBe(String(RPM));
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(JSON.parse(text)).toMatchObject({
      error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
    });
  });
});

describe('a limit of tokens', () => {
  it('counts what was used, and refuses what is larger than it alone', async () => {
    expect((await ask(KEYS.tokens, 'Hi', { max_tokens: 50 })).status).toBe(200);
    expect((await ask(KEYS.tokens, 'Hi', { max_tokens: 5_000 })).status).toBe(429);
    expect((await ask(KEYS.tokens, 'Hi', { max_tokens: 50 })).headers.get('x-ratelimit-limit-tokens')).toBe(
      '400',
    );
  });
});

describe('a budget of the month', () => {
  it('is used up by what settled, and is another error than a limit', async () => {
    expect((await ask(KEYS.poor, 'Hi')).status).toBe(200);
    const { status, text } = await ask(KEYS.poor, 'Hi');
    expect(status).toBe(429);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'insufficient_quota' } });
  });
});

describe('a key whose time is over', () => {
  it('is refused by name', async () => {
    const { status, text } = await ask(KEYS.past, 'Hi');
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'api_key_expired' } });
  });
});

describe('the cache', () => {
  it.each([
    ['litellm', KEYS.cached, false],
    ['litellm', KEYS.cached, true],
    ['legacy', KEYS.legacy, false],
    ['legacy', KEYS.legacy, true],
  ])('answers the same request again on the %s path (%s, stream: %s)', async (path, key, stream) => {
    const question = `What is cached on ${path}, ${stream}?`;
    const miss = await ask(key, question, { stream });
    const hit = await ask(key, question, { stream });
    expect([miss, hit].map(({ headers }) => headers.get('x-cache-status'))).toEqual(['MISS', 'HIT']);
    expect(hit.text).toBe(miss.text);
    expect(hit.headers.get('content-type')).toBe(miss.headers.get('content-type'));
    expect(hit.headers.get('x-gateway-path')).toBe(path);
    expect(gateway.emulator.requests).toHaveLength(1);
  });

  it('makes one call of 50 that are the same at once', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(KEYS.cached, 'All at once')));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(gateway.emulator.requests).toHaveLength(1);
  });

  it('never answers one key with what another was answered', async () => {
    await ask(KEYS.cached, 'A secret of ours');
    expect((await ask(KEYS.cachedToo, 'A secret of ours')).headers.get('x-cache-status')).toBe('MISS');
    expect(gateway.emulator.requests).toHaveLength(2);
  });

  it('tells requests apart by any field that changes the answer', async () => {
    for (const more of [{}, { seed: 1 }, { temperature: 0.5 }, { max_tokens: 5 }])
      expect((await ask(KEYS.cached, 'Apart', more)).headers.get('x-cache-status')).toBe('MISS');
  });

  it('keeps no error', async () => {
    const fails = ' @emulate {"status":500}';
    for (let round = 0; round < 2; round += 1) {
      const { status, headers } = await ask(KEYS.cached, fails);
      expect([status, headers.get('x-cache-status')]).toEqual([500, 'MISS']);
    }
    expect(gateway.emulator.requests).toHaveLength(2);
  });

  it('is passed by for a key that did not ask for it', async () => {
    expect((await ask(KEYS.poor, 'Hi')).headers.get('x-cache-status')).toBeNull();
    expect((await ask(KEYS.tokens, 'Again', { max_tokens: 5 })).headers.get('x-cache-status')).toBe('BYPASS');
  });
});
