import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { errors } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLocalServer } from '../../../test/support/local-server.ts';
import { GatewayError } from '../../core/gateway-error.ts';
import { createUpstreamTransport, toUpstreamFault, type UpstreamRequest } from '../upstream-transport.ts';

const LIMITS = { connectMs: 5_000, headersMs: 5_000, idleMs: 5_000 };

function createTransport(allowPrivate: boolean, limits: Partial<typeof LIMITS> = {}) {
  const transport = createUpstreamTransport({ ...LIMITS, ...limits }, allowPrivate);
  onTestFinished(() => transport.close());
  return transport;
}

const request = (origin: string, fields: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  origin,
  path: '/v1/chat/completions?x=1',
  headers: { 'content-type': 'application/json' },
  body: '{"a":1}',
  signal: new AbortController().signal,
  ...fields,
});

/** A server that counts its requests, and how many it got. */
async function countingServer(listener: RequestListener) {
  let requests = 0;
  const url = await startLocalServer((incoming, outgoing) => {
    requests += 1;
    listener(incoming, outgoing);
  });
  return { url, requests: () => requests };
}

/** A loopback port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return promise;
}

describe('a POST', () => {
  it('reaches the upstream as it is, and brings the answer', async () => {
    const url = await startLocalServer(async (incoming, outgoing) => {
      const body = Buffer.concat(await Array.fromAsync(incoming)).toString('utf8');
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(JSON.stringify({ method: incoming.method, url: incoming.url, body }));
    });
    const answer = await createTransport(true).post(request(url));
    expect(answer.statusCode).toBe(200);
    expect(await answer.body.json()).toEqual({
      method: 'POST',
      url: '/v1/chat/completions?x=1',
      body: '{"a":1}',
    });
  });

  it('gives a redirect back, and follows it nowhere', async () => {
    const target = await countingServer((_, outgoing) => outgoing.end('secret'));
    const url = await startLocalServer((_, outgoing) => {
      outgoing.writeHead(307, { location: `${target.url}/metadata` }).end();
    });
    const answer = await createTransport(true).post(request(url));
    await answer.body.dump();
    expect(answer.statusCode).toBe(307);
    expect(target.requests()).toBe(0);
  });

  it.each([
    ['a number', (url: string) => url],
    ['a name', (url: string) => url.replace('127.0.0.1', 'localhost')],
    ['a mapped number', (url: string) => url.replace('127.0.0.1', '[::ffff:127.0.0.1]')],
  ])('to a private address is refused before it is sent, as %s', async (_, spell) => {
    const server = await countingServer((_incoming, outgoing) => outgoing.end('secret'));
    await expect(createTransport(false).post(request(spell(server.url)))).rejects.toMatchObject({
      code: 'upstream_address_refused',
      retryable: false,
    });
    expect(server.requests()).toBe(0);
  });

  it('to a private address tells the client nothing of the address', async () => {
    const sent = createTransport(false).post(request('http://127.0.0.1:1'));
    await expect(sent).rejects.not.toThrow(/127|localhost/);
  });

  it('to where nothing listens is unreachable', async () => {
    const sent = createTransport(true).post(request(`http://127.0.0.1:${await closedPort()}`));
    await expect(sent).rejects.toMatchObject({ code: 'upstream_unreachable', retryable: true });
  });

  it('to a name that does not exist is unreachable', async () => {
    const sent = createTransport(false).post(request('http://nobody.invalid'));
    await expect(sent).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  it('without an answer in time has timed out', async () => {
    const url = await startLocalServer(() => {});
    const sent = createTransport(true, { headersMs: 50 }).post(request(url));
    await expect(sent).rejects.toMatchObject({ code: 'upstream_timeout', outcome: 'timeout' });
  });

  it('whose body stops coming has timed out', async () => {
    const url = await startLocalServer((_, outgoing) => {
      outgoing.write('first');
    });
    const answer = await createTransport(true, { idleMs: 50 }).post(request(url));
    const fault: unknown = await answer.body.text().catch((error: unknown) => toUpstreamFault(error, true));
    expect(fault).toMatchObject({ code: 'upstream_timeout' });
  });

  it('to an upstream that hangs up before its answer is unreachable', async () => {
    const url = await startLocalServer((_, outgoing) => {
      outgoing.destroy();
    });
    await expect(createTransport(true).post(request(url))).rejects.toMatchObject({
      code: 'upstream_unreachable',
    });
  });

  it('to an upstream that hangs up within its answer is interrupted', async () => {
    const url = await startLocalServer((_, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '100' }).write('half', () => outgoing.destroy());
    });
    const answer = await createTransport(true).post(request(url));
    const fault: unknown = await answer.body.text().catch((error: unknown) => toUpstreamFault(error, true));
    expect(fault).toMatchObject({ code: 'upstream_interrupted', retryable: true });
  });

  it('ends with the client: the upstream sees its connection close', async () => {
    const aborter = new AbortController();
    const closed = Promise.withResolvers<void>();
    const url = await startLocalServer((_, outgoing) => {
      outgoing.once('close', () => closed.resolve());
      aborter.abort();
    });
    const sent = createTransport(true).post(request(url, { signal: aborter.signal }));
    await expect(sent).rejects.toMatchObject({ code: 'client_closed_request', outcome: 'client_abort' });
    await closed.promise;
  });

  it('of a client that has gone already is not sent', async () => {
    const server = await countingServer((_, outgoing) => outgoing.end());
    const sent = createTransport(true).post(request(server.url, { signal: AbortSignal.abort() }));
    await expect(sent).rejects.toMatchObject({ code: 'client_closed_request' });
    expect(server.requests()).toBe(0);
  });
});

describe('a GET', () => {
  it('reaches the upstream as it is, and brings the answer', async () => {
    const url = await startLocalServer((incoming, outgoing) => {
      outgoing.end(`${incoming.method} ${incoming.url} ${incoming.headers.authorization}`);
    });
    const { body: _, ...question } = request(url, { headers: { authorization: 'Bearer k' } });
    const answer = await createTransport(true).get(question);
    expect(await answer.body.text()).toBe('GET /v1/chat/completions?x=1 Bearer k');
  });

  it('gives a redirect back, and follows it nowhere', async () => {
    const target = await countingServer((_, outgoing) => outgoing.end('secret'));
    const url = await startLocalServer((_, outgoing) => {
      outgoing.writeHead(302, { location: `${target.url}/metadata` }).end();
    });
    const answer = await createTransport(true).get(request(url));
    await answer.body.dump();
    expect(answer.statusCode).toBe(302);
    expect(target.requests()).toBe(0);
  });

  it('to a private address is refused before it is sent', async () => {
    const server = await countingServer((_incoming, outgoing) => outgoing.end('secret'));
    await expect(createTransport(false).get(request(server.url))).rejects.toMatchObject({
      code: 'upstream_address_refused',
    });
    expect(server.requests()).toBe(0);
  });
});

describe("the SDKs' fetch", () => {
  it('goes over the same connections', async () => {
    const url = await startLocalServer((_, outgoing) => outgoing.end('hello'));
    const answer = await createTransport(true).fetch(url, { method: 'POST', body: '{}' });
    expect(await answer.text()).toBe('hello');
  });

  it('fails at a redirect', async () => {
    const target = await countingServer((_, outgoing) => outgoing.end('secret'));
    const url = await startLocalServer((_, outgoing) =>
      outgoing.writeHead(302, { location: target.url }).end(),
    );
    await expect(createTransport(true).fetch(url, {})).rejects.toThrow();
    expect(target.requests()).toBe(0);
  });

  it.each([
    ['a number', (url: string) => url],
    ['a name', (url: string) => url.replace('127.0.0.1', 'localhost')],
  ])('refuses a private address as %s', async (_, spell) => {
    const server = await countingServer((_incoming, outgoing) => outgoing.end('secret'));
    await expect(createTransport(false).fetch(spell(server.url), {})).rejects.toThrow();
    expect(server.requests()).toBe(0);
  });
});

describe('toUpstreamFault', () => {
  it('leaves a fault of ours as it is', () => {
    const fault = new GatewayError('draining', 'Bye.');
    expect(toUpstreamFault(fault, true)).toBe(fault);
  });

  it.each([
    ['upstream_timeout', new errors.ConnectTimeoutError()],
    ['upstream_timeout', new errors.HeadersTimeoutError()],
    ['upstream_timeout', new errors.BodyTimeoutError()],
    ['client_closed_request', new DOMException('gone', 'AbortError')],
  ])('calls it %s for %s, before and within an answer', (code, cause) => {
    expect(toUpstreamFault(cause, false)).toMatchObject({ code, cause });
    expect(toUpstreamFault(cause, true)).toMatchObject({ code, cause });
  });

  it.each([
    [new errors.SocketError('other side closed')],
    [Object.assign(new Error('read'), { code: 'ECONNRESET' })],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    [new TypeError('odd')],
    ['text'],
  ])(
    'takes %s for no connection, and within an answer for its end; hides its text and keeps it as cause',
    (cause) => {
      const faults = [toUpstreamFault(cause, false), toUpstreamFault(cause, true)];
      expect(faults).toMatchObject([
        { code: 'upstream_unreachable', cause },
        { code: 'upstream_interrupted', cause },
      ]);
      for (const { message } of faults) expect(message).not.toMatch(/other side|ECONN|odd|text/);
    },
  );
});
