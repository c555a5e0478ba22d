import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { Knex } from 'knex';
import { parseEnvironment } from '../config/environment.ts';
import { toSettings } from '../config/settings.ts';
import type { DatabaseLocation } from '../core/database-location.ts';
import { connectDatabase } from '../db/connect-database.ts';
import { toConnectionFault } from '../db/connection-fault.ts';
import { type MigrationState, migrateDown, migrateUp, readMigrations } from '../db/migrate-database.ts';
import { planUp } from '../db/plan-migrations.ts';
import { type PrintOptions, printList, printObject } from './print-answer.ts';

const NOTHING_YET: DatabaseLocation = { engine: 'sqlite', file: ':memory:' };

type Variables = Readonly<Record<string, string | undefined>>;

interface UpOptions extends PrintOptions {
  readonly dryRun?: true;
}

interface DownOptions extends PrintOptions {
  readonly steps: number;
  readonly all?: true;
}

/**
 * Adds `banyan db`: the database that `DATABASE_URL` names, whether or not a gateway runs on it.
 * @param variables the process's
 */
export function addDatabaseCommands(program: Command, variables: Variables): void {
  const db = program
    .command('db')
    .description('looks after the database at DATABASE_URL, with the gateway up or down');

  db.command('status')
    .description('says which migrations were applied, and which are to come')
    .option('--json', 'one JSON object')
    .action((options: PrintOptions) =>
      withDatabase(variables, 'look', (knex, location) => status(knex, location, options)),
    );

  db.command('up')
    .description('applies the expand migrations that are missing, as each start of the gateway does')
    .option('--dry-run', 'prints the SQL and changes nothing')
    .option('--json', 'one JSON object')
    .action(({ dryRun, ...options }: UpOptions) =>
      dryRun === true
        ? withDatabase(variables, 'look', (knex) => plan(knex, options))
        : withDatabase(variables, 'change', (knex) => up(knex, options)),
    );

  db.command('plan')
    .description('prints the SQL by which `up` would migrate, and changes nothing')
    .option('--json', 'one JSON object')
    .action((options: PrintOptions) => withDatabase(variables, 'look', (knex) => plan(knex, options)));

  db.command('down')
    .description('takes the newest expand migration back, with what is in it: no older version needs that')
    .option('--steps <number>', 'how many, instead of one', toCount, 1)
    .option('--all', 'all of them: nothing but the ledger is left')
    .option('--json', 'one JSON object')
    .action((options: DownOptions) => withDatabase(variables, 'change', (knex) => down(knex, options)));
}

async function withDatabase(
  variables: Variables,
  purpose: 'look' | 'change',
  act: (knex: Knex, location: DatabaseLocation) => Promise<void>,
): Promise<void> {
  const { database } = toSettings(parseEnvironment(variables).environment);
  // To look is not to make: of a file that is not there it is known what is in it.
  const isMissing = purpose === 'look' && database.engine === 'sqlite' && !existsSync(database.file);
  const knex = connectDatabase(isMissing ? NOTHING_YET : database);
  try {
    await act(knex, database);
  } catch (error) {
    throw toConnectionFault(error);
  } finally {
    await knex.destroy();
  }
}

async function status(knex: Knex, { engine }: DatabaseLocation, options: PrintOptions): Promise<void> {
  const migrations = (await readMigrations(knex)).map(toRow);
  if (options.json === true)
    return printObject({ engine, schema: schemaOf(migrations), migrations }, options);
  console.log(`${engine}: the schema is ${schemaOf(migrations)}\n`);
  printList('migrations', migrations, ['ledger', 'name', 'state', 'applied_at'], options);
}

function toRow({ name, state, appliedAt }: MigrationState) {
  const applied_at = appliedAt === undefined ? null : new Date(appliedAt).toISOString();
  return { ledger: 'expand', name, state, applied_at };
}

function schemaOf(migrations: readonly Pick<MigrationState, 'state'>[]): 'newer' | 'behind' | 'current' {
  if (migrations.some(({ state }) => state === 'unknown')) return 'newer';
  return migrations.some(({ state }) => state === 'pending') ? 'behind' : 'current';
}

async function up(knex: Knex, options: PrintOptions): Promise<void> {
  printNames('applied', await migrateUp(knex), options);
}

async function plan(knex: Knex, options: PrintOptions): Promise<void> {
  const statements = await planUp(knex);
  if (options.json === true) printObject({ statements }, options);
  else for (const statement of statements) console.log(`${statement};`);
}

async function down(knex: Knex, { steps, all, ...options }: DownOptions): Promise<void> {
  printNames('taken_back', await migrateDown(knex, all === true ? undefined : steps), options);
}

function toCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

function printNames(what: string, names: readonly string[], options: PrintOptions): void {
  if (options.json === true) printObject({ [what]: names }, options);
  else console.log(names.length === 0 ? 'nothing to do' : names.join('\n'));
}
