import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import createKnex, { type Knex } from 'knex';
import { z } from 'zod';

/** better-sqlite3's handle, as far as the pragmas need it. */
const sqliteHandle = z.custom<{ pragma(source: string): unknown }>(
  (handle) => typeof handle === 'object' && handle !== null && 'pragma' in handle,
);

/**
 * Opens the SQLite file, made with its folder where it is not there. The caller destroys the connection.
 * @param file absolute path
 */
export function connectDatabase(file: string): Knex {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return createKnex({
    client: 'better-sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate(connection: unknown, done: (error: Error | null, connection: unknown) => void) {
        const handle = sqliteHandle.parse(connection);
        handle.pragma('journal_mode = WAL');
        handle.pragma('foreign_keys = ON');
        handle.pragma('busy_timeout = 5000');
        done(null, connection);
      },
    },
  });
}
