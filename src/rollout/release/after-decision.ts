import { FINAL_STEP } from '../plan/release-plan.ts';
import type { ReleaseDecision } from './release-decision.ts';
import { type HoldCause, heldSince, type ReleaseRun, type RunState } from './release-run.ts';

/**
 * The run when a decision about it is written: what begins with its being carried out has not begun yet.
 * @param now epoch milliseconds
 */
export function whenDecided(
  run: ReleaseRun,
  decision: Pick<ReleaseDecision, 'kind' | 'reason'> & { readonly cause?: HoldCause | undefined },
  now: number,
): ReleaseRun {
  const held = heldSince(run, now);
  const inState = (state: RunState): ReleaseRun => ({
    ...run,
    heldMs: run.heldMs + held,
    deadlineFrom: run.deadlineFrom + held,
    state,
    reason: decision.reason,
    holdCause: null,
    stateSince: now,
  });
  switch (decision.kind) {
    case 'hold':
      return { ...inState('held'), holdCause: decision.cause ?? 'person' };
    case 'inconclusive':
      return inState('inconclusive');
    case 'resume':
      return { ...inState(run.stepId === FINAL_STEP ? 'promoted' : 'running'), lastEventAt: now };
    case 'rollback':
    case 'abort':
      return inState('rolling_back');
    default:
      return run;
  }
}

/**
 * The run when what was decided is in force.
 * @param now epoch milliseconds
 */
export function whenInForce(
  run: ReleaseRun,
  decision: ReleaseDecision,
  stepIndex: number,
  now: number,
): ReleaseRun {
  const { kind, reason, change } = decision;
  if (kind === 'rollback' || kind === 'abort') {
    const state = kind === 'rollback' ? 'rolled_back' : 'aborted';
    return { ...run, state, reason, holdCause: null, stateSince: now, exposure: exposureOf(change) };
  }
  // The step is the one that it was: only what was changed by hand has been brought back.
  if (kind === 'resume' || kind === 'hold') return run;
  const isFinal = decision.stepId === FINAL_STEP;
  return {
    ...run,
    state: isFinal ? 'promoted' : 'running',
    reason,
    holdCause: null,
    stepIndex,
    stepId: decision.stepId,
    stepStartedAt: now,
    stateSince: now,
    heldMs: 0,
    deadlineFrom: now,
    lastEventAt: now,
    exposure: exposureOf(change),
    approvals: [],
    shownBy: null,
    isLookTaken: false,
    finalSince: isFinal ? now : null,
  };
}

function exposureOf(change: ReleaseDecision['change']): ReleaseRun['exposure'] {
  if (change === undefined) return null;
  const { enrolledPercent, namedKeys, armShare } = change;
  return { enrolledPercent, namedKeys, armShare };
}
