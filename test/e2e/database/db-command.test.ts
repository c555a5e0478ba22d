import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { describeSchema, tablesOf } from '../../support/describe-schema.ts';
import { createMigratedDatabase } from '../../support/migrated-database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { connectForTest, databaseOf, databaseUrlOf, dropDatabaseOf } from '../../support/test-database.ts';

const BANYAN = fileURLToPath(new URL('../../../src/cli/banyan.ts', import.meta.url));
const statusSchema = z.object({
  engine: z.string(),
  schema: z.enum(['newer', 'behind', 'current']),
  migrations: z.array(z.object({ ledger: z.string(), name: z.string(), state: z.string() })),
});

/** `banyan db` on a database of the running test's own. */
async function setUp() {
  const folder = temporaryFolder();
  const location = await databaseOf(folder);
  onTestFinished(() => dropDatabaseOf(folder));
  const banyan = (...parameters: readonly string[]) => run(parameters, databaseUrlOf(location));
  const status = async () => statusSchema.parse(JSON.parse((await banyan('status', '--json')).stdout));
  return { banyan, status, db: connectForTest(location), location };
}

function run(
  parameters: readonly string[],
  url: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, DATABASE_URL: url };
  return new Promise((resolve) => {
    execFile(process.execPath, [BANYAN, 'db', ...parameters], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

it('says where the database stands, migrates it, and takes the newest back', async () => {
  const { banyan, status, db, location } = await setUp();
  const before = await status();
  expect(before).toMatchObject({ engine: location.engine, schema: 'behind' });
  expect(new Set(before.migrations.map(({ state }) => state))).toEqual(new Set(['pending']));
  const names = before.migrations.map(({ name }) => name);
  expect(await banyan('up')).toMatchObject({ code: 0, stdout: `${names.join('\n')}\n`, stderr: '' });
  expect(await status()).toMatchObject({ schema: 'current' });
  expect(await banyan('up')).toMatchObject({ code: 0, stdout: 'nothing to do\n' });
  const fresh = await describeSchema(db);
  const taken = await banyan('down', '--steps', '2', '--json');
  expect(JSON.parse(taken.stdout)).toEqual({ taken_back: names.slice(-2).toReversed() });
  expect((await status()).migrations.filter(({ state }) => state === 'pending')).toHaveLength(2);
  await banyan('up');
  expect(await describeSchema(db)).toEqual(fresh);
  expect((await banyan('down', '--all')).code).toBe(0);
  expect((await tablesOf(db)).filter((name) => !name.startsWith('banyan_'))).toEqual([]);
});

it('prints the SQL by which it would migrate, and changes nothing', async () => {
  const { banyan, db, status, location } = await setUp();
  const planned = await banyan('up', '--dry-run');
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  expect(planned.stdout).toMatch(/^create table .users(__draft)?. .*;$/m);
  expect(location.engine === 'sqlite' && existsSync(location.file)).toBe(false);
  expect(await tablesOf(db)).toEqual([]);
  await banyan('up');
  await banyan('down');
  const { statements } = z
    .object({ statements: z.array(z.string()) })
    .parse(JSON.parse((await banyan('plan', '--json')).stdout));
  expect(statements).toHaveLength(1);
  expect(statements[0]).toMatch(/release_counts.*set_aside/);
  expect((await status()).schema).toBe('behind');
  // Those that were printed are those that are needed.
  const fresh = await createMigratedDatabase();
  for (const statement of statements) await db.raw(statement);
  await banyan('up');
  expect(await describeSchema(db)).toEqual(await describeSchema(fresh.db));
});

it('refuses a database that a newer version has migrated, and leaves it as it is', async () => {
  const { banyan, status, db } = await setUp();
  await banyan('up');
  await db('banyan_expand_migrations').insert({
    name: '9999_from_the_future',
    batch: 9,
    migration_time: new Date(),
  });
  expect(await status()).toMatchObject({ schema: 'newer' });
  const schema = await describeSchema(db);
  for (const command of ['up', 'down']) {
    expect(await banyan(command)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('9999_from_the_future'),
    });
  }
  expect(await describeSchema(db)).toEqual(schema);
});

it.each([
  ['down', ['--steps', '0']],
  ['down', ['--steps', 'two']],
  ['sideways', []],
])('is used wrongly as `db %s` with %j', async (command, options) => {
  const { banyan } = await setUp();
  expect((await banyan(command, ...options)).code).toBe(2);
});
