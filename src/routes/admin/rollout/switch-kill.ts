import type { Knex } from 'knex';
import type { Logger } from '../../../core/logger.ts';
import { waitAtMost } from '../../../core/wait-at-most.ts';
import { type AuditEntry, insertAuditEntries } from '../../../db/audit-log-repository.ts';
import type { Announcer } from '../../../db/webhook-deliveries-repository.ts';
import type { KillRelay } from '../../../rollout/kill-relay.ts';
import type { KillNote, KillSwitch } from '../../../rollout/kill-switch.ts';
import type { ReleaseEvent } from '../../../rollout/release/release-store.ts';

/** How long the answer waits for what is stored; what comes later is written all the same. */
const STORE_WAIT_MS = 1_000;

export interface SwitchDependencies {
  readonly killSwitch: KillSwitch;
  readonly killRelay: KillRelay;
  readonly db: Knex;
  readonly announcer: Announcer;
  readonly logger: Logger;
}

/**
 * Engages or releases the kill switch, here and in all processes, and then has the audit log say so and webhooks told of
 * a change. The switch asks the database for nothing and waits for nothing: where that cannot be stored, what was done
 * stands, and the log has it.
 * @param detail what the entry has besides the reason
 * @throws Error as the switch does; a kill that only this process could take on has its entry then, too
 */
export async function switchKill(
  deps: SwitchDependencies,
  action: 'kill' | 'unkill',
  note: KillNote,
  detail: object = {},
): Promise<void> {
  const { killSwitch, killRelay } = deps;
  const before = { killed: killSwitch.isEngaged() };
  const killed = action === 'kill';
  let told: Promise<void> = Promise.resolve();
  try {
    ({ told } = killed ? killRelay.engage(note) : killRelay.release(note));
  } finally {
    if (killSwitch.isEngaged() === killed) {
      const { actor, reason } = note;
      const after = { killed, reason, ...detail };
      const entry = { actor, action, entity: 'rollout', entityId: 'rollout', before, after };
      const event = { ...note, type: `rollout.${action}ed`, at: Date.now() };
      await store(entry, before.killed === killed ? undefined : event, told, deps);
    }
  }
}

/** Never rejects. */
async function store(
  entry: AuditEntry,
  event: ReleaseEvent | undefined,
  others: Promise<void>,
  { db, announcer, logger }: SwitchDependencies,
): Promise<void> {
  const written = insertAuditEntries(db, [entry]).catch((err: unknown) => {
    logger.error({ err, ...entry }, 'a switch of the rollout is not in the audit log');
  });
  const told = (event === undefined ? Promise.resolve() : announcer.announce(event)).catch((err: unknown) => {
    logger.error({ err, event: event?.type }, 'a switch of the rollout is not announced');
  });
  const shared = others.catch((err: unknown) => {
    logger.error({ err, ...entry }, 'other processes are not told of a switch of the rollout');
  });
  await waitAtMost(Promise.all([shared, written, told]), STORE_WAIT_MS).catch(() => {
    // It is under way: written late, or else in the log.
  });
}
