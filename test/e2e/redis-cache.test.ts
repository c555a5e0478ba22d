import { connect, createServer, type Socket } from 'node:net';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { singleChunk } from '../../src/core/buffered-answer.ts';
import { Secret } from '../../src/core/secret.ts';
import { entryOf, FULL_ENTRY } from '../../src/services/request-cache/__tests__/cache-entries.ts';
import { describeCacheStore } from '../../src/services/request-cache/__tests__/describe-cache-store.ts';
import type { CacheEntry } from '../../src/services/request-cache/cache-entry.ts';
import {
  createRedisStore,
  type RedisStore,
  type RedisStoreDependencies,
} from '../../src/services/request-cache/redis-store.ts';
import { createRequestCache } from '../../src/services/request-cache/request-cache.ts';
import { readAll } from '../support/event-stream.ts';
import { eventually } from '../support/eventually.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { HAS_REDIS, MISSING_REDIS, type RedisServer, startRedisServer } from '../support/redis-server.ts';

const MASTER_KEY = Buffer.alloc(32, 1);
const TTL_MS = 60_000;
const PATIENT = { getMs: 20_000, setMs: 20_000 };
/** For servers that do not answer: what answers at all is asked again until it does in time. */
const HASTY = { getMs: 100, setMs: 1_000 };

