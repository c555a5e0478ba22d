import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RawProvider, startRawProvider } from '../../../../../test/support/raw-provider.ts';
import type { JsonObject } from '../../../../core/json.ts';
import { createGlobalFetchHook } from '../../../global-fetch-hook.ts';
import { createUpstreamTransport } from '../../../upstream-transport.ts';
import { type GoogleMethod, GoogleUpstream } from '../google-upstream.ts';
import { API_KEY, googleCall } from './google-call.ts';

const transport = createUpstreamTransport({ connectMs: 2_000, headersMs: 2_000, idleMs: 2_000 }, true);
const fetchHook = createGlobalFetchHook();
const signal = new AbortController().signal;
const body = {
  contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
  temperature: 0,
  unknownField: { a: [null] },
};

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let provider: RawProvider;
let received: Received[];

beforeAll(async () => {
  provider = await startRawProvider();
});

beforeEach(() => {
  fetchHook.install();
  received = [];
  provider.answerWith(async (request, response) => {
    const text = Buffer.concat(await Array.fromAsync(request)).toString('utf8');
    received.push({ method: request.method, url: request.url, headers: request.headers, body: text });
    response.writeHead(200, { 'content-type': 'application/json', 'x-vendor': 'kept' }).end('{"unknown":1}');
  });
});

afterEach(() => fetchHook.uninstall());

afterAll(async () => {
  provider.close();
  await transport.close();
});

function send(
  method: GoogleMethod,
  request: JsonObject,
  options: Parameters<typeof googleCall>[1] & { readonly model?: string; readonly signal?: AbortSignal } = {},
) {
  const { model = 'gemini-x', ...others } = options;
  const call = googleCall({ model }, { baseUrl: `${provider.url}/google/v1beta`, ...others });
  return new GoogleUpstream(call.provider, { transport, fetchHook }).send(
    method,
    call,
    request,
    options.signal ?? signal,
  );
}

describe('a request', () => {
  it('goes out as it is, below the base URL, with the key in a header and the client’s headers', async () => {
    const answer = await send('generateContent', body, {
      headers: { traceparent: '00-1', 'idempotency-key': 'i' },
    });
    await answer.body.dump();
    const [request] = received;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/google/v1beta/models/gemini-x:generateContent',
      headers: {
        'content-type': 'application/json',
        'x-goog-api-key': API_KEY,
        traceparent: '00-1',
        'idempotency-key': 'i',
      },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual(body);
    expect(received).toHaveLength(1);
  });

  it.each<[GoogleMethod, JsonObject, string]>([
    ['streamGenerateContent', { contents: [] }, '/models/gemini-x:streamGenerateContent?alt=sse'],
    ['embedContent', { content: { parts: [] } }, '/models/gemini-x:embedContent'],
    ['batchEmbedContents', { requests: [{ content: {} }] }, '/models/gemini-x:batchEmbedContents'],
  ])('of %s goes where the SDK says', async (method, request, path) => {
    const answer = await send(method, request);
    await answer.body.dump();
    expect(received[0]?.url).toBe(`/google/v1beta${path}`);
  });

  it('takes a model that is named with its kind', async () => {
    const answer = await send('generateContent', body, { model: 'tunedModels/mine' });
    await answer.body.dump();
    expect(received[0]?.url).toBe('/google/v1beta/tunedModels/mine:generateContent');
  });

  it('changes nothing of the object that it is made from', async () => {
    const request = { contents: [], systemInstruction: { parts: [{ text: 'x' }] } };
    const before = JSON.stringify(request);
    await (await send('generateContent', request)).body.dump();
    expect(JSON.stringify(request)).toBe(before);
  });
});

describe('an answer', () => {
  it('comes as the provider gave it, unread, with its headers', async () => {
    const answer = await send('generateContent', body);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['x-vendor']).toBe('kept');
    expect(await answer.body.json()).toEqual({ unknown: 1 });
  });

  it.each([400, 429, 503])('of status %i is an answer, too', async (status) => {
    provider.answerWith((_request, response) => response.writeHead(status).end('{"error":{}}'));
    const answer = await send('streamGenerateContent', body);
    expect(answer.statusCode).toBe(status);
    expect(await answer.body.text()).toBe('{"error":{}}');
  });

  it('is handed over while it is still coming in', async () => {
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    provider.answerWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"a":1}\r\n\r\n');
      void mayEnd.then(() => response.end('data: {"a":2}\r\n\r\n'));
    });
    const answer = await send('streamGenerateContent', body);
    const pieces: string[] = [];
    for await (const piece of answer.body) {
      pieces.push(String(piece));
      end();
    }
    expect(pieces.join('')).toBe('data: {"a":1}\r\n\r\ndata: {"a":2}\r\n\r\n');
  });
});

describe('a failure', () => {
  it('to connect is the transport’s own', async () => {
    const closed = await startRawProvider();
    closed.close();
    await expect(send('generateContent', body, { baseUrl: `${closed.url}/v1beta` })).rejects.toMatchObject({
      code: 'upstream_unreachable',
    });
  });

  it('is the client’s where it has gone', async () => {
    const leaving = new AbortController();
    provider.answerWith(() => leaving.abort());
    await expect(send('generateContent', body, { signal: leaving.signal })).rejects.toMatchObject({
      code: 'client_closed_request',
    });
  });

  it('is the client’s where it had gone before', async () => {
    await expect(send('generateContent', body, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'client_closed_request',
    });
    expect(received).toEqual([]);
  });

  it('ends the provider’s stream where the client goes in the middle', async () => {
    const leaving = new AbortController();
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    provider.answerWith((_request, response) => {
      response.once('close', resolve);
      response.writeHead(200).write('data: {}\r\n\r\n');
    });
    const answer = await send('streamGenerateContent', body, { signal: leaving.signal });
    leaving.abort();
    await expect(answer.body.text()).rejects.toThrow();
    await closed;
  });

  it('to build a request is told without a word of the key, in the log neither', async () => {
    const apiKey = 'AIza-with\nnewline';
    const fault: unknown = await send('generateContent', body, { apiKey }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'internal_error' });
    const { message, cause } = fault instanceof Error ? fault : new Error('It was built.');
    expect(`${message} ${String(cause)}`).not.toContain('newline');
    expect(received).toEqual([]);
  });

  it('of the SDK to take a request is told', async () => {
    await expect(send('generateContent', {})).rejects.toMatchObject({ code: 'internal_error' });
    await expect(
      send('generateContent', body, { headers: { 'x-goog-api-key': 'client’s' } }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/internal_error|invalid_value/) });
    expect(received).toEqual([]);
  });

  it('is told where something in the process keeps the SDK from the hook', async () => {
    const wrapper = globalThis.fetch;
    globalThis.fetch = async () => new Response('{}');
    try {
      await expect(send('generateContent', body)).rejects.toMatchObject({ code: 'internal_error' });
    } finally {
      globalThis.fetch = wrapper;
    }
  });

  it('is told where the hook is not installed, before anything is sent', async () => {
    fetchHook.uninstall();
    await expect(send('generateContent', body)).rejects.toMatchObject({ code: 'internal_error' });
    expect(received).toEqual([]);
  });
});
