import type { Knex } from 'knex';

/** Adds one column to a table that is there. */
export type AddColumn = (table: Knex.AlterTableBuilder) => void;

/** Makes a table with its indexes unless it is there: what was cut off half way is gone on with. */
export async function createMissingTable(
  knex: Knex,
  name: string,
  build: (table: Knex.CreateTableBuilder) => void,
): Promise<void> {
  if (await knex.schema.hasTable(name)) return;
  if (isMysql(knex)) return createUnderAnotherName(knex, name, build);
  await knex.schema.createTable(name, build);
}

/**
 * MySQL commits each statement of a schema by itself: the table gets its name when it has all of its indexes, so that
 * one that is there is whole.
 */
async function createUnderAnotherName(
  knex: Knex,
  name: string,
  build: (table: Knex.CreateTableBuilder) => void,
): Promise<void> {
  const draft = `${name}__draft`;
  await knex.schema.dropTableIfExists(draft);
  const statements = knex.schema
    .createTable(name, (table) => {
      table.engine('InnoDB');
      table.charset('utf8mb4');
      // Names that differ by case or accents are different names, as they are on the other engines.
      table.collate('utf8mb4_bin');
      build(table);
    })
    .toSQL();
  for (const { sql, bindings } of statements) {
    await knex.raw(sql.replace(/^(create|alter) table `[^`]+`/, `$1 table \`${draft}\``), bindings);
  }
  await knex.schema.renameTable(draft, name);
}

function isMysql(knex: Knex): boolean {
  return knex.client.dialect === 'mysql';
}

/** Adds a column unless it is there. */
export async function addMissingColumn(
  knex: Knex,
  table: string,
  column: string,
  add: AddColumn,
): Promise<void> {
  if (!(await knex.schema.hasColumn(table, column))) await knex.schema.alterTable(table, add);
}

/** Takes a column away where it is there, and its table. */
export async function dropColumnIfThere(knex: Knex, table: string, column: string): Promise<void> {
  if (!(await knex.schema.hasTable(table)) || !(await knex.schema.hasColumn(table, column))) return;
  // Knex makes a SQLite table anew without the column, and where it drops the old one, rows that refer to it go as well.
  await knex.raw('ALTER TABLE ?? DROP COLUMN ??', [table, column]);
}

/** Epoch milliseconds. */
export function addTimes(table: Knex.CreateTableBuilder): void {
  table.bigInteger('created_at').notNullable();
  table.bigInteger('updated_at').notNullable();
}
