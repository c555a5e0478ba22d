import { describe, expect, it } from 'vitest';
import { readAll } from '../../../../test/support/event-stream.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import type { Reply } from '../../../core/request-path.ts';
import { createMemoryStore } from '../memory-store.ts';
import { createRequestCache } from '../request-cache.ts';
import type { CachedReply } from '../shared-call.ts';
import {
  createUpstream,
  DOCUMENT,
  documentAnswer,
  ERROR_EVENT,
  type ScriptedUpstream,
  STREAM,
  streamAnswer,
} from './scripted-upstream.ts';

const TTL_MS = 60_000;
const MAX_ENTRY_BYTES = 10_000;

function openCache(upstream: ScriptedUpstream, options: { readonly maxEntryBytes?: number } = {}) {
  let time = 1_000;
  const store = createMemoryStore({ maxBytes: 1_000_000, maxEntries: 100, now: () => time });
  const cache = createRequestCache({ store, ttlMs: TTL_MS, maxEntryBytes: MAX_ENTRY_BYTES, ...options });
  return {
    carry: (key = 'key') => cache.carry(key, upstream.run, new AbortController().signal),
    elapse: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

/** Reads a reply to its end. */
async function readReply({ reply, status }: CachedReply) {
  const chunks = (await Array.fromAsync(reply.body)).map((chunk) => Buffer.from(chunk).toString('utf8'));
  return { status, chunks, httpStatus: reply.status, headers: reply.headers, outcome: await reply.outcome };
}

describe('an answer is given again', () => {
  it('byte for byte, when it was a document', async () => {
    const upstream = createUpstream(documentAnswer());
    const { carry } = openCache(upstream);
    const first = await readReply(await carry());
    const second = await readReply(await carry());
    expect(first).toMatchObject({ status: 'MISS', chunks: [DOCUMENT], httpStatus: 200 });
    expect(second).toMatchObject({ status: 'HIT', chunks: [DOCUMENT], httpStatus: 200 });
    expect(upstream.signals).toHaveLength(1);
  });

  it('piece for piece, when it was a stream', async () => {
    const upstream = createUpstream(streamAnswer());
    const { carry } = openCache(upstream);
    const first = await readReply(await carry());
    const second = await readReply(await carry());
    expect(first.status).toBe('MISS');
    expect(first.chunks.join('')).toBe(STREAM.join(''));
    expect(second.status).toBe('HIT');
    expect(second.chunks).toEqual(first.chunks);
    expect(upstream.signals).toHaveLength(1);
  });

  it.each([
    ['document', documentAnswer()],
    ['stream', streamAnswer()],
  ])(
    'with what was known of it, and without the moments of a call that was not made: a %s',
    async (_kind, answer) => {
      const { carry } = openCache(createUpstream(answer));
      const { outcome } = await readReply(await carry());
      const known = {
        kind: 'success',
        finishReason: 'stop',
        usage: { prompt: 3, completion: 2, cached: 0, reasoning: 0 },
      };
      expect(outcome).toMatchObject(known);
      expect(outcome.timings).toBeDefined();
      const again = await readReply(await carry());
      expect(again.outcome).toMatchObject(known);
      expect(again.outcome.timings).toBeUndefined();
    },
  );

  it('with its text where the provider counted no tokens', async () => {
    const uncounted = STREAM.filter((piece) => !piece.includes('usage'));
    const { carry } = openCache(createUpstream(streamAnswer(uncounted)));
    await readReply(await carry());
    expect((await readReply(await carry())).outcome).toMatchObject({
      generated: { texts: ['Hello'], length: 5, calls: 0 },
      usage: undefined,
    });
  });

  it.each([
    ['document', documentAnswer()],
    ['stream', streamAnswer()],
  ])('without its text where the provider counted its tokens: a %s', async (_kind, answer) => {
    const { carry } = openCache(createUpstream(answer));
    const first = await readReply(await carry());
    expect(first.outcome.generated?.texts).toEqual(['Hello']);
    expect((await readReply(await carry())).outcome.generated).toBeUndefined();
  });

  it('with the headers that describe it, and none of the one call’s', async () => {
    const { carry } = openCache(
      createUpstream(documentAnswer(201, DOCUMENT, { 'content-type': 'application/json; charset=utf-8' })),
    );
    const first = await readReply(await carry());
    expect(first.headers).toMatchObject({
      'x-ratelimit-remaining-requests': '9',
      'set-cookie': ['session=1'],
    });
    const again = await readReply(await carry());
    expect(again.httpStatus).toBe(201);
    expect(again.headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(DOCUMENT.length),
      'openai-version': '2020-10-01',
    });
  });

  it('to requests with the same key only', async () => {
    const upstream = createUpstream(documentAnswer());
    const { carry } = openCache(upstream);
    await readReply(await carry('key of one'));
    expect((await readReply(await carry('key of another'))).status).toBe('MISS');
    expect(upstream.signals).toHaveLength(2);
  });

  it('until its time is over, then it is asked for again', async () => {
    const upstream = createUpstream(documentAnswer());
    const { carry, elapse } = openCache(upstream);
    await readReply(await carry());
    elapse(TTL_MS - 1);
    expect((await readReply(await carry())).status).toBe('HIT');
    elapse(2);
    expect((await readReply(await carry())).status).toBe('MISS');
    expect((await readReply(await carry())).status).toBe('HIT');
    expect(upstream.signals).toHaveLength(2);
  });

  it('when its body is exactly as large as it may be', async () => {
    const { carry } = openCache(createUpstream(documentAnswer()), { maxEntryBytes: DOCUMENT.length });
    await readReply(await carry());
    expect((await readReply(await carry())).status).toBe('HIT');
  });
});

describe('an answer is not kept', () => {
  const withoutEnd = STREAM.slice(0, 3);
  it.each<[string, (signal: AbortSignal) => Promise<Reply>, string]>([
    ['400', documentAnswer(400, '{"error":{"message":"no"}}'), 'client_error'],
    ['429', documentAnswer(429, '{"error":{"message":"slow down"}}'), 'rate_limited'],
    ['500', documentAnswer(500, '{"error":{"message":"broken"}}'), 'upstream_error'],
    ['a redirect', documentAnswer(302, ''), 'upstream_error'],
    ['a redirect with what looks like an answer', documentAnswer(302), 'success'],
    ['an error under a 200', documentAnswer(200, '{"error":{"message":"broken"}}'), 'upstream_error'],
    ['no answer at all under a 200', documentAnswer(200, '<html>'), 'upstream_error'],
    ['a stream that ends too early', streamAnswer(withoutEnd), 'truncated'],
    ['a stream with an error event', streamAnswer([...withoutEnd, ERROR_EVENT]), 'upstream_error'],
    [
      'an error as finish reason',
      documentAnswer(200, DOCUMENT.replace('"stop"', '"error"')),
      'upstream_error',
    ],
  ])('when it is %s', async (_what, answer, kind) => {
    const upstream = createUpstream(answer, documentAnswer());
    const { carry } = openCache(upstream);
    const failed = await readReply(await carry());
    expect(failed).toMatchObject({ status: 'MISS', outcome: { kind } });
    expect(await readReply(await carry())).toMatchObject({ status: 'MISS', chunks: [DOCUMENT] });
    expect(upstream.signals).toHaveLength(2);
  });

  it('when it is a fault, which the request gets as it is', async () => {
    const fault = new GatewayError('upstream_unreachable', 'Nobody there.');
    const upstream = createUpstream(() => Promise.reject(fault), documentAnswer());
    const { carry } = openCache(upstream);
    await expect(carry()).rejects.toBe(fault);
    expect((await readReply(await carry())).status).toBe('MISS');
  });

  it.each([
    ['document', documentAnswer()],
    ['stream', streamAnswer()],
  ])('when it is too large: a %s, which its client gets all the same', async (_kind, answer) => {
    const upstream = createUpstream(answer);
    const { carry } = openCache(upstream, { maxEntryBytes: 100 });
    const { chunks } = await readReply(await carry());
    const again = await readReply(await carry());
    expect(again.status).toBe('MISS');
    expect(again.chunks).toEqual(chunks);
    expect([DOCUMENT, STREAM.join('')]).toContain(chunks.join(''));
    expect(upstream.signals).toHaveLength(2);
  });

  it('when nobody read it to its end', async () => {
    const upstream = createUpstream(streamAnswer());
    const { carry } = openCache(upstream);
    const { reply } = await carry();
    for await (const _ of reply.body) break;
    expect(await reply.outcome).toMatchObject({ kind: 'client_abort' });
    expect((await readReply(await carry())).status).toBe('MISS');
    expect(upstream.signals[0]?.aborted).toBe(true);
  });
});

it('bytes go to the client as they come, before the answer is complete', async () => {
  const arrived = Promise.withResolvers<void>();
  async function* body() {
    yield Buffer.from('first');
    await arrived.promise;
    yield Buffer.from('second');
  }
  const upstream = createUpstream(async () => ({
    status: 200,
    headers: {},
    body: body(),
    outcome: arrived.promise.then(() => ({ kind: 'success' as const })),
  }));
  const { reply } = await openCache(upstream).carry();
  const iterator = reply.body[Symbol.asyncIterator]();
  expect((await iterator.next()).value).toEqual(Buffer.from('first'));
  arrived.resolve();
  expect((await iterator.next()).value).toEqual(Buffer.from('second'));
});

it('what is kept does not change with what the provider’s bytes lay in', async () => {
  const memory = Buffer.from('answer');
  async function* body() {
    yield memory;
  }
  const answer = async () => ({
    status: 200,
    headers: {},
    body: body(),
    outcome: Promise.resolve({ kind: 'success' as const }),
  });
  const { carry } = openCache(createUpstream(answer));
  await readAll((await carry()).reply.body);
  memory.fill('x');
  expect((await readReply(await carry())).chunks).toEqual(['answer']);
});
