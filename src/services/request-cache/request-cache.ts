import type { CacheStore } from './cache-store.ts';
import { type CachedReply, clientClosed, type RunCall, SharedCall } from './shared-call.ts';

/** Answers requests from what identical ones got before, or are getting now. */
export interface RequestCache {
  /**
   * The answer of the store, else of the call that an identical request is making, else of the request's own.
   * @param key of the call, by `cacheKeyOf`
   * @param run makes the upstream call, for at most one of the requests that are there at the same time: whatever counts
   *   upstream calls is to be done in it. Its signal is not the client's: the call goes on for those that share it.
   * @param signal tells of the client's leaving
   * @throws GatewayError by `run`, also of another request, and `client_closed_request`
   */
  carry(key: string, run: RunCall, signal: AbortSignal): Promise<CachedReply>;
}

/** What a request cache is made with. */
export interface RequestCacheDependencies {
  /** Its owner closes it. */
  readonly store: CacheStore;
  /** How long an answer is given again, in milliseconds. */
  readonly ttlMs: number;
  /** The body of a larger answer is neither kept nor, from there on, shared; in bytes. */
  readonly maxEntryBytes: number;
}

/** A cache over a store, that shares the calls of this process. */
export function createRequestCache({ store, ttlMs, maxEntryBytes }: RequestCacheDependencies): RequestCache {
  const calls = new Map<string, SharedCall>();
  const openCall = (key: string) => {
    const call = new SharedCall({
      lookUp: () => store.get(key),
      keep: (entry) => store.set(key, entry, ttlMs),
      onClosed: () => {
        if (calls.get(key) === call) calls.delete(key);
      },
      maxEntryBytes,
    });
    calls.set(key, call);
    return call;
  };
  return {
    async carry(key, run, signal) {
      if (signal.aborted) throw clientClosed();
      const known = calls.get(key);
      const call = known?.isOpen === true ? known : openCall(key);
      return call.join(run, signal);
    },
  };
}
