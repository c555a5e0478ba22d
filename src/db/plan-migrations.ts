import type { Knex } from 'knex';
import { z } from 'zod';
import { readMigrations } from './migrate-database.ts';
import { EXPAND } from './migration-ledgers.ts';

/** One statement, on its way to the driver. */
interface Statement {
  readonly sql: string;
  readonly bindings?: readonly Knex.RawBinding[] | undefined;
  response?: unknown;
}

type SendStatement = (connection: unknown, statement: Statement) => Promise<unknown>;

const sending = z.custom<{ _query: SendStatement }>(
  (client) => typeof client === 'object' && client !== null && '_query' in client,
);

/** What only looks, on any engine. */
const LOOKS = /^\s*(select|show|pragma)\b/i;
/** What a driver gives for a statement that has changed nothing. */
const NOTHING: Readonly<Record<string, unknown>> = {
  postgresql: { rows: [], rowCount: 0, command: '' },
  mysql: [[], []],
};

/**
 * The statements by which the expand migrations that are missing would be applied; nothing is changed.
 * @param knex is not to be used for anything else afterwards: what it is given to write is not written
 */
export async function planUp(knex: Knex): Promise<readonly string[]> {
  const states = await readMigrations(knex);
  const pending = new Set(states.flatMap(({ name, state }) => (state === 'pending' ? [name] : [])));
  const statements = holdBackWrites(knex);
  for (const migration of EXPAND.migrations) {
    if (pending.has(migration.name)) await migration.up(knex);
  }
  return statements;
}

/** @returns what was held back so far, as text */
function holdBackWrites(knex: Knex): readonly string[] {
  const heldBack: string[] = [];
  const engine = z.string().parse(knex.client.dialect);
  const client = sending.parse(knex.client);
  const send = client._query.bind(client);
  client._query = async (connection, statement) => {
    if (LOOKS.test(statement.sql)) return send(connection, statement).catch(orMissing(statement));
    heldBack.push(knex.raw(toQuestionMarks(statement.sql), [...(statement.bindings ?? [])]).toString());
    statement.response = NOTHING[engine] ?? [];
    return statement;
  };
  return heldBack;
}

/** A table that is only held back is not there to be looked at. */
function orMissing(statement: Statement) {
  return (error: unknown) => {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ER_NO_SUCH_TABLE') throw error;
    statement.response = NOTHING.mysql;
    return statement;
  };
}

/** PostgreSQL's driver counts what is filled in. */
function toQuestionMarks(sql: string): string {
  return sql.replace(/\$\d+/g, '?');
}
