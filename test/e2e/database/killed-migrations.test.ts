import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { expect, it, onTestFinished } from 'vitest';
import { EXPAND } from '../../../src/db/migration-ledgers.ts';
import { describeSchema, tablesOf } from '../../support/describe-schema.ts';
import { createDatabase, createMigratedDatabase } from '../../support/migrated-database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { databaseUrlOf } from '../../support/test-database.ts';

const PROGRAM = join(import.meta.dirname, 'migrating-process.ts');
const LIMIT_MS = 600_000;
const ALL = EXPAND.migrations.length;

/** Processes that wait for their orders: each takes a while to start. */
function startProcesses() {
  const env = { NODE_COMPILE_CACHE: temporaryFolder() };
  const start = () => spawn(process.execPath, [PROGRAM], { env, stdio: ['pipe', 'ignore', 'pipe'] });
  let waiting: ChildProcess = start();
  onTestFinished(() => void waiting.kill('SIGKILL'));
  return async (orders: object): Promise<'killed' | 'done'> => {
    const child = waiting;
    waiting = start();
    let told = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const ended = once(child, 'close');
    child.stdin?.end(JSON.stringify(orders));
    const [code, signal] = await ended;
    if (signal === 'SIGKILL') return 'killed';
    if (code !== 0) throw new Error(told);
    return 'done';
  };
}

/** Kills one process after the other, each a statement later, until one comes to its end. @returns how many */
async function killAtEach(
  db: Knex,
  run: ReturnType<typeof startProcesses>,
  orders: { readonly database: string; readonly direction: 'up' | 'down' },
): Promise<number> {
  for (let kills = 0, killedAt = 1; ; kills += 1) {
    const before = await ledgerOf(db);
    if ((await run({ ...orders, killedAt })) === 'done') return kills;
    // With a migration that has come to its end the count begins anew.
    killedAt = (await ledgerOf(db)) === before ? killedAt + 1 : 1;
  }
}

async function ledgerOf(db: Knex): Promise<string> {
  if (!(await db.schema.hasTable(EXPAND.tableName))) return '';
  return JSON.stringify(await db(EXPAND.tableName).select('name', 'batch').orderBy('id'));
}

const KEPT = { id: 'kept', type: 'openai', api_key: 'v1:', created_at: 1, updated_at: 1 };

it('D7 are brought to their end by the next start, whichever statement a process was killed at', {
  timeout: LIMIT_MS,
}, async () => {
  const { db, location } = await createDatabase();
  const fresh = await createMigratedDatabase();
  const run = startProcesses();
  const database = databaseUrlOf(location);
  expect(await killAtEach(db, run, { database, direction: 'up' })).toBeGreaterThan(2 * ALL);
  expect(await describeSchema(db)).toEqual(await describeSchema(fresh.db));

  await db('providers').insert(KEPT);
  expect(await killAtEach(db, run, { database, direction: 'down' })).toBeGreaterThan(2 * ALL);
  expect(await tablesOf(db)).toEqual([EXPAND.tableName]);
  expect(await run({ database, direction: 'up', killedAt: 0 })).toBe('done');
  expect(await describeSchema(db)).toEqual(await describeSchema(fresh.db));
});

it('leave no row behind where one that was killed on the way back goes up again', {
  timeout: LIMIT_MS,
}, async () => {
  const { db, location } = await createMigratedDatabase();
  const fresh = await describeSchema(db);
  await db('providers').insert(KEPT);
  const run = startProcesses();
  const database = databaseUrlOf(location);
  for (let killedAt = 1; killedAt <= 12; killedAt += 1) {
    expect(await run({ database, direction: 'down', killedAt })).toBe('killed');
    expect(await run({ database, direction: 'up', killedAt: 0 })).toBe('done');
    expect(await describeSchema(db)).toEqual(fresh);
    expect(await db('providers').select('id')).toEqual([{ id: 'kept' }]);
  }
});
