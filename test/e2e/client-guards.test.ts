import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmulatedGateway,
  emulate,
  KEYS,
  MODEL,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';
import { ADMIN_TOKEN } from '../support/running-gateway.ts';

const ORIGIN = 'https://app.example';
const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({ env: { LOG_LEVEL: 'info' } });
});
afterAll(() => gateway.stop());

/** Changes the settings over the admin API, which lies behind the guards as well. */
async function change(settings: object): Promise<void> {
  const response = await fetch(`${gateway.url}/api/admin/config/system-settings`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${ADMIN_TOKEN}`,
      'content-type': 'application/json',
      'user-agent': CRAWLER,
    },
    body: JSON.stringify(settings),
  });
  expect(response.status).toBe(200);
}

const allowedOrigin = (response: Response) => response.headers.get('access-control-allow-origin');
const listModels = (headers: Record<string, string>) =>
  fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${KEYS.litellm}`, ...headers } });
const isOpen = async () => allowedOrigin(await listModels({ origin: ORIGIN })) === ORIGIN;

describe('CORS', () => {
  beforeAll(async () => {
    await change({ corsEnabled: true });
    expect(await isOpen()).toBe(true);
  });

  it.each(['legacy', 'litellm'] as const)('covers streams and whole answers of the path %s', async (key) => {
    for (const stream of [true, false]) {
      const response = await postChat(gateway, {
        key: KEYS[key],
        headers: { origin: ORIGIN },
        body: { model: MODEL, stream, messages: [{ role: 'user', content: 'Hello' }] },
      });
      const text = await response.text();
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain(
        stream ? 'text/event-stream' : 'application/json',
      );
      expect(text).toContain(stream ? '[DONE]' : 'chat.completion');
      expect(allowedOrigin(response)).toBe(ORIGIN);
      expect(response.headers.get('vary')).toContain('Origin');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      expect(response.headers.get('access-control-expose-headers')).toContain('x-gateway-path');
    }
  });

  it.each([
    ['no key', 401, {}],
    ['a body that is no JSON', 400, { key: KEYS.litellm, body: '{' }],
    [
      'an unknown model',
      404,
      { key: KEYS.litellm, body: { model: 'nobody', messages: [{ role: 'user', content: 'a' }] } },
    ],
    [
      'an error of the provider on litellm',
      429,
      { key: KEYS.litellm, body: { model: MODEL, messages: [emulate({ status: 429 })] } },
    ],
    [
      'an error of the provider on legacy',
      429,
      { key: KEYS.legacy, body: { model: MODEL, messages: [emulate({ status: 429 })] } },
    ],
  ])('covers what is answered to %s', async (_, status, request) => {
    const response = await postChat(gateway, { ...request, headers: { origin: ORIGIN } });
    expect(response.status).toBe(status);
    expect(allowedOrigin(response)).toBe(ORIGIN);
  });

  it.each(['/v1/chat/completions', '/embeddings', '/v1/models', '/api/admin/providers'])(
    'answers the preflight of %s, which has no key',
    async (path) => {
      const response = await fetch(`${gateway.url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin: ORIGIN,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type, x-stainless-os',
        },
      });
      expect(response.status).toBe(204);
      expect(allowedOrigin(response)).toBe(ORIGIN);
      expect(response.headers.get('access-control-allow-headers')).toContain('x-stainless-os');
    },
  );

  it.each(['/metrics', '/health', '/health/ready'])('does not open %s to other origins', async (path) => {
    const response = await fetch(`${gateway.url}${path}`, { headers: { origin: ORIGIN } });
    expect(response.status).toBe(200);
    expect(allowedOrigin(response)).toBeNull();
  });

  it('ends when it is switched off', async () => {
    await change({ corsEnabled: false });
    expect(await isOpen()).toBe(false);
    const preflight = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(405);
    expect(allowedOrigin(preflight)).toBeNull();
  });
});

describe('the anti-bot check', () => {
  const findings = () => gateway.logLines.filter((line) => line.includes('anti-bot check'));
  const status = async (userAgent: string) => (await listModels({ 'user-agent': userAgent })).status;

  it('lets everybody pass while it is off', async () => {
    expect(await status(CRAWLER)).toBe(200);
  });

  it('turns bots away in the shape that clients know, before anything is asked of a provider', async () => {
    await change({
      corsEnabled: true,
      antiBot: { enabled: true, blockBots: true, blockSuspicious: true, logOnly: false },
    });
    expect(await status(CRAWLER)).toBe(403);
    gateway.emulator.clear();
    const headers = { 'user-agent': CRAWLER, origin: ORIGIN };
    const response = await postChat(gateway, { key: KEYS.litellm, headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      error: {
        message: expect.any(String),
        type: 'access_denied',
        param: 'user-agent',
        code: 'bot_detected',
      },
    });
    expect(allowedOrigin(response)).toBe(ORIGIN);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    const messages = await postChat(gateway, { key: KEYS.litellm, headers, path: '/v1/messages' });
    expect(await messages.json()).toEqual({
      type: 'error',
      error: { type: 'access_denied', message: expect.any(String) },
    });
    expect(gateway.emulator.requests).toEqual([]);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(
      /^gateway_requests_total\{(?=.*endpoint="other")(?=.*outcome="client_error").*\} [1-9]/m,
    );
    expect(findings().at(-1)).toContain('"kind":"bot","isRefused":true');
  });

  it('asks neither monitors nor administrators what they are', async () => {
    for (const path of ['/health/ready', '/metrics', '/api/openapi.json']) {
      const response = await fetch(`${gateway.url}${path}`, { headers: { 'user-agent': CRAWLER } });
      expect(response.status).toBe(200);
    }
  });

  it('lets clients of language models pass, though their names hold what scripts have', async () => {
    expect(await status('OpenAI/Python 2.1.0')).toBe(200);
    expect(await status('python-requests/2.32.3')).toBe(403);
    expect(await status('Mozilla/5.0')).toBe(403);
  });

  it('goes by the lists, the allowed one first, and only logs what it is told to only log', async () => {
    await change({ antiBot: { allowedUserAgents: ['googlebot'], blockedUserAgents: ['OpenAI/*'] } });
    expect(await status('OpenAI/Python 2.1.0')).toBe(403);
    expect(await status(CRAWLER)).toBe(200);
    await change({ antiBot: { logOnly: true, blockedUserAgents: [] } });
    expect(await status('python-requests/2.32.3')).toBe(200);
    expect(findings().at(-1)).toContain('"kind":"bot","isRefused":false');
  });
});
