import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError, toGatewayError } from '../../core/gateway-error.ts';
import type { Logger } from '../../core/logger.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import type { KillRelay } from '../kill-relay.ts';
import type { KillSwitch } from '../kill-switch.ts';
import type { Rollout, RolloutEntry, RolloutStore } from '../rollout.ts';
import { changeRollout, type RolloutChange, refuseOutdated } from '../rollout-state.ts';
import { createStoredRollout } from '../stored-rollout.ts';
import type { FlagAdmin } from './flag-admin.ts';
import {
  type FlagStep,
  type FlagTarget,
  isNobody,
  leavingKeys,
  maySwitchOn,
  planFlagChange,
  sharePercent,
} from './plan-flag-change.ts';
import type { ServedFlags } from './served-flags.ts';

/** Between two looks at whether a change is in force: the server itself takes a second to see it. */
const LOOK_MS = 400;
/** How often a rollback is tried while others change the flag. */
const ROLLBACK_TRIES = 3;
/** How long an answer waits for its entry in the audit log; one that comes later is written all the same. */
const ENTRY_WAIT_MS = 1_000;
/** How long a change waits for the store to say whether it is still wanted. */
const READ_WAIT_MS = 2_000;

/**
 * Creates the rollout whose flags are on an Unleash server; the share of the new arm is in the store. Nothing is asked
 * before `start`.
 * @param deps.changeMs milliseconds within which a change must be in force
 */
