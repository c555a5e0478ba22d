import type { Knex } from 'knex';
import { z } from 'zod';
import type { SharedKillStore } from '../rollout/kill-relay.ts';
import { readSystemConfig, writeSystemConfig } from './system-config-repository.ts';

const KEY = 'rollout_kill';

const stored = z.object({ id: z.string(), isEngaged: z.boolean(), actor: z.string(), reason: z.string() });

/** The last kill, kept in the database. */
export function createSharedKillStore(db: Knex): SharedKillStore {
  return {
    async read() {
      const text = await readSystemConfig(db, KEY);
      return text === undefined ? undefined : stored.parse(JSON.parse(text));
    },
    write: ({ id, isEngaged, actor, reason }) =>
      writeSystemConfig(db, KEY, JSON.stringify({ id, isEngaged, actor, reason })),
  };
}
