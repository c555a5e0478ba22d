import { type CanaryVerdict, judgeCanary } from '../analysis/judge-canary.ts';
import { judgeStickyArms } from '../analysis/judge-sticky-arms.ts';
import { FINAL_STEP, type ReleasePlan } from '../plan/release-plan.ts';
import { bakedFor, type ReleaseRun } from './release-run.ts';
import { modesOf, type RunAnalysis } from './run-analysis.ts';
import type { StoredPlan } from './stored-plan.ts';

/** What a look at a run says, and what it is judged by. */
export interface RunVerdict {
  readonly canary: CanaryVerdict;
  /** Whether this was the one look that the ceiling is judged at. */
  readonly isPlannedLook: boolean;
}

/**
 * Judges a run by what is known of its requests. At the final step there is no other path to compare with: its verdict
 * is that there is none.
 * @param now epoch milliseconds
 */
export function judgeRun(
  run: ReleaseRun,
  { canary: state, keys }: RunAnalysis,
  { plan }: StoredPlan,
  now: number,
): RunVerdict {
  const step = plan.steps[run.stepIndex];
  const minRequests = step !== undefined && 'min_requests' in step ? step.min_requests : 0;
  const bake = step !== undefined && 'bake' in step ? step.bake : 0;
  const enough = Math.max(minRequests, fewestToShow(plan.analysis));
  const isDue = bakedFor(run, now) >= bake && state.step.requests.candidate >= enough;
  const isPlannedLook = isDue && !run.isLookTaken && run.stepId !== FINAL_STEP && state.looks > 0;
  const needs = { minRequests, isPlannedLook };
  const compared = judgeCanary(state, modesOf(plan), plan.analysis, needs);
  const isDrawnByRequest = plan.analysis.arm_unit === 'request';
  if (run.stepId === FINAL_STEP) {
    return { canary: withoutComparison(compared, isDrawnByRequest), isPlannedLook: false };
  }
  if (isDrawnByRequest) return { canary: compared, isPlannedLook };
  const sticky = judgeStickyArms(Object.values(keys), plan.analysis, {
    isPlannedLook,
    looks: plan.steps.length - 1,
    seed: `${run.id}/${run.stepId}`,
  });
  return { canary: withStickyArms(compared, sticky), isPlannedLook };
}

/** With fewer requests the ceiling could not be shown if all of them went well: the one look would be wasted. */
function fewestToShow({ alpha_promote, ceiling }: ReleasePlan['analysis']): number {
  return Math.ceil(Math.log(alpha_promote) / Math.log1p(-ceiling));
}

function withoutComparison(compared: CanaryVerdict, isDrawnByRequest: boolean): CanaryVerdict {
  // What the step before did to its requests may be counted a little later.
  if (compared.verdict === 'fail' && isDrawnByRequest) return compared;
  return { ...compared, verdict: 'inconclusive', reasons: ['no_comparison'], shownBy: undefined };
}

/** Where the coin is thrown for keys, no figure that counts requests one by one may decide; their counts still matter. */
function withStickyArms(compared: CanaryVerdict, sticky: ReturnType<typeof judgeStickyArms>): CanaryVerdict {
  if (sticky.verdict === 'fail') return { ...compared, ...sticky, shownBy: undefined };
  const counted = compared.reasons.filter((reason) => reason === 'no_data' || reason === 'too_few_requests');
  const reasons = [...counted, ...sticky.reasons];
  return {
    ...compared,
    verdict: reasons.length === 0 ? 'pass' : 'inconclusive',
    reasons,
    shownBy: reasons.length === 0 ? 'ceiling' : undefined,
  };
}
