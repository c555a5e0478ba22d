import type { Knex } from 'knex';
import { z } from 'zod';
import { isJsonObject, type JsonObject, parseJson } from '../core/json.ts';
import { definedColumns } from './defined-columns.ts';
import { bigNumber, flag } from './row-types.ts';

/** Where virtual models are stored: those with targets, and those with experts. */
export type VirtualModelTable = 'routing_configs' | 'expert_routing_configs';

const rowSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  config: z.string().transform(toObject),
  enabled: flag,
  created_at: bigNumber,
  updated_at: bigNumber,
});

/** A virtual model as it is stored; times are epoch milliseconds. */
export interface VirtualModelRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly config: JsonObject;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Fields that a change names; an absent one stays as it is. */
export interface VirtualModelChange {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly config?: JsonObject | undefined;
  readonly enabled?: boolean | undefined;
  /** Of `routing_configs` only. */
  readonly type?: 'fallback' | 'loadbalance' | undefined;
}

/** All virtual models of a table, by name. */
export async function listVirtualModelRecords(
  db: Knex,
  table: VirtualModelTable,
): Promise<readonly VirtualModelRecord[]> {
  return z
    .array(rowSchema)
    .parse(await db(table).orderBy('name'))
    .map(toRecord);
}

/** The virtual model with that id; undefined where there is none. */
export async function findVirtualModelRecord(
  db: Knex,
  table: VirtualModelTable,
  id: string,
): Promise<VirtualModelRecord | undefined> {
  const row: unknown = await db(table).where({ id }).first();
  return row === undefined ? undefined : toRecord(rowSchema.parse(row));
}

/** Adds a virtual model. */
export async function insertVirtualModelRecord(
  db: Knex,
  table: VirtualModelTable,
  id: string,
  fields: VirtualModelChange,
): Promise<void> {
  const now = Date.now();
  await db(table).insert({ id, ...toColumns(fields), created_at: now, updated_at: now });
}

/** Changes exactly the named fields of the virtual model with this id. */
export async function updateVirtualModelRecord(
  db: Knex,
  table: VirtualModelTable,
  id: string,
  change: VirtualModelChange,
): Promise<void> {
  await db(table)
    .where({ id })
    .update({ ...toColumns(change), updated_at: Date.now() });
}

/** Takes the virtual model away. */
export async function deleteVirtualModelRecord(
  db: Knex,
  table: VirtualModelTable,
  id: string,
): Promise<void> {
  await db(table).where({ id }).delete();
}

function toColumns({ config, ...fields }: VirtualModelChange) {
  const { name, description, enabled, type } = fields;
  const text = config === undefined ? undefined : JSON.stringify(config);
  return definedColumns({ name, description, enabled, type, config: text });
}

function toRecord(row: z.output<typeof rowSchema>): VirtualModelRecord {
  const { created_at: createdAt, updated_at: updatedAt, ...fields } = row;
  return { ...fields, createdAt, updatedAt };
}

function toObject(text: string): JsonObject {
  const value = parseJson(text);
  return isJsonObject(value) ? value : {};
}
