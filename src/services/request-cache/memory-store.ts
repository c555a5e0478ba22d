import { LRUCache } from 'lru-cache';
import type { CacheEntry } from './cache-entry.ts';
import type { CacheStore } from './cache-store.ts';

/** What an entry takes beside its body and its texts: objects, key, headers. A rough figure. */
const ENTRY_OVERHEAD_BYTES = 1024;
const CHUNK_OVERHEAD_BYTES = 100;

/** Bounds of a store in this process's memory. */
export interface MemoryStoreOptions {
  /** What all entries together may take, in bytes; one that is larger by itself is not kept. */
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** A store in this process's memory: over its bounds, what was not asked for the longest goes. */
export function createMemoryStore({
  maxBytes,
  maxEntries,
  now = () => performance.now(),
}: MemoryStoreOptions): CacheStore {
  const entries = new LRUCache<string, CacheEntry>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: sizeOf,
    ttlResolution: 0,
    perf: { now },
  });
  return {
    get: async (key) => entries.get(key),
    async set(key, entry, ttl) {
      entries.set(key, entry, { ttl });
    },
    close: () => entries.clear(),
  };
}

function sizeOf({ chunks, uncounted }: CacheEntry): number {
  const body = chunks.reduce((sum, { length }) => sum + length, 0);
  const texts = uncounted?.texts.reduce((sum, { length }) => sum + length, 0) ?? 0;
  return ENTRY_OVERHEAD_BYTES + chunks.length * CHUNK_OVERHEAD_BYTES + body + texts;
}
