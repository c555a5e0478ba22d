import type { Knex } from 'knex';
import { z } from 'zod';
import { COMPATIBLE_PROFILES, type Provider } from '../core/catalog.ts';
import type { CredentialCipher } from '../services/credential-cipher.ts';
import { flag } from './row-types.ts';

const rowSchema = z.object({
  id: z.string(),
  type: z.enum(['openai', 'anthropic', 'google', 'deepseek', 'openai-compatible']),
  profile: z.enum(COMPATIBLE_PROFILES).nullable(),
  base_url: z.string().nullable(),
  api_key: z.string(),
  enabled: flag,
});

/** All upstream accounts; the key is unsealed. */
export async function listProviders(db: Knex, cipher: CredentialCipher): Promise<readonly Provider[]> {
  const rows = z.array(rowSchema).parse(await db('providers').orderBy('id'));
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    profile: row.profile ?? undefined,
    baseUrl: row.base_url ?? undefined,
    apiKey: cipher.open(row.api_key),
    enabled: row.enabled,
  }));
}

/**
 * Inserts the provider, or changes type, profile, address and key of the one with its id; whether it is enabled stays as it
 * is. A key that is the stored one keeps its sealed form, so that nothing changes where nothing changed.
 */
export async function saveProvider(
  db: Knex,
  cipher: CredentialCipher,
  provider: Omit<Provider, 'enabled'>,
): Promise<void> {
  const now = Date.now();
  const values = {
    type: provider.type,
    profile: provider.profile ?? null,
    base_url: provider.baseUrl ?? null,
    api_key: await sealUnlessStored(db, cipher, provider),
    updated_at: now,
  };
  await db('providers')
    .insert({ id: provider.id, ...values, enabled: true, created_at: now })
    .onConflict('id')
    .merge(values);
}

async function sealUnlessStored(
  db: Knex,
  cipher: CredentialCipher,
  { id, apiKey }: Pick<Provider, 'id' | 'apiKey'>,
): Promise<string> {
  const row: unknown = await db('providers').where({ id }).first();
  const sealed = row === undefined ? undefined : rowSchema.parse(row).api_key;
  const isSame = sealed !== undefined && cipher.open(sealed).reveal() === apiKey.reveal();
  return isSame ? sealed : cipher.seal(apiKey);
}
