import type { Knex } from 'knex';
import { z } from 'zod';
import type { VirtualKey } from '../core/catalog.ts';
import { counted, type PageRequest } from './page.ts';
import { bigNumber } from './row-types.ts';
import { toVirtualKey, virtualKeyRow } from './virtual-keys-repository.ts';

const rowSchema = virtualKeyRow.extend({
  key_prefix: z.string().nullable(),
  owner_id: z.string().nullable(),
  created_at: bigNumber,
  updated_at: bigNumber,
  spent_tokens: bigNumber.nullable(),
  spent_nano_dollars: bigNumber.nullable(),
});

/** A virtual key with what only those see who administer it; times are epoch milliseconds. */
export interface KeyRecord extends VirtualKey {
  /** The key's first characters; undefined for keys of a configuration file. */
  readonly keyPrefix: string | undefined;
  /** The account that it belongs to; undefined where it is nobody's. */
  readonly ownerId: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** In the month that was asked for. */
  readonly spent: { readonly tokens: number; readonly nanoDollars: number };
}

/** Which keys are asked for, and in which month (such as `2026-11`) they are to have spent. */
export interface KeyQuery {
  readonly month: string;
  /** Of this account only. */
  readonly ownerId?: string | undefined;
  readonly id?: string | undefined;
  /** What the name has in it, in small or capital letters. */
  readonly search?: string | undefined;
}

/** The keys, by name, with their spending, in one query. */
export async function findKeyRecords(
  db: Knex,
  query: KeyQuery,
  page?: PageRequest,
): Promise<readonly KeyRecord[]> {
  const rows = matching(db, query)
    .leftJoin('key_spending as s', (join) => {
      join.on('s.virtual_key_id', 'k.id').andOnVal('s.month', query.month);
    })
    .select('k.*', 's.tokens as spent_tokens', 's.nano_dollars as spent_nano_dollars')
    .orderBy('k.name');
  if (page !== undefined) rows.limit(page.pageSize).offset((page.page - 1) * page.pageSize);
  return z
    .array(rowSchema)
    .parse(await rows)
    .map(toRecord);
}

/** How many keys there are, on whatever page. */
export async function countKeys(db: Knex, query: Omit<KeyQuery, 'month'>): Promise<number> {
  return counted.parse(await matching(db, query).count({ total: '*' }).first()).total;
}

function matching(db: Knex, { ownerId, id, search }: Omit<KeyQuery, 'month'>): Knex.QueryBuilder {
  const keys = db('virtual_keys as k');
  if (ownerId !== undefined) keys.where('k.owner_id', ownerId);
  if (id !== undefined) keys.where('k.id', id);
  if (search !== undefined) {
    // Both in small letters by the database itself, whose notion of them differs from that of JavaScript.
    const pattern = `%${search.replaceAll(/[!%_]/g, '!$&')}%`;
    keys.whereRaw("lower(??) like lower(?) escape '!'", ['k.name', pattern]);
  }
  return keys;
}

/** Whether any key is or was until now stored under this hash. */
export async function hasKeyHash(db: Knex, keyHash: string): Promise<boolean> {
  const row: unknown = await db('virtual_keys')
    .where({ key_hash: keyHash })
    .orWhere({ previous_key_hash: keyHash })
    .first('id');
  return row !== undefined;
}

/** Whether another key has this name. */
export async function hasKeyName(db: Knex, name: string, ownId: string): Promise<boolean> {
  return (await db('virtual_keys').where({ name }).whereNot({ id: ownId }).first('id')) !== undefined;
}

function toRecord(row: z.output<typeof rowSchema>): KeyRecord {
  return {
    ...toVirtualKey(row),
    keyPrefix: row.key_prefix ?? undefined,
    ownerId: row.owner_id ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    spent: { tokens: row.spent_tokens ?? 0, nanoDollars: row.spent_nano_dollars ?? 0 },
  };
}
