import type { Knex } from 'knex';
import { z } from 'zod';
import { COMPATIBLE_PROFILES, type Provider } from '../core/catalog.ts';
import type { Secret } from '../core/secret.ts';
import type { CredentialCipher } from '../services/credential-cipher.ts';
import { definedColumns } from './defined-columns.ts';
import { bigNumber, flag } from './row-types.ts';

const rowSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  type: z.enum(['openai', 'anthropic', 'google', 'deepseek', 'openai-compatible']),
  profile: z.enum(COMPATIBLE_PROFILES).nullable(),
  base_url: z.string().nullable(),
  api_key: z.string(),
  enabled: flag,
  created_at: bigNumber,
  updated_at: bigNumber,
});

/** An upstream account with what only its administrators see; times are epoch milliseconds. */
export interface ProviderRecord extends Provider {
  /** What it is called; its id where nothing was set. */
  readonly name: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Fields that a change names; an absent one stays as it is, and null goes back to the type's default. */
export interface ProviderChange {
  readonly name?: string | undefined;
  readonly type?: Provider['type'] | undefined;
  readonly profile?: Provider['profile'] | null;
  readonly baseUrl?: string | null | undefined;
  readonly apiKey?: Secret | undefined;
  readonly enabled?: boolean | undefined;
}

/** All accounts, by id; keys are unsealed. */
export async function listProviderRecords(
  db: Knex,
  cipher: CredentialCipher,
): Promise<readonly ProviderRecord[]> {
  const rows = z.array(rowSchema).parse(await db('providers').orderBy('id'));
  return rows.map((row) => toRecord(row, cipher));
}

/** The account with that id; undefined where there is none. */
export async function findProviderRecord(
  db: Knex,
  cipher: CredentialCipher,
  id: string,
): Promise<ProviderRecord | undefined> {
  const row: unknown = await db('providers').where({ id }).first();
  return row === undefined ? undefined : toRecord(rowSchema.parse(row), cipher);
}

/** Adds an account. */
export async function insertProviderRecord(
  db: Knex,
  cipher: CredentialCipher,
  provider: Omit<ProviderRecord, 'createdAt' | 'updatedAt'>,
): Promise<void> {
  const now = Date.now();
  await db('providers').insert({
    id: provider.id,
    ...toColumns(provider, cipher),
    created_at: now,
    updated_at: now,
  });
}

/** Changes exactly the named fields of the account with this id. */
export async function updateProviderRecord(
  db: Knex,
  cipher: CredentialCipher,
  id: string,
  change: ProviderChange,
): Promise<void> {
  await db('providers')
    .where({ id })
    .update({ ...toColumns(change, cipher), updated_at: Date.now() });
}

/** Takes the account away, and its models with it. */
export async function deleteProviderRecord(db: Knex, id: string): Promise<void> {
  await db('models').where({ provider_id: id }).delete();
  await db('providers').where({ id }).delete();
}

function toColumns(change: ProviderChange, cipher: CredentialCipher) {
  return definedColumns({
    name: change.name,
    type: change.type,
    profile: change.profile,
    base_url: change.baseUrl,
    api_key: change.apiKey === undefined ? undefined : cipher.seal(change.apiKey),
    enabled: change.enabled,
  });
}

function toRecord(row: z.output<typeof rowSchema>, cipher: CredentialCipher): ProviderRecord {
  return {
    id: row.id,
    name: row.name ?? row.id,
    type: row.type,
    profile: row.profile ?? undefined,
    baseUrl: row.base_url ?? undefined,
    apiKey: cipher.open(row.api_key),
    enabled: row.enabled,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
