import type { Knex } from 'knex';
import { onTestFinished } from 'vitest';
import type { DatabaseLocation } from '../../src/core/database-location.ts';
import { migrateUp } from '../../src/db/migrate-database.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { connectForTest, databaseOf, dropDatabaseOf } from './test-database.ts';

export interface TestDatabase {
  readonly db: Knex;
  readonly location: DatabaseLocation;
}

/** An empty database of the running test's own, closed and taken away when the test is over. */
export async function createDatabase(): Promise<TestDatabase> {
  const folder = `${temporaryFolder()}/data`;
  const location = await databaseOf(folder);
  onTestFinished(() => dropDatabaseOf(folder));
  return { db: connectForTest(location), location };
}

/** The same, with all expand migrations applied. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  await migrateUp(database.db);
  return database;
}
