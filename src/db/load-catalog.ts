import type { Knex } from 'knex';
import type { CatalogContent } from '../core/catalog.ts';
import type { CredentialCipher } from '../services/credential-cipher.ts';
import { listModels } from './models-repository.ts';
import { listProviders } from './providers-repository.ts';
import { listVirtualKeys } from './virtual-keys-repository.ts';

/** Reads everything that requests are resolved against. */
export async function loadCatalog(db: Knex, cipher: CredentialCipher): Promise<CatalogContent> {
  return {
    providers: await listProviders(db, cipher),
    models: await listModels(db),
    keys: await listVirtualKeys(db),
  };
}
