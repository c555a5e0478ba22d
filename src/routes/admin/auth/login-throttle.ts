import { LRUCache } from 'lru-cache';
import { GatewayError } from '../../../core/gateway-error.ts';

const WINDOW_MS = 60_000;
const MAX_TRACKED = 10_000;
/** Attempts that may fail within a minute. */
const MAX_FAILURES = {
  /** By one address for one name: low, since it is guessing. */
  byAddressAndName: 5,
  /** For one name from anywhere: high, so that a stranger cannot lock its owner out by a few tries. */
  byName: 100,
};
/** Passwords are hashed in the thread pool that name lookups need, too. */
const MAX_CONCURRENT = 2;

/** Slows down guessing, and keeps guesses from occupying the process. */
export interface LoginThrottle {
  /**
   * Runs one attempt. It counts as failed from its beginning, so that parallel guesses count as well, and is taken
   * back where it succeeds.
   * @throws GatewayError `too_many_attempts`
   */
  attempt<T>(username: string, address: string, login: () => Promise<T>): Promise<T>;
}

export function createLoginThrottle(): LoginThrottle {
  const failures = new LRUCache<string, number>({ max: MAX_TRACKED, ttl: WINDOW_MS });
  let running = 0;
  const add = (name: string, difference: number) => {
    failures.set(name, Math.max(0, (failures.get(name) ?? 0) + difference));
  };
  return {
    async attempt(username, address, login) {
      const name = `name ${username}`;
      const pair = `pair ${address} ${username}`;
      refuse(failures, pair, MAX_FAILURES.byAddressAndName);
      refuse(failures, name, MAX_FAILURES.byName);
      if (running >= MAX_CONCURRENT) throw tooMany(1);
      running += 1;
      add(pair, 1);
      add(name, 1);
      try {
        const result = await login();
        add(pair, -1);
        add(name, -1);
        return result;
      } finally {
        running -= 1;
      }
    },
  };
}

function refuse(failures: LRUCache<string, number>, name: string, most: number): void {
  if ((failures.get(name) ?? 0) < most) return;
  throw tooMany(Math.max(1, Math.ceil(failures.getRemainingTTL(name) / 1000)));
}

function tooMany(retryAfterSeconds: number): GatewayError {
  return new GatewayError('too_many_attempts', 'Too many attempts; wait a moment.', { retryAfterSeconds });
}
