import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { z } from 'zod';
import { connectDatabase } from './connect-database.ts';

/** How long a process waits for another one that changes the schema: large tables take their time. */
const WAIT_MS = 300_000;
const LOOK_MS = 100;
/** How often the lock’s own connection shows that it is in use. */
const HEARTBEAT_MS = 1_000;
/** Any number that no other program takes for its own. */
const POSTGRES_KEY = 7_118_290_401;
/** The last part of the name of the file that is locked beside a SQLite file. */
const LOCK_FILE = '-migrating';

const row = z.object({ taken: z.number().nullable() }).transform(({ taken }) => taken === 1);
/** As PostgreSQL and MySQL give rows. */
const answer = z.union([
  z.object({ rows: z.tuple([row]) }).transform(({ rows: [taken] }) => taken),
  z.tuple([z.tuple([row]), z.unknown()]).transform(([[taken]]) => taken),
]);

/**
 * Does something while no other process does it on the same database. The database lets go of the lock where the process
 * ends, however it ends.
 * @throws Error where another process has it for too long, and what the work throws
 */
export async function underMigrationLock<T>(db: Knex, work: () => Promise<T>): Promise<T> {
  const engine: unknown = db.client.dialect;
  if (engine === 'postgresql' || engine === 'mysql') return underServerLock(db, engine, work);
  return underFileLock(z.string().parse(db.client.config.connection.filename), work);
}

/** The lock is held by one connection, the work is done by others. */
function underServerLock<T>(db: Knex, engine: 'postgresql' | 'mysql', work: () => Promise<T>): Promise<T> {
  return db.transaction(async (holder) => {
    const take = async () => answer.parse(await TAKE[engine](holder));
    await holder.raw(STAY[engine]);
    await takeSoon(take);
    try {
      return await whileHeld(holder, work);
    } finally {
      if (engine === 'mysql') await holder.raw(`DO RELEASE_LOCK(${MYSQL_NAME})`);
    }
  });
}

/** The work does not go on, as far as anybody waits for it, where the connection that has the lock is gone. */
async function whileHeld<T>(holder: Knex, work: () => Promise<T>): Promise<T> {
  const { promise: lost, reject } = Promise.withResolvers<never>();
  const beat = setInterval(() => void holder.raw('SELECT 1').catch(reject), HEARTBEAT_MS);
  try {
    return await Promise.race([work(), lost]);
  } finally {
    clearInterval(beat);
    lost.catch(() => {});
  }
}

/** A server may end connections that say nothing for a while. */
const STAY = {
  postgresql: 'SET LOCAL idle_in_transaction_session_timeout = 0',
  mysql: 'SET SESSION wait_timeout = 86400',
};

/** Names of locks are the server's, and have 64 characters at most. */
const MYSQL_NAME = "CONCAT('banyan.', MD5(DATABASE()))";
const TAKE = {
  postgresql: (holder: Knex) => holder.raw('SELECT pg_try_advisory_xact_lock(?) AS taken', [POSTGRES_KEY]),
  mysql: (holder: Knex) => holder.raw(`SELECT GET_LOCK(${MYSQL_NAME}, 0) AS taken`),
};

/** A file of its own: the database itself has one connection, which the work needs. */
async function underFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const holder = connectDatabase({ engine: 'sqlite', file: `${file}${LOCK_FILE}` });
  try {
    await holder.raw('PRAGMA busy_timeout = 0');
    await takeSoon(() => holder.raw('BEGIN EXCLUSIVE').then(() => true, isTaken));
    return await work();
  } finally {
    await holder.destroy();
  }
}

function isTaken(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return false;
  throw error;
}

async function takeSoon(take: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + WAIT_MS;
  while (!(await take())) {
    if (performance.now() > until) {
      throw new Error(`Another process has been changing the schema for ${WAIT_MS / 1000} seconds.`);
    }
    await sleep(LOOK_MS);
  }
}
