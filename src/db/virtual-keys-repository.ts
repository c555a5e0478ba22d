import type { Knex } from 'knex';
import { z } from 'zod';
import type { VirtualKey } from '../core/catalog.ts';
import { flag } from './row-types.ts';

const rowSchema = z.object({
  id: z.string(),
  name: z.string(),
  key_hash: z.string(),
  models: z.string().nullable(),
  path: z.enum(['auto', 'legacy', 'litellm']),
  compat: z.enum(['portkey', 'openai']),
  enabled: flag,
});

const modelNames = z.array(z.string());

/** All virtual keys, by name. */
export async function listVirtualKeys(db: Knex): Promise<readonly VirtualKey[]> {
  const rows = z.array(rowSchema).parse(await db('virtual_keys').orderBy('name'));
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    keyHash: row.key_hash,
    models: row.models === null ? undefined : modelNames.parse(JSON.parse(row.models)),
    path: row.path,
    compat: row.compat,
    enabled: row.enabled,
  }));
}

/** Fields of a virtual key that a change may name; an absent one stays as it is. */
export interface VirtualKeyChange {
  readonly keyHash?: string | undefined;
  readonly models?: readonly string[] | undefined;
  readonly path?: VirtualKey['path'] | undefined;
  readonly compat?: VirtualKey['compat'] | undefined;
  readonly rpmLimit?: number | undefined;
  readonly tpmLimit?: number | undefined;
  readonly cacheEnabled?: boolean | undefined;
  readonly enabled?: boolean | undefined;
}

/** Adds a key. What the change leaves out takes the column's default. */
export async function insertVirtualKey(
  db: Knex,
  key: VirtualKeyChange & { readonly id: string; readonly name: string; readonly keyHash: string },
): Promise<void> {
  const now = Date.now();
  await db('virtual_keys').insert({
    id: key.id,
    name: key.name,
    ...toColumns(key),
    created_at: now,
    updated_at: now,
  });
}

/** Changes exactly the named fields of the key with this id. */
export async function updateVirtualKey(db: Knex, id: string, change: VirtualKeyChange): Promise<void> {
  await db('virtual_keys')
    .where({ id })
    .update({ ...toColumns(change), updated_at: Date.now() });
}

function toColumns(change: VirtualKeyChange): Record<string, string | number | boolean> {
  const columns = {
    key_hash: change.keyHash,
    models: change.models === undefined ? undefined : JSON.stringify(change.models),
    path: change.path,
    compat: change.compat,
    rpm_limit: change.rpmLimit,
    tpm_limit: change.tpmLimit,
    cache_enabled: change.cacheEnabled,
    enabled: change.enabled,
  };
  return Object.fromEntries(
    Object.entries(columns).flatMap(([column, value]) => (value === undefined ? [] : [[column, value]])),
  );
}
