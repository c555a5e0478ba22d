import { describe, expect, it } from 'vitest';
import type { BudgetStore } from '../budget-store.ts';

/**
 * The tests that every budget store has to pass.
 * @param create each time a store that nothing was added to
 */
export function describeBudgetStore(name: string, create: () => BudgetStore | Promise<BudgetStore>): void {
  describe(name, () => {
    it('has nothing where nothing was added', async () => {
      const store = await create();
      expect(await store.spent('key', '2026-11')).toEqual({ tokens: 0, nanoDollars: 0 });
    });

    it('adds up what is added, to the last nano-dollar', async () => {
      const store = await create();
      await store.add('key', '2026-11', { tokens: 10, nanoDollars: 4_000_000_000_000_001 });
      await store.add('key', '2026-11', { tokens: 5, nanoDollars: 4_000_000_000_000_002 });
      expect(await store.spent('key', '2026-11')).toEqual({
        tokens: 15,
        nanoDollars: 8_000_000_000_000_003,
      });
    });

    it('keeps keys and months apart', async () => {
      const store = await create();
      await store.add('key', '2026-11', { tokens: 1, nanoDollars: 0 });
      await store.add('key', '2026-12', { tokens: 2, nanoDollars: 0 });
      await store.add('other', '2026-11', { tokens: 4, nanoDollars: 0 });
      expect(await store.spent('key', '2026-11')).toMatchObject({ tokens: 1 });
      expect(await store.spent('key', '2026-12')).toMatchObject({ tokens: 2 });
      expect(await store.spent('other', '2026-11')).toMatchObject({ tokens: 4 });
    });

    it('loses nothing of what is added at the same time', async () => {
      const store = await create();
      const adding = Array.from({ length: 50 }, () =>
        store.add('key', '2026-11', { tokens: 1, nanoDollars: 3 }),
      );
      await Promise.all(adding);
      expect(await store.spent('key', '2026-11')).toEqual({ tokens: 50, nanoDollars: 150 });
    });
  });
}
