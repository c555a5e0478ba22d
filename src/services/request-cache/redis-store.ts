import type { Logger } from '../../core/logger.ts';
import type { PartState } from '../../core/part-state.ts';
import type { Secret } from '../../core/secret.ts';
import { RedisConnection } from '../redis-connection.ts';
import type { CacheStore } from './cache-store.ts';
import { decodeEntry, encodeEntry } from './entry-codec.ts';
import { createEntryVault } from './entry-vault.ts';

/** How long Redis may take, in milliseconds. */
export interface RedisWaits {
  /** A request waits for this. */
  readonly getMs: number;
  /** Nobody waits for this, but it takes the connection, and others wait for that. */
  readonly setMs: number;
}

const WAITS: RedisWaits = { getMs: 100, setMs: 1_000 };
const PREFIX = 'banyan:cache:2:';

/** A store that replicas share. While Redis is away or slow, it has nothing and keeps nothing. */
export interface RedisStore extends CacheStore {
  /** Begins to connect; does not wait for it. */
  connect(): void;
  state(): PartState;
}

/** What a store in Redis is made with. */
export interface RedisStoreDependencies {
  /** With its credentials. */
  readonly url: Secret;
  /** 32 bytes: entries hold what models answered, and are sealed with a key made from it. */
  readonly masterKey: Buffer;
  readonly logger: Logger;
  readonly waits?: RedisWaits | undefined;
}

/** Creates the store; nothing is connected before `connect`. How much it may hold is Redis's own setting. */
export function createRedisStore({
  url,
  masterKey,
  logger,
  waits = WAITS,
}: RedisStoreDependencies): RedisStore {
  const connection = new RedisConnection(url, logger);
  const placeOf = createEntryVault(masterKey);
  return {
    async get(key) {
      const { name, open } = placeOf(key);
      const sealed = await connection.ask((client) => client.get(PREFIX + name), waits.getMs);
      if (sealed === undefined || sealed === null) return undefined;
      try {
        return decodeEntry(open(sealed));
      } catch (err) {
        connection.warn(err);
        return undefined;
      }
    },
    async set(key, entry, ttlMs) {
      const { name, seal } = placeOf(key);
      const sealed = seal(encodeEntry(entry));
      const expiration = { type: 'PX', value: ttlMs } as const;
      await connection.ask((client) => client.set(PREFIX + name, sealed, { expiration }), waits.setMs);
    },
    connect: () => connection.connect(),
    state: () => connection.state(),
    close: () => connection.close(),
  };
}
