import { isDeepStrictEqual } from 'node:util';
import type { Knex } from 'knex';
import { z } from 'zod';
import {
  enrolledPercent,
  type FlagDefinition,
  flagDefinition,
  namedKeysOf,
} from '../rollout/flag-definition.ts';
import { releaseRules } from '../rollout/release-rules.ts';
import type { RolloutStore } from '../rollout/rollout.ts';
import type { RolloutState } from '../rollout/rollout-state.ts';
import { insertAuditEntries } from './audit-log-repository.ts';
import { readAtOneMoment } from './read-at-one-moment.ts';

const flagRows = z.array(z.object({ definition: z.string() }));
const settingsRow = z
  .object({ arm_share: z.number(), arm_salt: z.string(), rules: z.string().nullable() })
  .optional();

/**
 * The rollout, kept in the database.
 * @param options.flagsElsewhere where the flags here are not those in force, the audit log leaves them out
 */
export function createRolloutStore(
  db: Knex,
  options: { readonly flagsElsewhere?: boolean } = {},
): RolloutStore {
  const audited = options.flagsElsewhere === true ? armView : auditView;
  return {
    read: () => readAtOneMoment(db, readRollout),
    change: (edit, actor) => changeStoredRollout(db, edit, actor, audited),
    record: (entry) => insertAuditEntries(db, [{ ...entry, entity: 'rollout', entityId: 'rollout' }]),
  };
}

/** The stored rollout; undefined where none was ever stored. Call it in a transaction, so that it is of one piece. */
export async function readRollout(db: Knex): Promise<RolloutState | undefined> {
  const settings = settingsRow.parse(await db('rollout_settings').where({ id: 1 }).first());
  if (settings === undefined) return undefined;
  const rows = flagRows.parse(await db('flag_definitions').select('definition').orderBy('name'));
  return {
    flags: rows.map((row) => flagDefinition.parse(JSON.parse(row.definition))),
    armShare: settings.arm_share,
    armSalt: settings.arm_salt,
    rules: settings.rules === null ? undefined : releaseRules.parse(JSON.parse(settings.rules)),
  };
}

/**
 * Edits the stored rollout in one transaction, with its entry in the audit log.
 * @param actor who does it
 * @param audited what of it the audit log keeps
 * @throws Error where none is stored
 */
export function changeStoredRollout(
  db: Knex,
  edit: (state: RolloutState) => RolloutState,
  actor: string,
  audited: (state: RolloutState) => object = auditView,
): Promise<RolloutState> {
  return db.transaction(async (transaction) => {
    // A write first: SQLite fails a transaction that writes after another has changed what it read.
    await transaction('rollout_settings')
      .where({ id: 1 })
      .update({ arm_salt: transaction.ref('arm_salt') });
    const stored = await readRollout(transaction);
    if (stored === undefined) throw new Error('There is no stored rollout to change.');
    const next = edit(stored);
    // What is asked for again, since nobody knew whether it was done, is no other change.
    if (isDeepStrictEqual(next, stored)) return stored;
    await writeRollout(transaction, next);
    const views = { before: audited(stored), after: audited(next) };
    await insertAuditEntries(transaction, [
      { actor, action: 'update', entity: 'rollout', entityId: 'rollout', ...views },
    ]);
    return next;
  });
}

/** In the words of the admin API. */
function auditView(state: RolloutState): object {
  const named = namedKeysOf(state.flags);
  const keys = named.length === 0 ? {} : { named_keys: named };
  return { enrolled_percent: enrolledPercent(state.flags), ...keys, ...armView(state) };
}

function armView({ armShare, rules }: RolloutState): object {
  const run = rules === undefined ? {} : { run_id: rules.runId, step_id: rules.stepId };
  return { arm_share: armShare, ...run };
}

/** Writes the whole rollout. Call it in a transaction. */
export async function writeRollout(db: Knex, state: RolloutState): Promise<void> {
  const updated_at = Date.now();
  const rules = state.rules === undefined ? null : JSON.stringify(state.rules);
  const settings = { arm_share: state.armShare, arm_salt: state.armSalt, rules, updated_at };
  await db('rollout_settings')
    .insert({ id: 1, ...settings })
    .onConflict('id')
    .merge(settings);
  for (const flag of state.flags) await writeFlag(db, flag, updated_at);
}

async function writeFlag(db: Knex, flag: FlagDefinition, updated_at: number): Promise<void> {
  const definition = JSON.stringify(flag);
  await db('flag_definitions')
    .insert({ name: flag.name, definition, updated_at })
    .onConflict('name')
    .merge({ definition, updated_at });
}
