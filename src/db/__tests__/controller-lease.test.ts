import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { acquireLease, releaseLease, requireLease } from '../controller-lease.ts';

const NOW = 1_764_000_000_000;
const TTL_MS = 10_000;

describe('the lease of the release controller', () => {
  it('is one process’s of all that ask at once, time after time, and none of them fails', async () => {
    const { db } = await createMigratedDatabase();
    for (let round = 0; round < 5; round += 1) {
      const now = NOW + round * 2 * TTL_MS;
      const asking = Array.from({ length: 8 }, (_, index) =>
        db.transaction((transaction) => acquireLease(transaction, `process ${round}.${index}`, now, TTL_MS)),
      );
      const leases = (await Promise.all(asking)).filter((lease) => lease !== undefined);
      expect(leases).toHaveLength(1);
      expect(leases[0]?.token).toBe(round + 1);
    }
  });

  it('is good until another process has it, by its token', async () => {
    const { db } = await createMigratedDatabase();
    const acquire = (holder: string, now: number) =>
      db.transaction((transaction) => acquireLease(transaction, holder, now, TTL_MS));
    const first = await acquire('one', NOW);
    if (first === undefined) throw new Error('Nobody has it.');
    expect(await acquire('another', NOW)).toBeUndefined();
    await db.transaction((transaction) => requireLease(transaction, first));
    expect(await acquire('another', NOW + TTL_MS)).toMatchObject({ holder: 'another', token: 2 });
    await expect(db.transaction((transaction) => requireLease(transaction, first))).rejects.toThrow();
    await releaseLease(db, { holder: 'another', token: 2 });
    expect(await acquire('one', NOW)).toMatchObject({ token: 3 });
  });
});
