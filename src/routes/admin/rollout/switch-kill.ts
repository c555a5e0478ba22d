import type { Knex } from 'knex';
import type { Logger } from '../../../core/logger.ts';
import { waitAtMost } from '../../../core/wait-at-most.ts';
import { type AuditEntry, insertAuditEntries } from '../../../db/audit-log-repository.ts';
import type { KillNote, KillSwitch } from '../../../rollout/kill-switch.ts';

/** How long the answer waits for the entry; one that comes later is written all the same. */
const ENTRY_WAIT_MS = 1_000;

export interface SwitchDependencies {
  readonly killSwitch: KillSwitch;
  readonly db: Knex;
  readonly logger: Logger;
}

/**
 * Engages or releases the kill switch, and then has the audit log say so. The switch asks the database for nothing and
 * waits for nothing: where the entry cannot be written, what was done stands, and the log has the entry.
 * @throws Error as the switch does; a kill that only this process could take on has its entry then, too
 */
export async function switchKill(
  { killSwitch, db, logger }: SwitchDependencies,
  action: 'kill' | 'unkill',
  note: KillNote,
): Promise<void> {
  const before = { killed: killSwitch.isEngaged() };
  const killed = action === 'kill';
  try {
    if (killed) killSwitch.engage(note);
    else killSwitch.release(note);
  } finally {
    if (killSwitch.isEngaged() === killed) {
      const { actor, reason } = note;
      const after = { killed, reason };
      await record({ actor, action, entity: 'rollout', entityId: 'rollout', before, after }, db, logger);
    }
  }
}

/** Never rejects. */
async function record(entry: AuditEntry, db: Knex, logger: Logger): Promise<void> {
  const written = insertAuditEntries(db, [entry]).catch((err: unknown) => {
    logger.error({ err, ...entry }, 'a switch of the rollout is not in the audit log');
  });
  await waitAtMost(written, ENTRY_WAIT_MS).catch(() => {
    // It is under way: written late, or else in the log.
  });
}
