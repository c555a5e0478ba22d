import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmulatedGateway,
  KEYS,
  MODEL,
  PROVIDER_KEY,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';

/** Everything a client may try to slip through, and headers that belong to its own connection. */
const CLIENT_HEADERS = {
  host: 'client.example',
  connection: 'close',
  'x-portkey-config': '{"provider":"openai","api_key":"sk-evil","custom_host":"http://evil.example/v1"}',
  'x-portkey-custom-host': 'http://evil.example/v1',
  'x-portkey-provider': 'anthropic',
  'x-portkey-forward-headers': 'cookie',
  'x-portkey-metadata': '{"a":"b"}',
  'X-Portkey-Trace-Id': 'mine',
  cookie: 'session=1',
  'user-agent': 'client/1.0',
  'x-forwarded-for': '10.0.0.1',
  'x-custom': 'custom',
  'accept-encoding': 'br',
};
const ALLOWED_HEADERS = {
  'openai-beta': 'assistants=v2',
  'idempotency-key': 'idem-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const BODY = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }] });

/** Sends with full control over the headers, which fetch would not give. */
function send(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': String(BODY.length), ...headers },
    });
    request.on('response', (response) =>
      response.resume().on('end', () => resolve(response.statusCode ?? 0)),
    );
    request.on('error', reject);
    request.end(BODY);
  });
}

describe('what reaches the provider', () => {
  let gateway: EmulatedGateway;
  beforeAll(async () => {
    gateway = await startEmulatedGateway();
  });
  afterAll(() => gateway.stop());

  it.each([
    ['legacy', KEYS.legacy],
    ['litellm', KEYS.litellm],
  ])('is none of the client’s own headers on %s, and its key least of all', async (_path, key) => {
    gateway.emulator.clear();
    const authorization = `Bearer ${key}`;
    expect(await send(gateway.url, { authorization, ...CLIENT_HEADERS, ...ALLOWED_HEADERS })).toBe(200);
    const [seen] = gateway.emulator.requests;
    expect(gateway.emulator.requests).toHaveLength(1);
    const text = JSON.stringify([seen?.rawHeaders, seen?.body]);
    expect(text).not.toMatch(/x-portkey|evil|client\.example|session=1|client\/1\.0|10\.0\.0\.1|custom/i);
    expect(text).not.toContain(key);
    expect(seen?.headers).toMatchObject({
      ...ALLOWED_HEADERS,
      authorization: `Bearer ${PROVIDER_KEY}`,
      host: new URL(gateway.emulator.url).host,
    });
    const sent = JSON.stringify({ ...JSON.parse(BODY), model: 'gpt-4o-mini-2024-07-18' });
    expect(seen?.headers['content-length']).toBe(String(sent.length));
  });

  it.each(['authorization', 'x-api-key', 'x-goog-api-key', 'x-google-api-key', 'x-portkey-api-key'])(
    'N4 takes the virtual key from %s and keeps it',
    async (header) => {
      gateway.emulator.clear();
      expect(await send(gateway.url, { [header]: KEYS.litellm })).toBe(200);
      expect(await send(gateway.url, { [header]: KEYS.legacy })).toBe(200);
      const seen = JSON.stringify(gateway.emulator.requests);
      expect(seen).not.toContain(KEYS.litellm);
      expect(seen).not.toContain(KEYS.legacy);
    },
  );
});

describe('a client that fills Authorization with a dummy', () => {
  let gateway: EmulatedGateway;
  beforeAll(async () => {
    gateway = await startEmulatedGateway();
  });
  afterAll(() => gateway.stop());

  it.each(['x-portkey-api-key', 'x-api-key'])('is known by its %s', async (header) => {
    expect(await send(gateway.url, { authorization: 'Bearer dummy', [header]: KEYS.litellm })).toBe(200);
  });

  it('is refused where no header has a known key, or a disabled one comes first', async () => {
    expect(await send(gateway.url, { authorization: 'Bearer dummy', 'x-api-key': 'dummy' })).toBe(401);
    expect(await send(gateway.url, { authorization: KEYS.disabled, 'x-api-key': KEYS.litellm })).toBe(403);
  });
});

describe('what reaches the legacy gateway', () => {
  let gateway: EmulatedGateway;
  let recorder: Server;
  const recorded: IncomingMessage[] = [];

  beforeAll(async () => {
    recorder = createServer((request, response) => {
      if (request.method === 'POST') recorded.push(request);
      request.resume();
      response.setHeader('content-type', 'application/json').end('{"choices":[]}');
    });
    await new Promise<void>((resolve) => recorder.listen(0, '127.0.0.1', resolve));
    const { port } = recorder.address() as AddressInfo;
    gateway = await startEmulatedGateway({ env: { PORTKEY_GATEWAY_URL: `http://127.0.0.1:${port}` } });
  });
  afterAll(async () => {
    await gateway.stop();
    recorder.close();
  });

  it('is one configuration, ours, and only the headers of the allow-list', async () => {
    await send(gateway.url, {
      authorization: `Bearer ${KEYS.legacy}`,
      ...CLIENT_HEADERS,
      ...ALLOWED_HEADERS,
    });
    const { headers } = recorded[0] ?? {};
    const { 'content-length': length, host, ...rest } = headers ?? {};
    expect(host).toMatch(/^127\.0\.0\.1:/);
    expect(Number(length)).toBeGreaterThan(0);
    expect(rest).toEqual({
      ...ALLOWED_HEADERS,
      accept: 'application/json',
      connection: 'keep-alive',
      'content-type': 'application/json',
      'x-portkey-config': JSON.stringify({
        provider: 'openai',
        api_key: PROVIDER_KEY,
        custom_host: gateway.emulator.url,
        forward_headers: Object.keys(rest).filter((name) => name in ALLOWED_HEADERS),
      }),
    });
  });
});
