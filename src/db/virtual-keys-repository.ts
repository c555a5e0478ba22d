import type { Knex } from 'knex';
import { z } from 'zod';
import type { VirtualKey } from '../core/catalog.ts';
import { definedColumns } from './defined-columns.ts';
import { bigNumber, flag } from './row-types.ts';

/** A row of the table, as far as requests need it. */
export const virtualKeyRow = z.object({
  id: z.string(),
  name: z.string(),
  key_hash: z.string(),
  models: z.string().nullable(),
  path: z.enum(['auto', 'legacy', 'litellm']),
  compat: z.enum(['portkey', 'openai']),
  rpm_limit: z.number().nullable(),
  tpm_limit: z.number().nullable(),
  monthly_tokens: bigNumber.nullable(),
  monthly_nano_dollars: bigNumber.nullable(),
  cache_enabled: flag,
  disable_logging: flag,
  expires_at: bigNumber.nullable(),
  previous_key_hash: z.string().nullable(),
  previous_expires_at: bigNumber.nullable(),
  enabled: flag,
});

const modelNames = z.array(z.string());

/** All virtual keys, by name. */
export async function listVirtualKeys(db: Knex): Promise<readonly VirtualKey[]> {
  const rows = z.array(virtualKeyRow).parse(await db('virtual_keys').orderBy('name'));
  return rows.map(toVirtualKey);
}

/** The key of a row. */
export function toVirtualKey(row: z.infer<typeof virtualKeyRow>): VirtualKey {
  const { previous_key_hash: keyHash, previous_expires_at: expiresAt } = row;
  return {
    id: row.id,
    name: row.name,
    keyHash: row.key_hash,
    models: row.models === null ? undefined : modelNames.parse(JSON.parse(row.models)),
    path: row.path,
    compat: row.compat,
    limits: {
      rpm: row.rpm_limit ?? undefined,
      tpm: row.tpm_limit ?? undefined,
      monthlyTokens: row.monthly_tokens ?? undefined,
      monthlyNanoDollars: row.monthly_nano_dollars ?? undefined,
    },
    isCached: row.cache_enabled,
    isLogged: !row.disable_logging,
    expiresAt: row.expires_at ?? undefined,
    previous: keyHash === null || expiresAt === null ? undefined : { keyHash, expiresAt },
    enabled: row.enabled,
  };
}

/** Fields of a virtual key that a change may name; an absent one stays as it is, and null takes it away. */
export interface VirtualKeyChange {
  readonly name?: string | undefined;
  readonly keyHash?: string | undefined;
  /** The key's first characters, by which people tell keys apart. */
  readonly keyPrefix?: string | undefined;
  /** The account that the key belongs to. */
  readonly ownerId?: string | null | undefined;
  readonly previousKeyHash?: string | null | undefined;
  /** Epoch milliseconds. */
  readonly previousExpiresAt?: number | null | undefined;
  readonly models?: readonly string[] | null | undefined;
  readonly path?: VirtualKey['path'] | undefined;
  readonly compat?: VirtualKey['compat'] | undefined;
  readonly rpmLimit?: number | null | undefined;
  readonly tpmLimit?: number | null | undefined;
  readonly monthlyTokens?: number | null | undefined;
  readonly monthlyNanoDollars?: number | null | undefined;
  readonly cacheEnabled?: boolean | undefined;
  readonly disableLogging?: boolean | undefined;
  readonly expiresAt?: number | null | undefined;
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

/** Takes the key away, and what it spent. */
export async function deleteVirtualKey(db: Knex, id: string): Promise<void> {
  await db('key_spending').where({ virtual_key_id: id }).delete();
  await db('virtual_keys').where({ id }).delete();
}

function toColumns(change: VirtualKeyChange) {
  return definedColumns({
    name: change.name,
    key_hash: change.keyHash,
    key_prefix: change.keyPrefix,
    owner_id: change.ownerId,
    previous_key_hash: change.previousKeyHash,
    previous_expires_at: change.previousExpiresAt,
    models: toJson(change.models),
    path: change.path,
    compat: change.compat,
    rpm_limit: change.rpmLimit,
    tpm_limit: change.tpmLimit,
    monthly_tokens: change.monthlyTokens,
    monthly_nano_dollars: change.monthlyNanoDollars,
    cache_enabled: change.cacheEnabled,
    disable_logging: change.disableLogging,
    expires_at: change.expiresAt,
    enabled: change.enabled,
  });
}

/** Nothing and null stay what they are. */
function toJson(value: readonly string[] | null | undefined): string | null | undefined {
  return value === undefined || value === null ? value : JSON.stringify(value);
}
