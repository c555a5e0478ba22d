import { describe, expect, it } from 'vitest';
import type { CacheStore } from '../cache-store.ts';
import { entryOf, FULL_ENTRY } from './cache-entries.ts';

/** A store under test, and how its time passes. */
export interface StoreUnderTest {
  readonly store: CacheStore;
  /** Resolves when at least this much of the store's time has passed, in milliseconds. */
  readonly elapse: (milliseconds: number) => Promise<void>;
}

/** What every store does. */
export function describeCacheStore(name: string, open: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${name}, as any store,`, () => {
    it('has nothing at first', async () => {
      const { store } = await open();
      expect(await store.get('nothing')).toBeUndefined();
    });

    it('gives back an entry as it was, as often as it is asked for', async () => {
      const { store } = await open();
      await store.set('full', FULL_ENTRY, 60_000);
      for (let times = 0; times < 3; times += 1) expect(await store.get('full')).toEqual(FULL_ENTRY);
    });

    it('gives each key its own', async () => {
      const { store } = await open();
      await store.set('one', entryOf('one'), 60_000);
      await store.set('two', entryOf('two'), 60_000);
      expect(await store.get('one')).toEqual(entryOf('one'));
      expect(await store.get('two')).toEqual(entryOf('two'));
    });

    it('keeps the later of two entries', async () => {
      const { store } = await open();
      await store.set('again', entryOf('first'), 60_000);
      await store.set('again', entryOf('second'), 60_000);
      expect(await store.get('again')).toEqual(entryOf('second'));
    });

    it('forgets an entry when its time is over, and no other', async () => {
      const { store, elapse } = await open();
      await store.set('short', entryOf('short'), 1_000);
      await store.set('long', entryOf('long'), 60_000);
      expect(await store.get('short')).toEqual(entryOf('short'));
      await elapse(1_001);
      expect(await store.get('short')).toBeUndefined();
      expect(await store.get('long')).toEqual(entryOf('long'));
    });

    it('has nothing after it was closed, and does not fail', async () => {
      const { store } = await open();
      await store.set('before', entryOf('before'), 60_000);
      store.close();
      expect(await store.get('before')).toBeUndefined();
      await store.set('after', entryOf('after'), 60_000);
      store.close();
    });
  });
}
