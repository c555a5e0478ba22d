import { join } from 'node:path';
import type { Knex } from 'knex';
import { onTestFinished } from 'vitest';
import { connectDatabase } from '../../src/db/connect-database.ts';
import { migrateUp } from '../../src/db/migrate-database.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface TestDatabase {
  readonly db: Knex;
  /** The SQLite file; its journal lies beside it. */
  readonly file: string;
}

/** An empty database in a folder of the running test's own, closed when the test is over. */
export function createDatabase(): TestDatabase {
  const file = join(temporaryFolder(), 'data', 'gateway.db');
  const db = connectDatabase(file);
  onTestFinished(() => db.destroy());
  return { db, file };
}

/** The same, with all expand migrations applied. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  const database = createDatabase();
  await migrateUp(database.db);
  return database;
}