describe.skipIf(!HAS_REDIS)(`the cache in Redis${MISSING_REDIS}`, () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterEach(() => onServer((client) => client.flushAll()));
  afterAll(() => server.stop());

  /** What the server itself says, past the store. */
  async function onServer<T>(ask: (client: ReturnType<typeof createPlainClient>) => Promise<T>): Promise<T> {
    const client = createPlainClient(server.url);
    await client.connect();
    try {
      return await ask(client);
    } finally {
      client.destroy();
    }
  }

  /** A store that is connected, closed when the test is over. It is patient, as the machine may be busy. */
  async function openStore(given: Partial<RedisStoreDependencies> = {}) {
    const logger = createRecordingLogger();
    const url = new Secret(server.url);
    const store = createRedisStore({ url, masterKey: MASTER_KEY, logger, waits: PATIENT, ...given });
    onTestFinished(() => store.close());
    store.connect();
    await eventually(() => store.state().status === 'up');
    return { store, warnings: () => logger.entries.filter(({ level }) => level === 'warn') };
  }

  /** Waits until the store keeps entries, this one at least. */
  const untilItKeeps = (store: RedisStore, key = 'probe') =>
    eventually(async () => {
      await store.set(key, entryOf(key), TTL_MS);
      return (await store.get(key)) !== undefined;
    });

  describeCacheStore('the store', async () => {
    const { store } = await openStore();
    // Time passes in the server as well: an entry is aged there by what is left to it.
    const elapse = (milliseconds: number) => onServer((client) => age(client, milliseconds));
    return { store, elapse };
  });

  it('is shared: what one store keeps, another with the same master key has', async () => {
    const [one, other] = await Promise.all([openStore(), openStore()]);
    await one.store.set('key', FULL_ENTRY, TTL_MS);
    expect(await other.store.get('key')).toEqual(FULL_ENTRY);
  });

  it('is shared by caches: a second process makes no call', async () => {
    const [near, far] = await Promise.all([openStore(), openStore()]);
    const cacheOver = (store: RedisStore) =>
      createRequestCache({ store, ttlMs: TTL_MS, maxEntryBytes: 1_000 });
    let calls = 0;
    const run = async () => {
      calls += 1;
      const outcome = Promise.resolve({ kind: 'success' as const });
      return { status: 200, headers: {}, body: singleChunk(Buffer.from('answer')), outcome };
    };
    const { signal } = new AbortController();
    const first = await cacheOver(near.store).carry('key', run, signal);
    await readAll(first.reply.body);
    await eventually(async () => (await far.store.get('key')) !== undefined);
    const second = await cacheOver(far.store).carry('key', run, signal);
    expect([first.status, second.status]).toEqual(['MISS', 'HIT']);
    expect((await readAll(second.reply.body)).toString()).toBe('answer');
    expect(calls).toBe(1);
  });

  it('shows nothing in the server of what it holds or for whom', async () => {
    const { store } = await openStore();
    await store.set(
      'the-key',
      entryOf('secret answer', { uncounted: { texts: ['secret answer'], length: 13, calls: 0 } }),
      TTL_MS,
    );
    const [name = '', ...others] = await onServer((client) => client.keys('*'));
    expect(others).toEqual([]);
    expect(name).toMatch(/^banyan:cache:2:[\w-]{43}$/);
    expect(name).not.toContain('the-key');
    const value = await onServer((client) => client.get(name));
    expect(value?.length).toBeGreaterThan(50);
    for (const text of ['secret', 'answer', 'content-type', 'data: '])
      expect(value?.includes(text)).toBe(false);
  });

  it('gives every entry a time to live', async () => {
    const { store } = await openStore();
    await store.set('key', entryOf('x'), TTL_MS);
    const [left] = await onServer(async (client) =>
      Promise.all((await client.keys('*')).map((name) => client.pTTL(name))),
    );
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(TTL_MS);
  });

  it('has nothing of an installation with another master key', async () => {
    const [mine, theirs] = await Promise.all([openStore(), openStore({ masterKey: Buffer.alloc(32, 2) })]);
    await mine.store.set('key', entryOf('mine'), TTL_MS);
    expect(await theirs.store.get('key')).toBeUndefined();
    await theirs.store.set('key', entryOf('theirs'), TTL_MS);
    expect(await mine.store.get('key')).toEqual(entryOf('mine'));
  });

  it('has nothing where somebody changed an entry, or put it under another name, and says so', async () => {
    const { store, warnings } = await openStore();
    await store.set('one', entryOf('one'), TTL_MS);
    const [first = ''] = await onServer((client) => client.keys('*'));
    await store.set('two', entryOf('two'), TTL_MS);
    const names = await onServer((client) => client.keys('*'));
    const second = names.find((name) => name !== first) ?? '';
    await onServer((client) => client.copy(first, second, { REPLACE: true }));
    expect(await store.get('one')).toEqual(entryOf('one'));
    expect(await store.get('two')).toBeUndefined();
    await onServer((client) => client.append(first, 'x'));
    expect(await store.get('one')).toBeUndefined();
    expect(warnings()).toHaveLength(1);
  });

  it('has nothing where the server fails a command, and says so once', async () => {
    const { store, warnings } = await openStore();
    await store.set('key', entryOf('x'), TTL_MS);
    const [name = ''] = await onServer((client) => client.keys('*'));
    await onServer(async (client) => {
      await client.del(name);
      await client.rPush(name, 'a list');
    });
    expect(await store.get('key')).toBeUndefined();
    expect(store.state()).toEqual({ name: 'redis', status: 'down' });
    expect(await store.get('key')).toBeUndefined();
    expect(warnings()).toHaveLength(1);
    await untilItKeeps(store);
    expect(store.state()).toEqual({ name: 'redis', status: 'up' });
  });

  describe('whose server', () => {
    it('is killed has nothing and keeps nothing, warns once, and comes back with it', async () => {
      const { store, warnings } = await openStore();
      await store.set('key', entryOf('before'), TTL_MS);
      await server.kill();
      expect(await store.get('key')).toBeUndefined();
      await store.set('key', entryOf('meanwhile'), TTL_MS);
      await eventually(() => store.state().status === 'down');
      for (let times = 0; times < 100; times += 1) await store.get('key');
      expect(warnings()).toHaveLength(1);
      await server.restart();
      await untilItKeeps(store);
      expect(await store.get('key')).toBeUndefined();
      expect(store.state().status).toBe('up');
    });

    it('is killed in the middle of a call costs nothing but the entry', async () => {
      const { store } = await openStore();
      const cache = createRequestCache({ store, ttlMs: TTL_MS, maxEntryBytes: 1_000 });
      async function* body() {
        yield Buffer.from('first ');
        await server.kill();
        yield Buffer.from('second');
      }
      const run = async () => {
        const outcome = Promise.resolve({ kind: 'success' as const });
        return { status: 200, headers: {}, body: body(), outcome };
      };
      const { reply } = await cache.carry('key', run, new AbortController().signal);
      expect((await readAll(reply.body)).toString()).toBe('first second');
      await server.restart();
      await untilItKeeps(store);
      expect(await store.get('key')).toBeUndefined();
    });

    it('was slow once is known to be well again without anybody asking for an entry', async () => {
      const { store } = await openStore({ waits: HASTY });
      server.freeze();
      try {
        expect(await store.get('key')).toBeUndefined();
        expect(store.state().status).toBe('down');
      } finally {
        server.thaw();
      }
      await eventually(() => store.state().status === 'up');
    });

    it('answers nothing is given up for a while, so that requests do not wait for it, and taken up again', async () => {
      const { store, warnings } = await openStore({ waits: HASTY });
      await untilItKeeps(store, 'key');
      server.freeze();
      try {
        expect(await store.get('key')).toBeUndefined();
        expect(store.state().status).toBe('down');
        // Each would have to wait, if it were asked: all together would take longer than the test may.
        for (let times = 0; times < 2_000; times += 1) expect(await store.get('key')).toBeUndefined();
        await store.set('key', entryOf('y'), TTL_MS);
        expect(warnings()).toHaveLength(1);
      } finally {
        server.thaw();
      }
      let found: CacheEntry | undefined;
      await eventually(async () => {
        found = await store.get('key');
        return found !== undefined;
      });
      expect(found).toEqual(entryOf('key'));
      expect(store.state().status).toBe('up');
    });

    it('is cut off without a sign loses its connection, and gets another', async () => {
      const line = await openLine(server.url);
      const { store } = await openStore({ url: new Secret(line.url), waits: HASTY });
      await untilItKeeps(store, 'key');
      const before = line.connections();
      line.mute();
      expect(await store.get('key')).toBeUndefined();
      expect(line.connections()).toBe(before);
      await eventually(async () => (await store.get('key')) !== undefined);
      expect(line.connections()).toBeGreaterThan(before);
    });

    it('is not there yet makes no store wait, which is connected when it comes', async () => {
      await server.kill();
      const logger = createRecordingLogger();
      const store = createRedisStore({ url: new Secret(server.url), masterKey: MASTER_KEY, logger });
      onTestFinished(() => store.close());
      expect(store.state()).toEqual({ name: 'redis', status: 'starting' });
      store.connect();
      expect(await store.get('key')).toBeUndefined();
      await eventually(() => store.state().status === 'down');
      await server.restart();
      await eventually(() => store.state().status === 'up');
      store.close();
      expect(store.state()).toEqual({ name: 'redis', status: 'stopped' });
    });
  });
});

function createPlainClient(url: string) {
  return createClient({ url, RESP: 2 });
}

/** Takes so much of what every entry has left to live. */
async function age(client: ReturnType<typeof createPlainClient>, milliseconds: number): Promise<void> {
  for (const name of await client.keys('*')) {
    await client.pExpire(name, (await client.pTTL(name)) - milliseconds);
  }
}

/** A way to the server of which the connections that are open can be made to swallow everything. */
async function openLine(url: string) {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    sockets.push(near);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await listening;
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The line has no port.');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    connections: () => sockets.length,
    mute() {
      for (const socket of sockets) socket.unpipe().resume();
    },
  };
}
