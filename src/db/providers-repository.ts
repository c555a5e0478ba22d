import type { Knex } from 'knex';
import { z } from 'zod';
import type { Provider } from '../core/catalog.ts';
import type { CredentialCipher } from '../services/credential-cipher.ts';
import { flag } from './row-types.ts';

const rowSchema = z.object({
  id: z.string(),
  type: z.enum(['openai', 'anthropic', 'google', 'deepseek', 'openai-compatible']),
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
    baseUrl: row.base_url ?? undefined,
    apiKey: cipher.open(row.api_key),
    enabled: row.enabled,
  }));
}

/** Inserts the provider or overwrites the one with its id. The API key is sealed before it is written. */
export async function saveProvider(db: Knex, cipher: CredentialCipher, provider: Provider): Promise<void> {
  const now = Date.now();
  const values = {
    type: provider.type,
    base_url: provider.baseUrl ?? null,
    api_key: cipher.seal(provider.apiKey),
    enabled: provider.enabled,
    updated_at: now,
  };
  await db('providers')
    .insert({ id: provider.id, ...values, created_at: now })
    .onConflict('id')
    .merge(values);
}
