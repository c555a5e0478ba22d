import type { Logger } from '../core/logger.ts';
import { namedKeysOf } from './flag-definition.ts';
import type { FlagEvaluator } from './flag-evaluator.ts';
import type { Rollout, RolloutStore } from './rollout.ts';
import { changeRollout } from './rollout-state.ts';
import { createStoredRollout } from './stored-rollout.ts';

/** Creates the rollout whose flags are in its store, too; nothing is read before `start`. */
export function createEmbeddedRollout(deps: {
  readonly store: RolloutStore;
  readonly flags: FlagEvaluator;
  readonly logger: Logger;
}): Rollout {
  const { store, flags, logger } = deps;
  const stored = createStoredRollout({ store, logger, onApplied: (state) => flags.replace(state.flags) });
  const summary = () => ({
    enrolledPercent: flags.enrolledPercent(),
    armShare: stored.state()?.armShare ?? 1,
    namedKeys: namedKeysOf(stored.state()?.flags ?? []),
    rules: stored.state()?.rules,
    snapshotAgeSeconds: stored.ageSeconds(),
  });
  return {
    isEnrolled: (request) => {
      const enrolled = flags.isEnrolled(request.keyId);
      return enrolled === true ? stored.isInScope(request) : enrolled;
    },
    isKilledByFlag: flags.isKilled,
    drawArm: stored.drawArm,
    summary,
    states: () => [stored.storeState()],
    async change(change, actor) {
      await stored.change((state) => changeRollout(state, change), actor);
      return summary();
    },
    start: stored.start,
    stop() {
      stored.stop();
      flags.stop();
    },
  };
}
