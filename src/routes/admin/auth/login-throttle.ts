import { LRUCache } from 'lru-cache';
import { GatewayError } from '../../../core/gateway-error.ts';

const MAX_FAILURES = 5;
const WINDOW_MS = 60_000;
const MAX_NAMES = 1_000;

/** Slows down guessing: after five failures a name is refused until a minute has passed since the last. */
export interface LoginThrottle {
  /** @throws GatewayError `too_many_attempts` */
  check(username: string): void;
  failed(username: string): void;
  succeeded(username: string): void;
}

export function createLoginThrottle(): LoginThrottle {
  const failures = new LRUCache<string, number>({ max: MAX_NAMES, ttl: WINDOW_MS });
  return {
    check(username) {
      if ((failures.get(username) ?? 0) < MAX_FAILURES) return;
      const retryAfterSeconds = Math.ceil(failures.getRemainingTTL(username) / 1000);
      throw new GatewayError('too_many_attempts', 'Too many failed logins; wait a minute.', {
        retryAfterSeconds,
      });
    },
    failed: (username) => void failures.set(username, (failures.get(username) ?? 0) + 1),
    succeeded: (username) => void failures.delete(username),
  };
}
