import type { Knex } from 'knex';
import { GatewayError } from '../../../core/gateway-error.ts';
import {
  findProviderRecord,
  listProviderRecords,
  type ProviderRecord,
} from '../../../db/provider-records-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';

type StoreDependencies = Pick<AdminDependencies, 'db' | 'cipher'>;

/** All providers. */
export function showProviders({ db, cipher }: StoreDependencies): Promise<readonly ProviderRecord[]> {
  return listProviderRecords(db, cipher);
}

/**
 * The provider with that id.
 * @param db in place of the dependencies' where it is read in a transaction
 * @throws GatewayError `not_found`
 */
export async function findProvider(
  deps: StoreDependencies,
  id: string,
  db: Knex = deps.db,
): Promise<ProviderRecord> {
  const provider = await findProviderRecord(db, deps.cipher, id);
  if (provider === undefined) throw new GatewayError('not_found', 'There is no such provider.');
  return provider;
}
