import type { Knex } from 'knex';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { tablesOf } from '../../../test/support/describe-schema.ts';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { isJsonObject } from '../../core/json.ts';
import { CATALOG_ROWS } from './catalog-rows.ts';
import { LOGGED_ROWS } from './logged-rows.ts';
import { CHANGED_AT, MADE_UP, WRITTEN_AT, type WrittenRow } from './written-row.ts';

const ROWS: readonly WrittenRow[] = [...CATALOG_ROWS, ...LOGGED_ROWS];
/**
 * Nothing writes them here: the migrations' own, those of the legacy path, which go with it, and those that are
 * written and read as one, a run with its decisions, whose tests are the controller's.
 */
const OTHERS =
  /^(banyan_|sqlite_|portkey_gateways$|model_routing_rules$|release_|controller_leases$|webhook)/;
/** A column of the source system that nothing fills. */
const EMPTY = new Set(['system_config.description']);

const rowsSchema = z.array(z.record(z.string(), z.unknown()));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: WRITTEN_AT });
});
afterEach(() => {
  vi.useRealTimers();
});

async function written(row: WrittenRow): Promise<Knex> {
  const { db } = await createMigratedDatabase();
  await row.write(db, () => vi.setSystemTime(CHANGED_AT));
  return db;
}

/** With what is another text each time replaced, in those places that say so. */
function comparable(actual: unknown, expected: unknown): unknown {
  if (!isJsonObject(actual) || !isJsonObject(expected)) return actual;
  return Object.fromEntries(
    Object.entries(actual).map(([name, value]) => [name, expected[name] === MADE_UP ? MADE_UP : value]),
  );
}

describe.each(ROWS)('what is written into $table', (row) => {
  it('D3 stands in the columns of its names, and is read back as it was written', async () => {
    const db = await written(row);
    const stored = rowsSchema.parse(await db(row.table));
    const [first, ...others] = stored.map((each) => comparable(each, row.columns));
    expect(first).toEqual(row.columns);
    expect(others).toEqual([]);
    expect(comparable(await row.read(db), row.fields)).toEqual(row.fields);
  });

  it('D3 is another value in each column, so that none could be in the place of another', () => {
    const values = Object.values(row.columns).filter((value) => value !== 0 && value !== null);
    expect(new Set(values).size).toBe(values.length);
  });
});

describe('the tables', () => {
  it('D3 are all of them shown here, with a value in each column', async () => {
    const { db } = await createMigratedDatabase();
    const tables = await tablesOf(db);
    for (const table of tables.filter((name) => !OTHERS.test(name))) {
      const shown = ROWS.filter((row) => row.table === table);
      for (const column of Object.keys(await db(table).columnInfo())) {
        const values = shown.map(({ columns }) => columns[column] ?? 0);
        const isFilled = values.some((value) => value !== 0);
        expect(isFilled, `${table}.${column} is filled`).toBe(!EMPTY.has(`${table}.${column}`));
      }
    }
  });
});
