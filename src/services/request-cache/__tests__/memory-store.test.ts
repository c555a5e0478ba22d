import { describe, expect, it } from 'vitest';
import { createMemoryStore, type MemoryStoreOptions } from '../memory-store.ts';
import { entryOf } from './cache-entries.ts';
import { describeCacheStore } from './describe-cache-store.ts';

const KIB = 1024;

function openStore(options: Partial<MemoryStoreOptions> = {}) {
  let time = 5_000;
  const store = createMemoryStore({ maxBytes: 1024 * KIB, maxEntries: 100, now: () => time, ...options });
  const elapse = async (milliseconds: number) => {
    time += milliseconds;
  };
  return { store, elapse };
}

const ofSize = (bytes: number) => entryOf('', { chunks: [Buffer.alloc(bytes)] });

describeCacheStore('the store in memory', openStore);

describe('the store in memory', () => {
  it('does not count a time that has been asked for as new', async () => {
    const { store, elapse } = openStore();
    await store.set('key', entryOf('x'), 1_000);
    await elapse(900);
    expect(await store.get('key')).toBeDefined();
    await elapse(200);
    expect(await store.get('key')).toBeUndefined();
  });

  it('keeps no more entries than it may: the one that was not asked for the longest goes', async () => {
    const { store } = openStore({ maxEntries: 2 });
    await store.set('a', entryOf('a'), 1_000);
    await store.set('b', entryOf('b'), 1_000);
    await store.get('a');
    await store.set('c', entryOf('c'), 1_000);
    expect(await store.get('b')).toBeUndefined();
    expect(await store.get('a')).toEqual(entryOf('a'));
    expect(await store.get('c')).toEqual(entryOf('c'));
  });

  it('keeps no more bytes than it may', async () => {
    const { store } = openStore({ maxBytes: 10 * KIB });
    await store.set('a', ofSize(4 * KIB), 1_000);
    await store.set('b', ofSize(4 * KIB), 1_000);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.get('b')).toBeDefined();
  });

  it('keeps nothing that is larger by itself, and loses nothing to it but what it replaces', async () => {
    const { store } = openStore({ maxBytes: 10 * KIB });
    await store.set('a', ofSize(KIB), 1_000);
    await store.set('b', ofSize(KIB), 1_000);
    await store.set('b', ofSize(11 * KIB), 1_000);
    expect(await store.get('b')).toBeUndefined();
    expect(await store.get('a')).toBeDefined();
  });

  it('counts what a provider has not, and many small pieces, as well', async () => {
    const { store } = openStore({ maxBytes: 10 * KIB });
    await store.set(
      'text',
      entryOf('', { uncounted: { texts: ['x'.repeat(10 * KIB)], length: 10 * KIB, calls: 0 } }),
      1_000,
    );
    await store.set(
      'pieces',
      entryOf('', { chunks: Array.from({ length: 200 }, () => Buffer.from('x')) }),
      1_000,
    );
    expect(await store.get('text')).toBeUndefined();
    expect(await store.get('pieces')).toBeUndefined();
  });
});
