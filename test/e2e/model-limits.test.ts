import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectCounted } from '../support/counted-outcomes.ts';
import {
  type EmulatedGateway,
  emulate,
  KEYS,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';

const WORDS = 'one two three four five six seven eight nine ten eleven twelve';
const PATHS = ['legacy', 'litellm'] as const;

let gateway: EmulatedGateway;

beforeAll(async () => {
  gateway = await startEmulatedGateway({
    file: {
      models: [
        { name: 'timeout', provider: 'emulator', timeout: 400 },
        { name: 'first-token', provider: 'emulator', first_token_timeout: 400 },
        { name: 'idle', provider: 'emulator', idle_timeout: 400 },
        { name: 'retried', provider: 'emulator', max_retries: 1 },
      ],
    },
  });
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.emulator.clear());

function send(key: string, model: string, directive: object, stream: boolean) {
  return postChat(gateway, { key, body: { model, stream, messages: [emulate(directive, WORDS)] } });
}

describe.each(PATHS)('a model’s limits on the %s path', (path) => {
  const key = KEYS[path];

  it.each([false, true])('its timeout ends a request without an answer (stream: %s)', async (stream) => {
    const response = await send(key, 'timeout', { hang: 'before_headers' }, stream);
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_timeout', type: 'api_error' } });
  });

  it('its timeout ends a whole answer that stays half', async () => {
    const response = await send(key, 'timeout', { hang: 'mid_stream' }, false);
    expect(response.status).toBe(504);
  });

  it('its timeout leaves a stream alone that has begun', async () => {
    const response = await send(key, 'timeout', { eventDelayMs: 150 }, true);
    expect(await response.text()).toMatch(/\[DONE\]\n\n$/);
  });

  it('its first-token timeout ends a stream that began without a token', async () => {
    await expectCounted(gateway, path, 'timeout', async () => {
      const response = await send(key, 'first-token', { hang: 'mid_stream', afterEvents: 1 }, true);
      const text = await response.text();
      expect(text).toContain('"code":"upstream_timeout"');
      expect(text).not.toContain('[DONE]');
    });
  });

  it('its first-token timeout leaves a slow stream alone', async () => {
    const response = await send(key, 'first-token', { eventDelayMs: 150 }, true);
    expect(await response.text()).toMatch(/\[DONE\]\n\n$/);
  });

  it('its idle timeout ends a stream that falls silent', async () => {
    const response = await send(key, 'idle', { hang: 'mid_stream', afterEvents: 3 }, true);
    const text = await response.text();
    expect(text).toContain('You said: one');
    expect(text).toMatch(/event: error\ndata: .*"upstream_timeout".*\n\n$/);
  });
});

describe('a limit that ran out on the new path', () => {
  it.each([
    ['before the answer', 'timeout', { hang: 'before_headers' }],
    ['amid a stream', 'idle', { hang: 'mid_stream', afterEvents: 3 }],
  ])('lets go of the provider %s', async (_, model, directive) => {
    await (await send(KEYS.litellm, model, directive, true)).text();
    await eventually(() => gateway.emulator.requests.at(-1)?.closedByClientAt !== undefined);
  });
});

describe('a model’s max_retries', () => {
  it('is the exact number of repeats on the new path, whatever the compat setting', async () => {
    const response = await send(KEYS.litellm, 'retried', { status: 503 }, false);
    expect(response.status).toBe(503);
    expect(gateway.emulator.requests).toHaveLength(2);
  });
});
