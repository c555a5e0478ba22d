import type { Knex } from 'knex';
import { GatewayError } from '../../core/gateway-error.ts';
import { type AuditEntry, insertAuditEntries } from '../../db/audit-log-repository.ts';
import { isUniqueViolation } from '../../db/unique-violation.ts';
import { bumpCatalogVersion, lockCatalog } from '../../db/watch-catalog.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import type { AdminActor } from './admin-operation.ts';

/** What was done in a transaction, and what the operation gives for it. */
export interface ChangeMade<T> {
  readonly entries: readonly Omit<AuditEntry, 'actor'>[];
  readonly result: T;
}

/**
 * Makes a change, its entries in the audit log and the catalog's new version, all of them or none; then has the
 * change come into force.
 * @throws GatewayError `conflict` where another change took a name first, or whatever the work throws
 */
export async function makeChange<T>(
  { db, catalogChanged }: Pick<AdminDependencies, 'db' | 'catalogChanged'>,
  actor: AdminActor,
  work: (transaction: Knex.Transaction) => Promise<ChangeMade<T>>,
): Promise<T> {
  const { entries, result } = await db
    .transaction(async (transaction) => {
      await lockCatalog(transaction);
      const made = await work(transaction);
      if (made.entries.length === 0) return made;
      const withActor = made.entries.map((entry) => ({ ...entry, actor: actor.name }));
      await insertAuditEntries(transaction, withActor);
      await bumpCatalogVersion(transaction);
      return made;
    })
    .catch(toConflict);
  if (entries.length > 0) await catalogChanged();
  return result;
}

/** Names are looked up before they are taken; this is for two that take one at the same time. */
function toConflict(error: unknown): never {
  if (!isUniqueViolation(error)) throw error;
  throw new GatewayError('conflict', 'The name, id or key is taken.', { cause: error });
}
