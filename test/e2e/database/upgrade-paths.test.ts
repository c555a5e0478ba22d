import fc from 'fast-check';
import type { Knex } from 'knex';
import { expect, it } from 'vitest';
import { migrateDown, migrateUp } from '../../../src/db/migrate-database.ts';
import { EXPAND } from '../../../src/db/migration-ledgers.ts';
import { describeSchema } from '../../support/describe-schema.ts';
import { createDatabase } from '../../support/migrated-database.ts';

const PATHS = 5;
const TIMES = { created_at: 1_764_000_000_001, updated_at: 1_764_000_000_002 };
/** In the order in which they refer to each other; the columns are those that the first migration makes. */
const TABLES = ['users', 'providers', 'models', 'virtual_keys', 'system_config'] as const;

type Row = Readonly<Record<string, string | number | null>>;

/** Rows of every table that is there from the first migration on; texts are any, as clients send them. */
const seeds = fc
  .array(fc.string({ unit: 'grapheme', maxLength: 60 }).map(withoutNull), { minLength: 1, maxLength: 6 })
  .map((texts) => texts.flatMap((text, index) => rowsOf(text, index)));

/** PostgreSQL takes every character but this one. */
function withoutNull(text: string): string {
  return text.replaceAll('\u0000', '');
}

function rowsOf(text: string, index: number): readonly (readonly [(typeof TABLES)[number], Row])[] {
  const id = `id_${index}`;
  const key = { id, name: id, key_hash: `hash ${index}`, models: JSON.stringify([text]), rpm_limit: null };
  return [
    ['users', { id, username: id, password_hash: text, role: 'viewer', ...TIMES }],
    ['providers', { id, type: 'openai', base_url: text, api_key: text, ...TIMES }],
    ['models', { id, name: id, provider_id: id, model_identifier: id, ...TIMES }],
    ['virtual_keys', { ...key, ...TIMES }],
    ['system_config', { key: id, value: text, description: null, updated_at: index }],
  ];
}

/** Each step goes so many migrations back, and all of them up again; the first is never left. */
const steps = fc.array(fc.integer({ min: 1, max: EXPAND.migrations.length - 1 }), {
  minLength: 1,
  maxLength: 3,
});

async function insert(db: Knex, rows: readonly (readonly [string, Row])[]): Promise<void> {
  for (const [table, row] of rows) await db(table).insert(row);
}

async function contentOf(db: Knex): Promise<Record<string, unknown[]>> {
  const content: Record<string, unknown[]> = {};
  for (const table of TABLES) {
    const rows: Record<string, unknown>[] = await db(table);
    content[table] = rows.toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  }
  return content;
}

function idOf(row: Record<string, unknown>): string {
  return String(row.id ?? row.key);
}

it('D5 any way up and down ends in the schema and the rows of a database that was migrated once', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(seeds, steps, async (rows, back) => {
      const [fresh, old] = [await createDatabase(), await createDatabase()];
      await migrateUp(fresh.db);
      await insert(fresh.db, rows);
      await migrateUp(old.db);
      await migrateDown(old.db, EXPAND.migrations.length - 1);
      await insert(old.db, rows);
      for (const count of back) {
        await migrateUp(old.db);
        await migrateDown(old.db, count);
      }
      await migrateUp(old.db);
      expect(await describeSchema(old.db)).toEqual(await describeSchema(fresh.db));
      expect(await contentOf(old.db)).toEqual(await contentOf(fresh.db));
    }),
    { numRuns: PATHS },
  );
});
