import { describe, expect, it } from 'vitest';
import { readAll } from '../../../../test/support/event-stream.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import type { CacheEntry } from '../cache-entry.ts';
import type { CacheStore } from '../cache-store.ts';
import { createRequestCache } from '../request-cache.ts';
import type { CachedReply } from '../shared-call.ts';
import { entryOf } from './cache-entries.ts';
import {
  createStream,
  createUpstream,
  DOCUMENT,
  documentAnswer,
  ERROR_EVENT,
  type ScriptedUpstream,
  STREAM,
  streamAnswer,
} from './scripted-upstream.ts';

/** A store of one entry that is as slow as the test wants, and counts how often it is asked. */
function createSlowStore() {
  let entry: CacheEntry | undefined;
  const gates = { get: Promise.resolve(), set: Promise.resolve() };
  const seen = { gets: 0 };
  const store: CacheStore = {
    async get() {
      seen.gets += 1;
      await gates.get;
      return entry;
    },
    async set(_key, given) {
      await gates.set;
      entry = given;
    },
    close: () => {},
  };
  return { store, gates, seen };
}

function openCache(upstream: ScriptedUpstream, maxEntryBytes = 10_000) {
  const slow = createSlowStore();
  const cache = createRequestCache({ store: slow.store, ttlMs: 60_000, maxEntryBytes });
  const request = (run = upstream.run) => {
    const client = new AbortController();
    const carried = cache.carry('key', run, client.signal);
    return { carried, leave: () => client.abort() };
  };
  return { request, ...slow };
}

/** The next piece of the body; undefined at its end. */
async function nextOf({ reply }: CachedReply): Promise<string | undefined> {
  const { value } = await reply.body[Symbol.asyncIterator]().next();
  return value === undefined ? undefined : Buffer.from(value).toString('utf8');
}

/** What is left of the body. */
const textOf = async ({ reply }: CachedReply) => (await readAll(reply.body)).toString('utf8');

