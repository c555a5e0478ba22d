import { describe, expect, it, onTestFinished } from 'vitest';
import { createMigratedDatabase } from '../../../../test/support/migrated-database.ts';
import type { DatabaseLocation } from '../../../core/database-location.ts';
import { connectDatabase } from '../../../db/connect-database.ts';
import { bumpCatalogVersion } from '../../../db/watch-catalog.ts';
import type { AdminActor } from '../admin-operation.ts';
import { makeChange } from '../make-change.ts';

const ACTOR: AdminActor = { name: 'olga', role: 'admin', userId: undefined, address: '' };

/** A second connection to the same file, which does not wait for the first. */
async function openBeside(location: DatabaseLocation) {
  const other = connectDatabase(location);
  onTestFinished(() => other.destroy());
  await other.raw('PRAGMA busy_timeout = 0');
  return other;
}

describe('a change', () => {
  it('has the catalog to itself before it reads: another process cannot write in between', async () => {
    const { db, location } = await createMigratedDatabase();
    const other = await openBeside(location);
    const deps = { db, catalogChanged: async () => {} };
    await makeChange(deps, ACTOR, async () => {
      await expect(bumpCatalogVersion(other)).rejects.toThrow(/locked/);
      return { entries: [], result: undefined };
    });
    await bumpCatalogVersion(other);
  });
});
