import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { said, told } from '../../parity/corpus/turns.ts';
import {
  type EmulatedGateway,
  KEYS,
  PROVIDER_KEY,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { startGateway } from '../../support/running-gateway.ts';
import {
  accountsFile,
  ask,
  crossed,
  DIALECTS,
  hastyAccountsFile,
  MODELS,
  NEW_WAYS,
  TYPES,
  WAYS,
} from './accounts.ts';
import { ledger, ledgerOf } from './ledger.ts';
import { type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';

const NO_LEGACY = { PORTKEY_GATEWAY_URL: 'off' };
const hello = { messages: said('Hello'), max_tokens: 50 };

let gateway: EmulatedGateway;
/** Stands behind the `openai-compatible` account. */
let provider: ScriptedProvider;

beforeAll(async () => {
  provider = await startScriptedProvider();
  gateway = await startEmulatedGateway({}, (url) => hastyAccountsFile(url, provider.url));
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});
beforeEach(() => gateway.emulator.clear());

/** A request that the provider answers with an error, without asking to wait before it is repeated. */
const failing = (directive: object) => ({ messages: told({ retryAfter: 0, ...directive }), max_tokens: 50 });

describe('an error of the provider', () => {
  const page = (status: number) => failing({ htmlError: true, status });

  it.each(crossed(NEW_WAYS, DIALECTS))(
    'E1 that is an HTML page of 403 is permission_error, access_denied: $type on $way',
    async ({ type, key }) => {
      const response = await ask(gateway, key, type, page(403));
      expect(response.status).toBe(403);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({
        error: {
          message: 'The provider answered with an HTML page (HTTP 403).',
          type: 'permission_error',
          code: 'access_denied',
        },
      });
      expect(text).not.toContain('<');
    },
  );

  it.each(crossed(NEW_WAYS, DIALECTS))(
    'E1 that is any other HTML page is told by its status, for a stream too: $type on $way',
    async ({ type, key }) => {
      const response = await ask(gateway, key, type, { ...page(502), stream: true });
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({
        error: { message: 'The provider answered with an HTML page (HTTP 502).', type: 'api_error' },
      });
    },
  );

  it.each(crossed(NEW_WAYS, DIALECTS))(
    'E1 has at most some 600 characters and never the key in it: $type on $way',
    async ({ type, key }) => {
      const errorMessage = `Key ${PROVIDER_KEY} is bad. ${'x'.repeat(5_000)}`;
      const text = await (await ask(gateway, key, type, failing({ status: 400, errorMessage }))).text();
      expect(text).toContain('is bad.');
      expect(text).not.toContain(PROVIDER_KEY);
      expect(text.length).toBeLessThan(900);
    },
  );

  const meanings: [number, number, string][] = [
    [403, 403, 'permission_error'],
    [404, 404, 'invalid_request_error'],
    [408, 504, 'timeout_error'],
    [413, 413, 'invalid_request_error'],
    [422, 422, 'invalid_request_error'],
    [529, 503, 'overloaded_error'],
  ];

  it.each(meanings)('E2 of status %i is %i, of type %s', async (status, expected, type) => {
    provider.answerJson({ error: { message: 'No.' } }, status, { 'retry-after': '0' });
    const response = await ask(gateway, KEYS.plain, 'openai-compatible', hello);
    expect(response.status).toBe(expected);
    expect(await response.json()).toMatchObject({ error: { message: 'No.', type } });
  });

  it.each(meanings)('E2 of status %i is %i for the other dialects, too', async (status, expected) => {
    for (const type of ['anthropic', 'google'] as const) {
      const response = await ask(gateway, KEYS.plain, type, failing({ status }));
      expect([type, response.status]).toEqual([type, expected]);
      expect(await response.json()).toMatchObject({ error: { message: expect.stringMatching(/./) } });
    }
  });

  it.each(crossed(NEW_WAYS, DIALECTS))(
    'E3 that is down is a 503 and no fault of the gateway: $type on $way',
    async ({ type, key }) => {
      const response = await ask(gateway, key, type, failing({ status: 503 }));
      expect(response.status).toBe(503);
      expect(await ledgerOf(gateway, response)).toMatchObject({ outcome: 'upstream_error' });
    },
  );

  it('E3 that nobody can reach is a 502 that names it, and never a 500', async () => {
    const deserted = await startGateway({ file: accountsFile('http://127.0.0.1:9'), env: NO_LEGACY });
    try {
      for (const { type, key } of crossed(NEW_WAYS.slice(0, 1), TYPES)) {
        const response = await ask(deserted, key, type, hello);
        expect([type, response.status]).toEqual([type, 502]);
        expect(await response.json()).toMatchObject({
          error: { code: 'upstream_unreachable', type: 'api_error' },
        });
      }
    } finally {
      await deserted.stop();
    }
  });

  it.each(crossed(WAYS, DIALECTS))('E9 keeps its retry-after: $type on $way', async ({ type, key }) => {
    const response = await ask(gateway, key, type, failing({ status: 429, retryAfter: 7 }));
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
  });

  it.each(WAYS)('E9 keeps its request id, beside the gateway’s own, on %s', async (_way, key) => {
    const openai = await ask(gateway, key, 'openai', failing({ status: 500 }));
    expect(openai.headers.get('x-upstream-request-id')).toMatch(/^req_0/);
    const anthropic = await ask(gateway, key, 'anthropic', failing({ status: 500 }));
    expect(anthropic.headers.get('request-id')).toMatch(/^req_0/);
    for (const { headers } of [openai, anthropic])
      expect(headers.get('x-request-id')).toMatch(/^req_[^0]?.*-/);
  });
});

describe('a request that is not answered', () => {
  it.each(crossed(WAYS, DIALECTS))(
    'E8 is 499 in the log where its client left: $type on $way',
    async ({ type, key }) => {
      const known = ledger(gateway).length;
      const client = new AbortController();
      const body = { model: MODELS[type].name, ...failing({ hang: 'before_headers' }) };
      const sent = postChat(gateway, { key, body, signal: client.signal });
      await eventually(() => gateway.emulator.requests.length === 1);
      client.abort();
      await expect(sent).rejects.toThrow();
      const aborted = () =>
        ledger(gateway)
          .slice(known)
          .find(({ outcome }) => outcome === 'client_abort');
      await eventually(() => aborted() !== undefined);
      expect(aborted()).toMatchObject({ status: 499, errorCode: 'client_closed_request' });
    },
  );

  it.each(crossed(NEW_WAYS, DIALECTS))(
    'E8 is 504 where its provider takes too long: $type on $way',
    async ({ type, key }) => {
      const body = { model: `hasty-${type}`, ...failing({ hang: 'before_headers' }) };
      const response = await ask(gateway, key, type, body);
      expect(response.status).toBe(504);
      expect(await ledgerOf(gateway, response)).toMatchObject({
        outcome: 'timeout',
        errorCode: 'upstream_timeout',
      });
    },
  );
});
