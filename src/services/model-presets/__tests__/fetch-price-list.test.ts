import type { RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLocalServer } from '../../../../test/support/local-server.ts';
import { createUpstreamTransport } from '../../upstream-transport.ts';
import { checkListUrl } from '../check-list-url.ts';
import { fetchPriceList } from '../fetch-price-list.ts';

const LIST = { sample_spec: {}, 'gpt-x': { input_cost_per_token: 1e-6 }, bad: 'none' };
const MiB = 1024 * 1024;

interface FetchFields {
  readonly allowPrivate?: boolean;
  readonly limits?: { readonly timeMs: number; readonly bytes: number };
  readonly signal?: AbortSignal;
}

/** Fetches an address by connections of the test's own. */
function fetchFrom(url: string, { allowPrivate = true, limits, signal }: FetchFields = {}) {
  const transport = createUpstreamTransport(
    { connectMs: 5_000, headersMs: 5_000, idleMs: 5_000 },
    allowPrivate,
  );
  onTestFinished(() => transport.close());
  return fetchPriceList(url, { transport, allowPrivateUpstreams: allowPrivate, limits, signal });
}

/** The same from a server that answers like this. */
const fetchAnswer = async (listener: RequestListener, fields?: FetchFields) =>
  fetchFrom(`${await startLocalServer(listener)}/lists/prices.json?x=1`, fields);

describe('a list of prices', () => {
  it('is fetched from its address and read', async () => {
    const asked: unknown[] = [];
    const list = await fetchAnswer((request, response) => {
      asked.push([request.method, request.url, request.headers.authorization]);
      response.end(JSON.stringify(LIST));
    });
    expect(list).toMatchObject({ presets: [{ name: 'gpt-x' }], skipped: 1 });
    expect(asked).toEqual([['GET', '/lists/prices.json?x=1', undefined]]);
  });

  it('may have sixteen MiB, and no more', async () => {
    const listOf = (bytes: number) => JSON.stringify(LIST).padEnd(bytes);
    const list = await fetchAnswer((_, response) => response.end(listOf(16 * MiB)));
    expect(list.presets).toHaveLength(1);
    const closed = Promise.withResolvers<void>();
    const larger = fetchAnswer((_, response) => {
      response.once('close', () => closed.resolve());
      response.write(listOf(16 * MiB + 1));
    });
    await expect(larger).rejects.toMatchObject({
      code: 'upstream_invalid_response',
      message: 'The list of prices is too large.',
    });
    await closed.promise;
  });

  it.each<[string, RequestListener, string, RegExp]>([
    ['an error', (_, out) => out.writeHead(500).end('secret'), 'upstream_invalid_response', /status 500/],
    ['nothing there', (_, out) => out.writeHead(404).end(), 'upstream_invalid_response', /status 404/],
    ['no JSON', (_, out) => out.end('<html>secret</html>'), 'upstream_invalid_response', /no list of models/],
    ['an error page in JSON', (_, out) => out.end('{"a":"b"}'), 'upstream_invalid_response', /no list/],
    ['nothing at all', (_, out) => out.end(), 'upstream_invalid_response', /no list of models/],
    ['an end too early', (_, out) => out.destroy(), 'upstream_unreachable', /could not be fetched/],
    [
      'half a list',
      (_, out) => out.write('{"gpt-x":', () => out.destroy()),
      'upstream_interrupted',
      /broke off/,
    ],
  ])('is refused where the answer is %s, without a word of it', async (_, listener, code, message) => {
    const error: unknown = await fetchAnswer(listener).catch((err: unknown) => err);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error).not.toMatchObject({ message: expect.stringContaining('secret') });
  });

  it.each(['at all', 'to its end'])('is given up where it does not come %s in time', async (where) => {
    const answer = fetchAnswer(
      (_, response) => {
        if (where === 'to its end') response.write('{');
      },
      { limits: { timeMs: 100, bytes: MiB } },
    );
    await expect(answer).rejects.toMatchObject({ code: 'upstream_timeout', status: 504 });
  });

  it('ends where whoever wants it ends', async () => {
    const aborter = new AbortController();
    const answer = fetchAnswer(() => aborter.abort(), { signal: aborter.signal });
    await expect(answer).rejects.toMatchObject({ code: 'client_closed_request' });
  });

  it.each([301, 302, 307, 308])('is not looked for where a redirect with status %s leads', async (status) => {
    let asked = 0;
    const inside = await startLocalServer((_, response) => {
      asked += 1;
      response.end(JSON.stringify(LIST));
    });
    const answer = fetchAnswer((_, response) => response.writeHead(status, { location: inside }).end());
    await expect(answer).rejects.toMatchObject({
      code: 'upstream_invalid_response',
      message: expect.stringContaining('redirect'),
    });
    expect(asked).toBe(0);
  });
});

describe('the address of a list', () => {
  it.each([
    ['in the clear', 'http://list.example/prices.json', /https/],
    ['on this machine', 'https://127.0.0.1/prices.json', /loopback or private/],
    ['of a cloud’s metadata', 'https://169.254.169.254/latest', /loopback or private/],
    ['of the local network', 'https://prices.internal/prices.json', /loopback or private/],
    ['with a password', 'https://user:secret@list.example/prices.json', /credentials/],
  ])('is refused where it is %s: when it is set, and before anything is sent', async (_, url, message) => {
    const policy = { allowPrivateUpstreams: false, resolveHost: async () => [] };
    await expect(checkListUrl(url, policy)).rejects.toMatchObject({
      code: 'invalid_body',
      param: 'modelPresetsUrl',
      message: expect.stringMatching(message),
    });
    await expect(fetchFrom(url, { allowPrivate: false })).rejects.toMatchObject({
      code: 'upstream_address_refused',
      message: expect.stringMatching(message),
    });
  });

  it('is refused where its name leads to a private address now, and passes where it leads nowhere yet', async () => {
    const url = 'https://list.example/prices.json';
    const check = (resolveHost: () => Promise<readonly string[]>) =>
      checkListUrl(url, { allowPrivateUpstreams: false, resolveHost });
    await expect(check(async () => ['93.184.216.34', '10.0.0.1'])).rejects.toMatchObject({
      code: 'invalid_body',
    });
    await check(() => Promise.reject(new Error('no address')));
    await check(async () => ['93.184.216.34']);
  });

  it('may be private and in the clear where that is allowed', async () => {
    await checkListUrl('http://127.0.0.1:1/', { allowPrivateUpstreams: true, resolveHost: async () => [] });
  });
});
