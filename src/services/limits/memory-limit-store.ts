import { LRUCache } from 'lru-cache';
import { type LimitStore, type Verdict, WINDOW_MS } from './limit-store.ts';
import { SlidingWindow } from './sliding-window.ts';

const MAX_KEYS = 10_000;

/** Counts within this process, and answers at once. */
export interface MemoryLimitStore extends LimitStore {
  take(...request: Parameters<LimitStore['take']>): Verdict;
}

/**
 * Creates a store that is exact within its process. It keeps keys that were used within the last 60 seconds, and of
 * more than the maximum those used last: the window of any other begins anew.
 * @param now milliseconds of a monotonic clock
 */
export function createMemoryLimitStore({
  now = () => performance.now(),
  maxKeys = MAX_KEYS,
}: {
  readonly now?: () => number;
  readonly maxKeys?: number;
} = {}): MemoryLimitStore {
  const windows = new LRUCache<string, SlidingWindow>({
    max: maxKeys,
    ttl: WINDOW_MS,
    updateAgeOnGet: true,
    ttlResolution: 0,
    perf: { now },
  });
  const windowOf = (keyId: string) => {
    const known = windows.get(keyId);
    if (known !== undefined) return known;
    const window = new SlidingWindow();
    windows.set(keyId, window);
    return window;
  };
  return {
    take(keyId, limits, tokens) {
      const at = now();
      const window = windowOf(keyId);
      window.advance(at);
      const waitMs = window.waitMs(at, limits, tokens);
      if (waitMs > 0) return { admitted: false, ...window.use(at), waitMs };
      const moment = window.add(at, 1, tokens);
      return {
        admitted: true,
        ...window.use(at),
        settle(used) {
          if (used < tokens) window.takeBack(moment, tokens - used);
          else if (used > tokens) windowOf(keyId).add(now(), 0, used - tokens);
        },
      };
    },
  };
}
