import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError, toGatewayError } from '../../core/gateway-error.ts';
import type { Logger } from '../../core/logger.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import type { KillSwitch } from '../kill-switch.ts';
import type { Rollout, RolloutEntry, RolloutStore } from '../rollout.ts';
import { changeRollout } from '../rollout-state.ts';
import { createStoredRollout } from '../stored-rollout.ts';
import type { FlagAdmin } from './flag-admin.ts';
import { maySwitchOn, planFlagChange, sharePercent } from './plan-flag-change.ts';
import type { ServedFlags } from './served-flags.ts';

/** Between two looks at whether a change is in force: the server itself takes a second to see it. */
const LOOK_MS = 400;
/** How often a rollback is tried while others change the flag. */
const ROLLBACK_TRIES = 3;
/** How long an answer waits for its entry in the audit log; one that comes later is written all the same. */
const ENTRY_WAIT_MS = 1_000;

/**
 * Creates the rollout whose flags are on an Unleash server; the share of the new arm is in the store. Nothing is asked
 * before `start`.
 * @param deps.changeMs milliseconds within which a change must be in force
 */
export function createServedRollout(deps: {
  readonly store: RolloutStore;
  readonly flags: ServedFlags;
  readonly admin: FlagAdmin;
  readonly killSwitch: KillSwitch;
  readonly changeMs: number;
  readonly logger: Logger;
}): Rollout {
  const { store, flags, admin, killSwitch, changeMs, logger } = deps;
  const stored = createStoredRollout({ store, logger });
  const summary = () => ({
    enrolledPercent: flags.enrolledPercent(),
    armShare: stored.state()?.armShare ?? 1,
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

  const setPercent = async (percent: number, actor: string) => {
    const until = performance.now() + changeMs;
    const signal = AbortSignal.timeout(changeMs);
    const before = await actuate(percent, signal);
    if (before !== undefined) {
      const after = { enrolled_percent: percent };
      await record({ actor, action: 'update', before: { enrolled_percent: before }, after });
    }
    const unverified = () =>
      new GatewayError(
        'flag_change_unverified',
        `${flags.enrolledPercent()} % of keys are enrolled here and not ${percent} %, although the flag server has it so.`,
      );
    const seen = await waitAtMost(seeInForce(percent, signal), until - performance.now(), unverified);
    if (!seen) throw unverified();
  };
  /** @returns the percentage that it was; undefined where nothing had to be written */
  const actuate = async (percent: number, signal: AbortSignal) => {
    for (let tries = percent === 0 ? ROLLBACK_TRIES : 1; ; tries -= 1) {
      try {
        return await writeFlag(percent, signal);
      } catch (error) {
        if (!isConflict(error) || tries <= 1) throw error;
      }
    }
  };
  const writeFlag = async (percent: number, signal: AbortSignal) => {
    const flag = await admin.read(signal);
    const steps = planFlagChange(flag, percent);
    if (steps.length > 0) flags.expectAtMost(percent);
    for (const step of steps) {
      if (step.kind === 'on' && !maySwitchOn(await admin.read(signal), percent)) {
        throw new GatewayError(
          'flag_conflict',
          'Somebody else changed the flag at the same time; it was not switched on.',
        );
      }
      await admin.carryOut(step, signal);
    }
    return steps.length > 0 ? sharePercent(flag) : undefined;
  };
  /** What the server says it did counts for nothing: what counts is which keys are enrolled here. */
  const seeInForce = async (percent: number, signal: AbortSignal) => {
    while (!signal.aborted) {
      if ((await flags.refresh()) && flags.enrolledPercent() === percent) return true;
      await sleep(LOOK_MS);
    }
    return false;
  };
  /** A rollback never depends on the flag server: where that fails, everything goes to the legacy path here. */
  const killInstead = async (fault: GatewayError, actor: string) => {
    const before = { killed: killSwitch.isEngaged() };
    const reason = `rollback to 0 %: ${fault.message}`;
    try {
      killSwitch.engage({ reason, actor });
    } finally {
      await record({ actor, action: 'kill', before, after: { killed: true, reason } });
    }
  };

  return {
    isEnrolled: flags.isEnrolled,
    isKilledByFlag: flags.isKilled,
    drawsNewArm: stored.drawsNewArm,
    summary,
    states: () => [stored.storeState(), flags.state()],
    async change({ enrolledPercent, armShare }, actor) {
      if (enrolledPercent === 0) {
        await setPercent(0, actor).catch(async (error: unknown) => {
          const fault = toGatewayError(error);
          await killInstead(fault, actor);
          const message = `${fault.message} The kill switch is engaged instead: all requests take the legacy path. Bring the flag to 0 before you release it.`;
          throw new GatewayError(fault.code, message, { cause: fault });
        });
      } else if (enrolledPercent !== undefined) {
        await setPercent(enrolledPercent, actor);
      }
      if (armShare !== undefined) await stored.change((state) => changeRollout(state, { armShare }), actor);
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

function isConflict(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'flag_conflict';
}