export function createServedRollout(deps: {
  readonly store: RolloutStore;
  readonly flags: ServedFlags;
  readonly admin: FlagAdmin;
  readonly killSwitch: Pick<KillSwitch, 'isEngaged' | 'engagedId'>;
  readonly killRelay: Pick<KillRelay, 'engage'>;
  readonly changeMs: number;
  readonly logger: Logger;
}): Rollout {
  const { store, flags, admin, killSwitch, killRelay, changeMs, logger } = deps;
  const stored = createStoredRollout({ store, logger });
  const summary = () => ({
    enrolledPercent: flags.enrolledPercent(),
    armShare: stored.state()?.armShare ?? 1,
    namedKeys: flags.namedKeys(),
    rules: stored.state()?.rules,
    snapshotAgeSeconds: flags.snapshotAgeSeconds(),
  });
  const record = async (entry: RolloutEntry) => {
    const written = store.record(entry).catch((err: unknown) => {
      logger.error({ err, ...entry }, 'a change of the rollout is not in the audit log');
    });
    await waitAtMost(written, ENTRY_WAIT_MS).catch(() => {
      // It is under way: written late, or else in the log.
    });
  };

  const setFlag = async (target: FlagTarget, actor: string, onWritten: () => void) => {
    const { percent, namedKeys } = target;
    const until = performance.now() + changeMs;
    const signal = AbortSignal.timeout(changeMs);
    const named = flags.namedKeys();
    const { before, leaving } = await actuate(target, signal, onWritten);
    if (before !== undefined) {
      const names = namedKeys === undefined ? {} : { named_keys: namedKeys };
      const namesBefore = namedKeys === undefined ? {} : { named_keys: named };
      const after = { enrolled_percent: percent, ...names };
      const view = { enrolled_percent: before, ...namesBefore };
      await record({ actor, action: 'update', before: view, after });
    }
    const unverified = () =>
      new GatewayError(
        'flag_change_unverified',
        `${flags.enrolledPercent()} % of keys are enrolled here and not ${percent} %, or not those that were named, although the flag server has it so.`,
      );
    const seen = await waitAtMost(seeInForce(target, leaving, signal), until - performance.now(), unverified);
    if (!seen) throw unverified();
  };
  const actuate = async (target: FlagTarget, signal: AbortSignal, onWritten: () => void) => {
    for (let tries = isNobody(target) ? ROLLBACK_TRIES : 1; ; tries -= 1) {
      try {
        return await writeFlag(target, signal, onWritten);
      } catch (error) {
        if (!isConflict(error, 'flag_conflict') || tries <= 1) throw error;
      }
    }
  };
  /**
   * @returns the percentage that it was, undefined where nothing had to be written, and the keys that must not be
   * enrolled any more
   */
  const writeFlag = async (target: FlagTarget, signal: AbortSignal, onWritten: () => void) => {
    const flag = await admin.read(signal);
    const steps = planFlagChange(flag, target);
    const leaving = leavingKeys(flag, target, flags.namedKeys());
    if (steps.length > 0) flags.expectAtMost(target.percent, unnamedBy(target));
    for (const step of steps) {
      if (step.kind === 'on' && !maySwitchOn(await admin.read(signal), target)) {
        throw new GatewayError(
          'flag_conflict',
          'Somebody else changed the flag at the same time; it was not switched on.',
        );
      }
      await carryOutStep(step, signal, onWritten);
    }
    return { before: steps.length > 0 ? sharePercent(flag) : undefined, leaving };
  };
  /** What is not answered may have been done; what is refused since it was changed meanwhile was not. */
  const carryOutStep = async (step: FlagStep, signal: AbortSignal, onWritten: () => void) => {
    try {
      await admin.carryOut(step, signal);
    } catch (error) {
      if (!isConflict(error, 'flag_conflict')) onWritten();
      throw error;
    }
    onWritten();
  };
  /** What the server says it did counts for nothing: what counts is which keys are enrolled here. */
  const seeInForce = async (target: FlagTarget, leaving: readonly string[], signal: AbortSignal) => {
    const { percent, namedKeys = [] } = target;
    const isSeen = () =>
      flags.enrolledPercent() === percent &&
      flags.enrolledOf(namedKeys).length === namedKeys.length &&
      flags.enrolledOf(leaving).length === 0;
    while (!signal.aborted) {
      if ((await flags.refresh()) && isSeen()) return true;
      await sleep(LOOK_MS);
    }
    return false;
  };
  /** The last kill in place of a rollback that all processes were told of. */
  let toldId: string | undefined;
  /**
   * A rollback never depends on the flag server: where that fails, everything goes to the legacy path, in every process
   * of the database. A rollback is tried again and again: what is in force already is not done, nor written, again.
   */
  const killInstead = async (fault: GatewayError, actor: string) => {
    const wasKilled = killSwitch.isEngaged();
    // Another kill may be of this folder alone.
    if (toldId !== undefined && killSwitch.engagedId() === toldId) return;
    const reason = `rollback to 0 %: ${fault.message}`;
    try {
      await tellAll(killRelay.engage({ reason, actor }));
    } finally {
      const entry = { before: { killed: wasKilled }, after: { killed: true, reason } };
      if (!wasKilled) await record({ actor, action: 'kill', ...entry });
    }
  };
  const tellAll = async ({ id, told }: ReturnType<KillRelay['engage']>) => {
    const noted = told.then(
      () => {
        toldId = id;
      },
      (err: unknown) => {
        logger.error({ err }, 'the other processes could not be told of a kill yet');
      },
    );
    await waitAtMost(noted, ENTRY_WAIT_MS).catch(() => {
      // It is under way: told late, or again at the next try.
    });
  };
  const unnamedBy = ({ namedKeys }: FlagTarget) =>
    namedKeys === undefined ? [] : flags.namedKeys().filter((key) => !namedKeys.includes(key));
  const targetOf = ({ enrolledPercent, namedKeys }: RolloutChange): FlagTarget | undefined => {
    if (enrolledPercent === undefined && namedKeys === undefined) return undefined;
    if (enrolledPercent === undefined && flags.snapshotAgeSeconds() === Number.POSITIVE_INFINITY) {
      throw new GatewayError('flag_server_unavailable', 'Nobody knows yet which percentage is to stay.');
    }
    const percent = enrolledPercent ?? flags.enrolledPercent();
    return { percent, namedKeys: namedKeys ?? (percent === 0 ? [] : undefined) };
  };
  const raises = ({ percent, namedKeys = [] }: FlagTarget) =>
    percent > flags.enrolledPercent() || namedKeys.some((key) => !flags.namedKeys().includes(key));
  const changeFlag = async (target: FlagTarget, actor: string, onWritten = () => {}) => {
    if (!isNobody(target)) return setFlag(target, actor, onWritten);
    await setFlag(target, actor, onWritten).catch(async (error: unknown) => {
      const fault = toGatewayError(error);
      await killInstead(fault, actor);
      const message = `${fault.message} The kill switch is engaged instead: all requests take the legacy path. Bring the flag to 0 before you release it.`;
      throw new GatewayError(fault.code, message, { cause: fault });
    });
  };
  const changeStored = async ({ armShare, rules }: RolloutChange, actor: string) => {
    if (armShare === undefined && rules === undefined) return;
    await stored.change((state) => changeRollout(state, { armShare, rules }), actor);
  };
  /** A process that was asleep may have raised what another one has brought back since. */
  const takeBackWhereOutdated = async (error: unknown, rules: RolloutChange['rules'], actor: string) => {
    const wanted = isConflict(error, 'conflict') ? 'no' : await isStillWanted(rules);
    if (wanted === 'yes') return;
    logger.error({ err: error, wanted }, 'a later decision may be in force: the flag goes to 0 %');
    await changeFlag({ percent: 0, namedKeys: [] }, actor);
  };
  /** Whether what was decided is the latest decision still. */
  const isStillWanted = async (rules: RolloutChange['rules']): Promise<'yes' | 'no' | 'unknown'> => {
    if (rules === undefined) return 'yes';
    try {
      refuseOutdated(await waitAtMost(store.read(), READ_WAIT_MS), rules);
      return 'yes';
    } catch (error) {
      if (isConflict(error, 'conflict')) return 'no';
      logger.error({ err: error }, 'the stored rollout cannot be read');
      return 'unknown';
    }
  };

  return {
    isEnrolled(request) {
      const enrolled = flags.isEnrolled(request.keyId);
      return enrolled === true ? stored.isInScope(request) : enrolled;
    },
    isKilledByFlag: flags.isKilled,
    drawArm: stored.drawArm,
    summary,
    states: () => [stored.storeState(), flags.state()],
    async change(change, actor) {
      const target = targetOf(change);
      const { armShare, rules } = change;
      refuseOutdated(stored.state(), rules);
      // In between there is never more than before or after.
      const isRaised = target !== undefined && raises(target);
      const isLowered = armShare !== undefined && armShare < summary().armShare;
      if (isRaised) await changeStored({ rules, armShare: isLowered ? armShare : undefined }, actor);
      let mayBeRaised = false;
      try {
        if (target !== undefined) {
          await changeFlag(target, actor, () => {
            mayBeRaised = !isNobody(target);
          });
        }
        await changeStored({ rules, armShare }, actor);
      } catch (error) {
        // What is seen here may be older than what the flag was: whether this has raised it is not known for sure.
        if (mayBeRaised) await takeBackWhereOutdated(error, rules, actor);
        throw error;
      }
      return summary();
    },
    async start() {
      await Promise.all([stored.start(), flags.start()]);
    },
    stop() {
      stored.stop();
      flags.stop();
    },
  };
}

function isConflict(error: unknown, code: 'conflict' | 'flag_conflict'): boolean {
  return error instanceof GatewayError && error.code === code;
}