/** Lets everything happen that can without anybody's doing. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const WHOLE = STREAM.join('');

describe('identical requests at the same time', () => {
  it.each([
    ['a document', documentAnswer(), DOCUMENT],
    ['a stream', streamAnswer(), WHOLE],
  ])('make one call, and all get its answer: %s', async (_kind, answer, text) => {
    const upstream = createUpstream(answer);
    const { request, seen } = openCache(upstream);
    const carried = await Promise.all(Array.from({ length: 50 }, () => request().carried));
    expect(await Promise.all(carried.map(textOf))).toEqual(Array(50).fill(text));
    expect(upstream.signals).toHaveLength(1);
    expect(seen.gets).toBe(1);
    expect(carried.map(({ status }) => status)).toEqual(['MISS', ...Array(49).fill('HIT')]);
  });

  it('get a stream as it comes, from its beginning, whenever they join it', async () => {
    const stream = createStream();
    const upstream = createUpstream(stream.answer);
    const { request } = openCache(upstream);
    const early = request().carried;
    stream.push(STREAM[0] ?? '');
    expect(await nextOf(await early)).toBe(STREAM[0]);
    const late = await request().carried;
    expect(await nextOf(late)).toBe(STREAM[0]);
    const waiting = [nextOf(await early), nextOf(late)];
    stream.push(STREAM[3] ?? '');
    expect(await Promise.all(waiting)).toEqual([STREAM[3], STREAM[3]]);
    stream.push(STREAM[5] ?? '');
    stream.end();
    expect(await Promise.all([textOf(await early), textOf(late)])).toEqual([STREAM[5], STREAM[5]]);
    expect(late.status).toBe('HIT');
    expect(upstream.signals).toHaveLength(1);
  });

  it('count the call once: at the one whose run made it', async () => {
    const { request } = openCache(createUpstream(streamAnswer()));
    const [caller, other] = await Promise.all([request().carried, request().carried]);
    await Promise.all([textOf(caller), textOf(other)]);
    const [its, others] = await Promise.all([caller.reply.outcome, other.reply.outcome]);
    expect(its).toMatchObject({ kind: 'success', usage: { prompt: 3 }, timings: { sentAt: 0 } });
    expect(others).toMatchObject({ kind: 'success', usage: { prompt: 3 }, finishReason: 'stop' });
    expect(others.timings).toBeUndefined();
    // Whose counts are compared with the provider's is the caller alone.
    expect([its.generated?.texts, others.generated]).toEqual([['Hello'], undefined]);
    expect(caller.reply.headers).toHaveProperty('x-ratelimit-remaining-requests');
    expect(other.reply.headers).toEqual({
      'content-type': 'text/event-stream',
      'openai-version': '2020-10-01',
    });
  });

  it('all get an answer that the store has, and make no call', async () => {
    const upstream = createUpstream(documentAnswer());
    const { request, store, seen } = openCache(upstream);
    await store.set('key', entryOf('stored'), 1);
    const carried = await Promise.all([request().carried, request().carried]);
    expect(await Promise.all(carried.map(textOf))).toEqual(Array(2).fill('data: stored\n\n'));
    expect(carried.map(({ status }) => status)).toEqual(['HIT', 'HIT']);
    expect(upstream.signals).toHaveLength(0);
    expect(seen.gets).toBe(1);
  });

  it('find the answer while the store is still at keeping it', async () => {
    const upstream = createUpstream(documentAnswer());
    const { request, gates } = openCache(upstream);
    const kept = Promise.withResolvers<void>();
    gates.set = kept.promise;
    expect(await textOf(await request().carried)).toBe(DOCUMENT);
    const during = await request().carried;
    expect(await textOf(during)).toBe(DOCUMENT);
    kept.resolve();
    await settle();
    const after = await request().carried;
    expect([during.status, after.status]).toEqual(['HIT', 'HIT']);
    expect(upstream.signals).toHaveLength(1);
  });
});

describe('a client that leaves', () => {
  it('leaves the call to the others, who get all of it, when it had begun it', async () => {
    const stream = createStream();
    const upstream = createUpstream(stream.answer);
    const { request } = openCache(upstream);
    const leaving = request();
    const staying = request();
    stream.push(STREAM[0] ?? '');
    const [left, stayed] = await Promise.all([leaving.carried, staying.carried]);
    const reading = readAll(left.reply.body);
    leaving.leave();
    await reading;
    for (const piece of STREAM.slice(1)) stream.push(piece);
    stream.end();
    expect(await textOf(stayed)).toBe(WHOLE);
    expect(await stayed.reply.outcome).toMatchObject({ kind: 'success' });
    // The tokens of the call are its own, whoever they were made for in the end.
    expect(await left.reply.outcome).toMatchObject({ kind: 'client_abort', usage: { prompt: 3 } });
    expect(upstream.signals[0]?.aborted).toBe(false);
    expect((await request().carried).status).toBe('HIT');
  });

  it('does not end the call before there is a reply, either', async () => {
    const stream = createStream();
    const upstream = createUpstream(stream.answer);
    const { request } = openCache(upstream);
    const leaving = request();
    const staying = request();
    await settle();
    leaving.leave();
    await expect(leaving.carried).rejects.toMatchObject({ code: 'client_closed_request' });
    for (const piece of STREAM) stream.push(piece);
    stream.end();
    expect(await textOf(await staying.carried)).toBe(WHOLE);
    expect(upstream.signals).toHaveLength(1);
  });

  it('changes nothing for the others when it had only joined', async () => {
    const stream = createStream();
    const { request } = openCache(createUpstream(stream.answer));
    const caller = request();
    const leaving = request();
    stream.push(STREAM[0] ?? '');
    const joined = await leaving.carried;
    for await (const _ of joined.reply.body) break;
    expect(await joined.reply.outcome).toEqual({ kind: 'client_abort' });
    for (const piece of STREAM.slice(1)) stream.push(piece);
    stream.end();
    expect(await textOf(await caller.carried)).toBe(WHOLE);
    expect((await request().carried).status).toBe('HIT');
  });

  it('ends the call when it is the last, and the next request makes its own', async () => {
    const upstream = createUpstream(createStream().answer, documentAnswer());
    const { request } = openCache(upstream);
    const requests = [request(), request(), request()];
    await settle();
    const rejected = Promise.allSettled(requests.map(({ carried }) => carried));
    for (const { leave } of requests) {
      expect(upstream.signals[0]?.aborted).toBe(false);
      leave();
    }
    expect(upstream.signals[0]?.aborted).toBe(true);
    expect((await rejected).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    const next = await request().carried;
    expect([next.status, await textOf(next)]).toEqual(['MISS', DOCUMENT]);
  });

  it('ends a stream that was under way when it is the last, which counts as its doing', async () => {
    const stream = createStream();
    const upstream = createUpstream(stream.answer, documentAnswer());
    const { request } = openCache(upstream);
    const [caller, other] = [request(), request()];
    stream.push(STREAM[0] ?? '');
    const replies = await Promise.all([caller.carried, other.carried]);
    other.leave();
    caller.leave();
    const outcomes = await Promise.all(replies.map(({ reply }) => reply.outcome));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['client_abort', 'client_abort']);
    expect(await upstream.outcomes[0]).toMatchObject({ kind: 'client_abort' });
    expect((await request().carried).status).toBe('MISS');
  });

  it('makes no call when it has gone before', async () => {
    const upstream = createUpstream(documentAnswer());
    const { store } = openCache(upstream);
    const cache = createRequestCache({ store, ttlMs: 1, maxEntryBytes: 1 });
    await expect(cache.carry('key', upstream.run, AbortSignal.abort())).rejects.toMatchObject({
      code: 'client_closed_request',
    });
    expect(upstream.signals).toHaveLength(0);
  });

  it('makes no call when it goes while the store is asked; one that stays makes its own', async () => {
    const { request, gates } = openCache(createUpstream(documentAnswer()));
    const asked = Promise.withResolvers<void>();
    gates.get = asked.promise;
    const gone = createUpstream(documentAnswer());
    const there = createUpstream(documentAnswer());
    const leaving = request(gone.run);
    const staying = request(there.run);
    leaving.leave();
    await expect(leaving.carried).rejects.toMatchObject({ code: 'client_closed_request' });
    asked.resolve();
    expect((await staying.carried).status).toBe('MISS');
    expect([gone.signals.length, there.signals.length]).toEqual([0, 1]);
  });

  it('makes no call when all go while the store is asked', async () => {
    const upstream = createUpstream(documentAnswer());
    const { request, gates } = openCache(upstream);
    const asked = Promise.withResolvers<void>();
    gates.get = asked.promise;
    const { carried, leave } = request();
    leave();
    await expect(carried).rejects.toMatchObject({ code: 'client_closed_request' });
    asked.resolve();
    await settle();
    expect(upstream.signals).toHaveLength(0);
  });

  it('does not keep the body of a call that answers although it was ended', async () => {
    let released = false;
    async function* body() {
      try {
        yield Buffer.from('late');
      } finally {
        released = true;
      }
    }
    const answered = Promise.withResolvers<void>();
    const upstream = createUpstream(async () => {
      await answered.promise;
      const bytes = body();
      await bytes.next();
      return {
        status: 200,
        headers: {},
        body: bytes,
        outcome: Promise.resolve({ kind: 'success' as const }),
      };
    });
    const { request } = openCache(upstream);
    const { carried, leave } = request();
    await settle();
    leave();
    await expect(carried).rejects.toMatchObject({ code: 'client_closed_request' });
    answered.resolve();
    await settle();
    expect(released).toBe(true);
  });
});

describe('a call that fails', () => {
  it('fails for all that wait, with the provider’s own answer, and is made again by the next', async () => {
    const refused = '{"error":{"message":"slow down"}}';
    const upstream = createUpstream(documentAnswer(429, refused, { 'retry-after': '3' }), documentAnswer());
    const { request } = openCache(upstream);
    const carried = await Promise.all([request().carried, request().carried]);
    const next = await request().carried;
    expect(carried.map(({ status, reply }) => [status, reply.status, reply.headers['retry-after']])).toEqual([
      ['MISS', 429, '3'],
      ['MISS', 429, '3'],
    ]);
    expect(await Promise.all(carried.map(textOf))).toEqual([refused, refused]);
    const outcomes = await Promise.all(carried.map(({ reply }) => reply.outcome));
    expect(outcomes.map(({ kind, timings }) => [kind, timings === undefined])).toEqual([
      ['rate_limited', false],
      ['rate_limited', true],
    ]);
    expect([next.status, next.reply.status]).toEqual(['MISS', 200]);
    expect(upstream.signals).toHaveLength(2);
  });

  it('fails for all that wait, with its fault', async () => {
    const fault = new GatewayError('upstream_timeout', 'Too late.');
    const upstream = createUpstream(() => Promise.reject(fault), documentAnswer());
    const { request } = openCache(upstream);
    const results = await Promise.allSettled([request().carried, request().carried]);
    expect(results).toEqual(Array(2).fill({ status: 'rejected', reason: fault }));
    expect((await request().carried).status).toBe('MISS');
    expect(upstream.signals).toHaveLength(2);
  });

  it.each([
    ['breaks off', (stream: ReturnType<typeof createStream>) => stream.fail(), 'truncated'],
    ['ends too early', (stream: ReturnType<typeof createStream>) => stream.end(), 'truncated'],
    [
      'becomes an error',
      (stream: ReturnType<typeof createStream>) => {
        stream.push(ERROR_EVENT);
        stream.end();
      },
      'upstream_error',
    ],
  ])('in the middle shows to all that read it: it %s', async (_what, fail, kind) => {
    const stream = createStream();
    const upstream = createUpstream(stream.answer, documentAnswer());
    const { request } = openCache(upstream);
    const requests = [request(), request()];
    stream.push(STREAM[0] ?? '');
    const carried = await Promise.all(requests.map((one) => one.carried));
    fail(stream);
    const [text, same] = await Promise.all(carried.map(textOf));
    expect(text).toBe(same);
    expect(text).toContain('error');
    expect(text).not.toContain('[DONE]');
    const outcomes = await Promise.all(carried.map(({ reply }) => reply.outcome));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([kind, kind]);
    expect((await request().carried).status).toBe('MISS');
    expect(upstream.signals).toHaveLength(2);
  });
});

describe('an answer that is too large', () => {
  it('goes on for those that share it, while those that come later make a call of their own', async () => {
    const stream = createStream();
    const upstream = createUpstream(stream.answer, streamAnswer());
    const { request } = openCache(upstream, 100);
    const requests = [request().carried, request().carried];
    for (const piece of STREAM) stream.push(piece);
    stream.end();
    const sharing = await Promise.all(requests);
    expect(await Promise.all(sharing.map(nextOf))).toEqual([STREAM[0], STREAM[0]]);
    await Promise.all(sharing.map(nextOf));
    const late = await request().carried;
    expect([late.status, await textOf(late)]).toEqual(['MISS', WHOLE]);
    const [rest, same] = await Promise.all(sharing.map(textOf));
    expect(rest).toBe(same);
    expect(WHOLE.endsWith(rest ?? '?')).toBe(true);
    expect(rest).toContain('[DONE]');
    expect((await request().carried).status).toBe('MISS');
    expect(upstream.signals).toHaveLength(3);
  });

  it('leaves the call that came after it alone when it ends', async () => {
    const stream = createStream();
    const upstream = createUpstream(streamAnswer(), stream.answer);
    const { request } = openCache(upstream, 100);
    const large = await request().carried;
    await nextOf(large);
    await nextOf(large);
    const later = request().carried;
    expect(await textOf(large)).toContain('[DONE]');
    const joining = request().carried;
    stream.push(STREAM[0] ?? '');
    expect((await later).status).toBe('MISS');
    expect((await joining).status).toBe('HIT');
    expect(upstream.signals).toHaveLength(2);
  });
});
