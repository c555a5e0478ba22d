import type { Knex } from 'knex';
import { z } from 'zod';
import { bigNumber } from './row-types.ts';

/** Which part of a long list is asked for; the first page is 1. */
export interface PageRequest {
  readonly page: number;
  readonly pageSize: number;
}

/** A part of a long list, with the number of all that match. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

/** The row of a query that counts. */
export const counted = z.object({ total: bigNumber });

/** The rows with these values in these columns, made from one moment until before another (epoch milliseconds). */
export function within(
  query: Knex.QueryBuilder,
  values: Readonly<Record<string, string | undefined>>,
  { startTime, endTime }: { readonly startTime?: number | undefined; readonly endTime?: number | undefined },
): Knex.QueryBuilder {
  for (const [column, value] of Object.entries(values)) {
    if (value !== undefined) query.where(column, value);
  }
  if (startTime !== undefined) query.where('created_at', '>=', startTime);
  if (endTime !== undefined) query.where('created_at', '<', endTime);
  return query;
}

/** Only rows of the keys that belong to this account; all rows where it is undefined. */
export function ofOwner(db: Knex, query: Knex.QueryBuilder, ownerId: string | undefined): Knex.QueryBuilder {
  if (ownerId === undefined) return query;
  return query.whereIn('virtual_key_id', db('virtual_keys').where({ owner_id: ownerId }).select('id'));
}

/** A page of the rows, the newest first. */
export async function readPage<T extends z.ZodType>(
  matching: Knex.QueryBuilder,
  { page, pageSize }: PageRequest,
  rowSchema: T,
): Promise<Page<z.output<T>>> {
  const { total } = counted.parse(await matching.clone().count({ total: '*' }).first());
  const rows: unknown = await matching
    .clone()
    .select('*')
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(pageSize)
    .offset((page - 1) * pageSize);
  return { rows: z.array(rowSchema).parse(rows), total };
}
