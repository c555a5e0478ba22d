import type { Knex } from 'knex';
import { z } from 'zod';

/** Every object of a schema in words, in an order of its own: equal schemas have equal descriptions. */
export type SchemaDescription = readonly string[];

const rows = z.array(z.record(z.string(), z.unknown()));
const mysqlAnswer = z.tuple([rows, z.unknown()]).transform(([found]) => found);
const postgresAnswer = z.object({ rows }).transform(({ rows: found }) => found);

const POSTGRES = [
  `SELECT 'column' AS kind, table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
     FROM information_schema.columns WHERE table_schema = current_schema()`,
  `SELECT 'index' AS kind, tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()`,
  `SELECT 'constraint' AS kind, conrelid::regclass::text AS table_name, conname, pg_get_constraintdef(oid)
     FROM pg_constraint WHERE connamespace = current_schema()::regnamespace`,
];
const MYSQL = [
  `SELECT 'table' AS kind, TABLE_NAME AS table_name, ENGINE, TABLE_COLLATION FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE()`,
  `SELECT 'column' AS kind, TABLE_NAME AS table_name, COLUMN_NAME, COLUMN_TYPE, COLLATION_NAME, IS_NULLABLE,
          COLUMN_DEFAULT, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()`,
  `SELECT 'index' AS kind, TABLE_NAME AS table_name, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE
     FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()`,
  `SELECT 'constraint' AS kind, TABLE_NAME AS table_name, CONSTRAINT_NAME, REFERENCED_TABLE_NAME, DELETE_RULE
     FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()`,
];

/** The tables of the database, by name. */
export async function tablesOf(db: Knex): Promise<readonly string[]> {
  const names = (await describeSchema(db)).flatMap((line) => /^table (\S+)/.exec(line)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}

/** @param leftOut tables, with all that belongs to them */
export async function describeSchema(db: Knex, leftOut: readonly string[] = []): Promise<SchemaDescription> {
  const found = await readObjects(db);
  const tables = new Set(found.map((row) => String(row.table_name ?? row.tablename)));
  const named = [...tables].map((name) => ({ kind: 'table', table_name: name }));
  return [...named, ...found]
    .filter((row) => !leftOut.includes(String(row.table_name ?? ('tablename' in row ? row.tablename : ''))))
    .map((row) => Object.values(row).join(' '))
    .toSorted();
}

async function readObjects(db: Knex): Promise<z.output<typeof rows>> {
  const engine: unknown = db.client.dialect;
  if (engine === 'postgresql') {
    const answers = await Promise.all(POSTGRES.map((sql) => db.raw(sql)));
    return answers.flatMap((answer) => postgresAnswer.parse(answer));
  }
  if (engine === 'mysql') {
    const answers = await Promise.all(MYSQL.map((sql) => db.raw(sql)));
    return answers.flatMap((answer) => mysqlAnswer.parse(answer));
  }
  const objects = await db('sqlite_master')
    .whereNot({ tbl_name: 'sqlite_sequence' })
    // A table that was made anew for a column that went is written another way.
    .select(
      db.raw("'object' AS kind"),
      'tbl_name as table_name',
      'name',
      db.raw(`lower(replace(replace(sql, '"', ''), '\`', ''))`),
    );
  return rows.parse(objects);
}
