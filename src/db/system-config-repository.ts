import type { Knex } from 'knex';
import { z } from 'zod';

const rowSchema = z.object({ value: z.string() }).optional();

/** The setting's value; undefined where it was never set. */
export async function readSystemConfig(db: Knex, key: string): Promise<string | undefined> {
  return rowSchema.parse(await db('system_config').where({ key }).first())?.value;
}

/** Sets the value. */
export async function writeSystemConfig(db: Knex, key: string, value: string): Promise<void> {
  const updated_at = Date.now();
  await db('system_config').insert({ key, value, updated_at }).onConflict('key').merge({ value, updated_at });
}
