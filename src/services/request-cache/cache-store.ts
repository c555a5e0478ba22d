import type { CacheEntry } from './cache-entry.ts';

/** Where answers are kept. It fails silently: an answer that cannot be had is not there. */
export interface CacheStore {
  /** Never rejects. */
  get(key: string): Promise<CacheEntry | undefined>;
  /**
   * Keeps the entry in place of any before it. Resolves when a `get` would find it, or when it is given up; never
   * rejects.
   * @param ttlMs how long it may be found, in milliseconds
   */
  set(key: string, entry: CacheEntry, ttlMs: number): Promise<void>;
  close(): void;
}
