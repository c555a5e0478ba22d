import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { describeBudgetStore } from '../../services/limits/__tests__/describe-budget-store.ts';
import { connectDatabase } from '../connect-database.ts';
import { createKeySpendingRepository } from '../key-spending-repository.ts';

describeBudgetStore('the budget store in the database', async () => {
  const { db } = await createMigratedDatabase();
  return createKeySpendingRepository(db);
});

describe('two processes', () => {
  it('add to one sum, and lose nothing of it', async () => {
    const { db, location } = await createMigratedDatabase();
    const other = connectDatabase(location);
    try {
      const stores = [createKeySpendingRepository(db), createKeySpendingRepository(other)];
      const adding = Array.from({ length: 40 }, (_, index) =>
        stores[index % 2]?.add('key', '2026-11', { tokens: 1, nanoDollars: 5 }),
      );
      await Promise.all(adding);
      for (const store of stores)
        expect(await store.spent('key', '2026-11')).toEqual({ tokens: 40, nanoDollars: 200 });
    } finally {
      await other.destroy();
    }
  });
});
