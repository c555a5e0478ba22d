import type { Knex } from 'knex';
import { z } from 'zod';
import { ConfigurationError } from '../core/configuration-error.ts';
import { EXPAND, type MigrationLedger, type NamedMigration } from './migration-ledgers.ts';
import { underMigrationLock } from './migration-lock.ts';

/** Where a migration stands: `unknown` is one that a newer version has applied. */
export interface MigrationState {
  readonly name: string;
  readonly state: 'applied' | 'pending' | 'unknown';
  /** Epoch milliseconds. */
  readonly appliedAt: number | undefined;
}

/** Of the ledger, in Knex's own columns: what is being taken back may be half there, and is neither. */
const BATCH = { applied: 1, beingTakenBack: 0 };

const ledgerRows = z.array(
  z.object({ name: z.string(), batch: z.number(), migration_time: z.coerce.date() }),
);

/**
 * Applies the expand migrations that are missing, one process at a time. What was cut off half way, going up or down, is
 * brought to its end.
 * @param fill puts into the database what belongs into an empty one, while no other process does
 * @returns names of what was applied
 * @throws ConfigurationError where a newer version has migrated the database, and what `fill` throws
 */
export function migrateUp(knex: Knex, fill?: () => Promise<void>): Promise<readonly string[]> {
  return underMigrationLock(knex, async () => {
    const { pending } = await openLedger(knex, EXPAND);
    for (const migration of pending) await apply(knex, EXPAND, migration);
    await fill?.();
    return pending.map(({ name }) => name);
  });
}

/**
 * Takes expand migrations back, the newest first.
 * @param count how many; all where it is left out
 * @returns names of what was taken back
 * @throws ConfigurationError where a newer version has migrated the database: it alone knows how to take that back
 */
export function migrateDown(knex: Knex, count?: number): Promise<readonly string[]> {
  return underMigrationLock(knex, async () => {
    const { standing } = await openLedger(knex, EXPAND);
    const newest = standing.toReversed().slice(0, count);
    for (const migration of newest) await takeBack(knex, EXPAND, migration);
    return newest.map(({ name }) => name);
  });
}

/** Where each migration stands, in their order; changes nothing. */
export async function readMigrations(
  knex: Knex,
  { tableName, migrations }: MigrationLedger = EXPAND,
): Promise<readonly MigrationState[]> {
  const rows = (await knex.schema.hasTable(tableName)) ? await readLedger(knex, tableName) : [];
  const at = new Map(
    rows.flatMap(({ name, batch, migration_time }) =>
      batch === BATCH.beingTakenBack ? [] : [[name, migration_time.getTime()] as const],
    ),
  );
  const known = migrations.map(({ name }): MigrationState => {
    const appliedAt = at.get(name);
    return { name, state: appliedAt === undefined ? 'pending' : 'applied', appliedAt };
  });
  const names = new Set(migrations.map(({ name }) => name));
  const unknown = [...at].flatMap(([name, appliedAt]): readonly MigrationState[] =>
    names.has(name) ? [] : [{ name, state: 'unknown', appliedAt }],
  );
  return [...known, ...unknown];
}

interface OpenLedger {
  /** With those that are half there. */
  readonly pending: readonly NamedMigration[];
  /** Applied, or were being taken back when the process ended. */
  readonly standing: readonly NamedMigration[];
}

/** @throws ConfigurationError where it has what this version does not know */
async function openLedger(knex: Knex, ledger: MigrationLedger): Promise<OpenLedger> {
  const { tableName, migrations } = ledger;
  const states = await readMigrations(knex, ledger);
  refuseNewer(states);
  if (!(await knex.schema.hasTable(tableName))) await createLedger(knex, tableName);
  const noted = new Set((await readLedger(knex, tableName)).map(({ name }) => name));
  const applied = new Set(states.flatMap(({ name, state }) => (state === 'applied' ? [name] : [])));
  return {
    pending: migrations.filter(({ name }) => !applied.has(name)),
    standing: migrations.filter(({ name }) => noted.has(name)),
  };
}

function refuseNewer(states: readonly MigrationState[]): void {
  const unknown = states.flatMap(({ name, state }) => (state === 'unknown' ? [name] : []));
  if (unknown.length === 0) return;
  throw new ConfigurationError([
    `DATABASE_URL: a newer version has migrated this database, by what this one does not know: ${unknown.join(', ')}`,
  ]);
}

async function readLedger(knex: Knex, tableName: string): Promise<z.output<typeof ledgerRows>> {
  return ledgerRows.parse(await knex(tableName).orderBy('id'));
}

/** As Knex's own migrator makes it, which has kept it in earlier versions. */
async function createLedger(knex: Knex, tableName: string): Promise<void> {
  await knex.schema.createTable(tableName, (table) => {
    table.increments();
    table.string('name');
    table.integer('batch');
    table.timestamp('migration_time');
  });
}

/** Is recorded when it is done: with it, where the engine can; else what is half done is gone on with. */
async function apply(knex: Knex, { tableName }: MigrationLedger, migration: NamedMigration): Promise<void> {
  const { name } = migration;
  await atOnce(knex, async (db) => {
    await migration.up(db);
    const migration_time = new Date();
    const marked = await db(tableName).where({ name }).update({ batch: BATCH.applied, migration_time });
    if (marked === 0) await db(tableName).insert({ name, batch: BATCH.applied, migration_time });
  });
}

/** Where it cannot be done at once it is said beforehand: what is half there must not count as applied. */
async function takeBack(
  knex: Knex,
  { tableName }: MigrationLedger,
  migration: NamedMigration,
): Promise<void> {
  const { name } = migration;
  await knex(tableName).where({ name }).update({ batch: BATCH.beingTakenBack });
  await atOnce(knex, async (db) => {
    await migration.down(db);
    await db(tableName).where({ name }).delete();
  });
}

/** MySQL commits each statement that changes a schema by itself. */
function atOnce(knex: Knex, work: (db: Knex) => Promise<void>): Promise<void> {
  return knex.client.dialect === 'mysql' ? work(knex) : knex.transaction(work);
}
