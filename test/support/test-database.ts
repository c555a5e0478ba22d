import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import type { DatabaseLocation } from '../../src/core/database-location.ts';
import { Secret } from '../../src/core/secret.ts';
import { connectDatabase } from '../../src/db/connect-database.ts';
import type { DatabaseServer } from './database-engines.ts';
import { tablesOf } from './describe-schema.ts';

/** The database in `DATABASE_URL`'s words. */
export function databaseUrlOf(location: DatabaseLocation): string {
  return location.engine === 'sqlite' ? `sqlite:${location.file}` : location.url.reveal();
}

/**
 * The database of an installation with this data folder, of the engine that the tests run on: the same folder has the
 * same database. On a server it is made where it is not there yet.
 */
export async function databaseOf(dataDir: string): Promise<DatabaseLocation> {
  const server = inject('databaseServer');
  if (server === undefined) return { engine: 'sqlite', file: join(dataDir, 'gateway.db') };
  const name = nameOf(dataDir);
  await askServer(server, async (db) => {
    if (server.engine === 'mysql')
      await db.raw('CREATE DATABASE IF NOT EXISTS ?? CHARACTER SET utf8mb4', [name]);
    else if (!(await hasDatabase(db, name))) await db.raw('CREATE DATABASE ?? STRATEGY file_copy', [name]);
  });
  return { engine: server.engine, url: new Secret(`${server.url}/${name}`) };
}

/** Takes it away, on a server; the file goes with its folder. */
export async function dropDatabaseOf(dataDir: string): Promise<void> {
  const server = inject('databaseServer');
  if (server === undefined) return;
  const force = server.engine === 'postgres' ? ' WITH (FORCE)' : '';
  await askServer(server, (db) => db.raw(`DROP DATABASE IF EXISTS ??${force}`, [nameOf(dataDir)]));
}

/** All that is stored, as bytes: of a file, with its journal; of a server, every row of every table. */
export async function storedBytes(
  db: ReturnType<typeof connectDatabase>,
  location: DatabaseLocation,
): Promise<Buffer> {
  if (location.engine === 'sqlite') {
    const folder = dirname(location.file);
    return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
  }
  const rows = await Promise.all((await tablesOf(db)).map((table) => db(table)));
  return Buffer.from(JSON.stringify(rows));
}

/** A connection of the running test's own, closed when it is over. */
export function connectForTest(location: DatabaseLocation): ReturnType<typeof connectDatabase> {
  const db = connectDatabase(location);
  onTestFinished(() => db.destroy());
  return db;
}

function nameOf(dataDir: string): string {
  return `banyan_${hash('sha256', dataDir, 'hex').slice(0, 24)}`;
}

async function hasDatabase(db: ReturnType<typeof connectDatabase>, name: string): Promise<boolean> {
  return (await db('pg_database').where({ datname: name }).first()) !== undefined;
}

async function askServer(
  { engine, url }: DatabaseServer,
  ask: (db: ReturnType<typeof connectDatabase>) => Promise<unknown>,
): Promise<void> {
  const own = engine === 'postgres' ? 'postgres' : 'mysql';
  const db = connectDatabase({ engine, url: new Secret(`${url}/${own}`) });
  try {
    await ask(db);
  } finally {
    await db.destroy();
  }
}
