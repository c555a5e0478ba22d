import type { Knex } from 'knex';
import { z } from 'zod';
import { type Lease, StaleRun } from '../rollout/release/release-store.ts';
import { bigNumber } from './row-types.ts';

const LEASE = 'release';

const leaseRow = z.object({ holder: z.string(), token: bigNumber, expires_at: bigNumber });

/** Takes the lease where nobody has it, or keeps it; undefined where another process has it. Call it in a transaction. */
export async function acquireLease(
  db: Knex.Transaction,
  holder: string,
  now: number,
  ttlMs: number,
): Promise<Lease | undefined> {
  const expires_at = now + ttlMs;
  // To ignore the row where it is there takes a lock on MySQL that others have as well, and then nobody can change it.
  const first = { name: LEASE, holder, token: 1, expires_at };
  await db('controller_leases').insert(first).onConflict('name').merge(['name']);
  const kept = await db('controller_leases').where({ name: LEASE, holder }).update({ expires_at });
  if (kept === 0) {
    await db('controller_leases')
      .where({ name: LEASE })
      .where('expires_at', '<=', now)
      .update({ holder, expires_at })
      .increment('token');
  }
  const row = leaseRow.parse(await db('controller_leases').where({ name: LEASE }).first());
  return row.holder === holder ? { holder, token: row.token } : undefined;
}

/**
 * Makes sure of the lease by a write, so that no other process takes it before the transaction ends.
 * @throws StaleRun where another process has it
 */
export async function requireLease(db: Knex.Transaction, { holder, token }: Lease): Promise<void> {
  const held = await db('controller_leases').where({ name: LEASE, holder, token }).update({ token });
  if (held !== 1) throw new StaleRun('Another process has the lease.');
}

/** Gives the lease up. */
export async function releaseLease(db: Knex, { holder, token }: Lease): Promise<void> {
  await db('controller_leases').where({ name: LEASE, holder, token }).update({ expires_at: 0 });
}
