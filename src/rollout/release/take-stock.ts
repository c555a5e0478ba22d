import { randomUUID } from 'node:crypto';
import type { RunVerdict } from './judge-run.ts';
import { isShownSafe, type RunConditions } from './next-decision.ts';
import { addMinutes } from './objective-guard.ts';
import type { Measurement, ReleaseRun } from './release-run.ts';
import type { StoredRun } from './release-store.ts';
import { addIntake, type Intake, type RunAnalysis, stratumCounts } from './run-analysis.ts';

/** Between two measurements that are kept there is no more than this. */
const MAX_MEASURED_EVERY_MS = 300_000;
/** A process tells of its open breaker each second: one that has said nothing for so long has none, or is gone. */
const BREAKER_TOLD_MS = 5_000;

/**
 * A run with what was counted since, and when something was.
 * @param at epoch milliseconds
 */
export function withIntake(
  stored: StoredRun,
  intake: Intake,
  at: number,
): Pick<StoredRun, 'run' | 'analysis'> {
  const { run, plan, analysis } = stored;
  const isBreakerOpen = intake.counts.some((each) => each.isBreakerOpen);
  const told = {
    ...run,
    breakerOpenAt: isBreakerOpen ? at : run.breakerOpenAt,
    unreadCounts: run.unreadCounts + intake.unreadable.length,
  };
  const pieces = stratumCounts(intake, run.stepId);
  const counts = pieces.flat();
  if (counts.length === 0) return { run: told, analysis };
  const isNews = counts.some(({ isLate }) => isLate !== true);
  return {
    run: {
      ...told,
      minutes: addMinutes(run.minutes, counts, at),
      lastEventAt: isNews ? at : run.lastEventAt,
      eventLoopLagMs: Math.max(...intake.counts.map((each) => each.eventLoopLagMs)),
    },
    analysis: addIntake(analysis, pieces, intake, plan.plan, run.stepId),
  };
}

/**
 * What there is to be known, with what other processes have told of themselves.
 * @param at epoch milliseconds
 */
export function withTold(
  conditions: RunConditions,
  { breakerOpenAt }: ReleaseRun,
  at: number,
): RunConditions {
  return {
    ...conditions,
    isBreakerOpen: conditions.isBreakerOpen || at - breakerOpenAt < BREAKER_TOLD_MS,
  };
}

/** What was shown stays shown, and the one look at the ceiling is taken once. */
export function afterLook(run: ReleaseRun, { canary, isPlannedLook }: RunVerdict): ReleaseRun {
  const shownBy =
    run.shownBy ?? (isShownSafe(run, canary) || canary.shownBy === 'ceiling' ? canary.shownBy : null);
  return { ...run, shownBy: shownBy ?? null, isLookTaken: run.isLookTaken || isPlannedLook };
}

/** What a look came to, with all it was judged by. */
export function measure(
  run: ReleaseRun,
  { canary, isPlannedLook }: RunVerdict,
  { canary: known, keys }: RunAnalysis,
  conditions: RunConditions,
  at: number,
): Measurement {
  return {
    id: `measurement_${randomUUID()}`,
    runId: run.id,
    stepId: run.stepId,
    at,
    verdict: canary,
    inputs: { isPlannedLook, conditions, shownBy: run.shownBy, known, keys },
  };
}

/** Often enough to see how a step went, and seldom enough for months of them to be kept; in milliseconds. */
export function measuredEvery({ run, plan }: StoredRun, least: number): number {
  const step = plan.plan.steps[run.stepIndex];
  const bake = step !== undefined && 'bake' in step ? step.bake : MAX_MEASURED_EVERY_MS;
  return Math.min(MAX_MEASURED_EVERY_MS, Math.max(least, bake / 200));
}
