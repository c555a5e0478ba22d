import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEYS, postChat } from '../support/emulated-gateway.ts';
import { type RawProvider, startRawProvider } from '../support/raw-provider.ts';
import { type RunningGateway, startGateway } from '../support/running-gateway.ts';
import { startTrap, TRAP_SECRET, type Trap } from '../support/trap.ts';
import { addByAdmin, askAdmin } from './admin/admin-client.ts';

const API_KEY = 'sk-redirected-0123456789';
const TYPES = ['openai', 'anthropic', 'google', 'openai-compatible'] as const;
const STATUSES = [301, 302, 303, 307, 308];

const messages = [{ role: 'user', content: 'Hello' }];
/** A request for each way in which answers are read. */
const REQUESTS = [
  ...TYPES.flatMap((model) => [
    { what: `chat of ${model}`, path: '/v1/chat/completions', body: { model, messages } },
    {
      what: `streamed chat of ${model}`,
      path: '/v1/chat/completions',
      body: { model, messages, stream: true },
    },
  ]),
  { what: 'messages', path: '/v1/messages', body: { model: 'anthropic', max_tokens: 9, messages } },
  { what: 'responses', path: '/v1/responses', body: { model: 'openai', input: 'Hello' } },
  { what: 'embeddings', path: '/v1/embeddings', body: { model: 'openai', input: 'Hello' } },
  { what: 'embeddings of google', path: '/v1/embeddings', body: { model: 'google', input: 'Hello' } },
  { what: 'speech', path: '/v1/audio/speech', body: { model: 'openai', input: 'Hello', voice: 'alloy' } },
];

let gateway: RunningGateway;
let provider: RawProvider;
let trap: Trap;
let asked = 0;
beforeAll(async () => {
  provider = await startRawProvider();
  trap = await startTrap();
  gateway = await startGateway({
    file: {
      providers: TYPES.map((type) => ({ id: type, type, base_url: provider.url, api_key: API_KEY })),
      models: TYPES.map((type) => ({ name: type, provider: type })),
      virtual_keys: [{ name: 'litellm', key: KEYS.litellm, path: 'litellm' }],
    },
    env: { PORTKEY_GATEWAY_URL: 'off' },
  });
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
  trap.close();
});
beforeEach(() => {
  asked = 0;
});

function redirect(status: number, location: string): void {
  provider.answerWith((request, response) => {
    request.resume();
    asked += 1;
    response.writeHead(status, { location, 'content-type': 'application/json' }).end('{}');
  });
}

/** Places that nothing is to be sent to; all but the last would answer. */
const places = () => [
  `${trap.url}/v1/chat/completions`,
  `http://localhost:${trap.port}/latest`,
  `http://[::ffff:127.0.0.1]:${trap.port}/`,
  'http://169.254.169.254/latest/meta-data/',
];

// Private addresses are allowed here, so that no check of an address can be what keeps the trap from being asked.
describe('a redirect of a provider', () => {
  it.each(STATUSES)(
    'by the status %i is a fault of the provider, and followed for no request',
    async (status) => {
      redirect(status, `${trap.url}/v1/chat/completions`);
      for (const { what, path, body } of REQUESTS) {
        const answer = await postChat(gateway, { key: KEYS.litellm, path, body });
        const text = await answer.text();
        expect({ what, status: answer.status, location: answer.headers.get('location') }).toEqual({
          what,
          status: 502,
          location: null,
        });
        expect(text).not.toContain(TRAP_SECRET);
        expect(text).not.toContain(trap.port);
      }
      expect(asked).toBeGreaterThanOrEqual(REQUESTS.length);
      expect(trap.takeAsked()).toEqual([]);
    },
  );

  it('is followed to no place', async () => {
    for (const place of places()) {
      redirect(307, place);
      for (const { path, body } of REQUESTS) {
        expect((await postChat(gateway, { key: KEYS.litellm, path, body })).status).toBe(502);
      }
    }
    expect(trap.takeAsked()).toEqual([]);
  });

  it.each(STATUSES)('by the status %i is not followed for the admin API', async (status) => {
    for (const place of places()) {
      redirect(status, place);
      for (const type of TYPES) {
        const body = { type, baseUrl: provider.url, apiKey: API_KEY };
        const listed = await askAdmin(gateway, 'POST', '/providers/fetch-models', { body });
        expect(listed).toMatchObject({ status: 502, body: { error: { code: 'upstream_invalid_response' } } });
        const tested = await askAdmin(gateway, 'POST', `/providers/${type}/test`);
        expect(tested.body).toMatchObject({ success: false, status });
      }
    }
    expect(asked).toBe(places().length * TYPES.length * 2);
    expect(trap.takeAsked()).toEqual([]);
  });

  it('is not followed for the test of a model', async () => {
    redirect(307, trap.url);
    for (const providerId of TYPES) {
      const { id } = await addByAdmin(gateway, '/models', { name: `tested-${providerId}`, providerId });
      const { body } = await askAdmin(gateway, 'POST', `/models/${id}/test`);
      expect(body).toMatchObject({ success: false });
    }
    expect(asked).toBe(TYPES.length);
    expect(trap.takeAsked()).toEqual([]);
  });
});
