import type { Knex } from 'knex';
import type { CatalogContent } from '../core/catalog.ts';
import type { CredentialCipher } from '../services/credential-cipher.ts';
import { listModels } from './models-repository.ts';
import { listProviders } from './providers-repository.ts';
import { readAtOneMoment } from './read-at-one-moment.ts';
import { listVirtualKeys } from './virtual-keys-repository.ts';
import { listVirtualModels } from './virtual-models-repository.ts';

/** Reads everything that requests are resolved against, as it was at one moment. */
export function loadCatalog(db: Knex, cipher: CredentialCipher): Promise<CatalogContent> {
  return readAtOneMoment(db, async (transaction) => ({
    providers: await listProviders(transaction, cipher),
    models: await listModels(transaction),
    virtualModels: await listVirtualModels(transaction),
    keys: await listVirtualKeys(transaction),
  }));
}
