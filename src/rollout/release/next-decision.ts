import type { CanaryVerdict } from '../analysis/judge-canary.ts';
import { isFrozen } from '../plan/freeze-window.ts';
import { FINAL_STEP, type ReleasePlan } from '../plan/release-plan.ts';
import { breaksObjectives } from './objective-guard.ts';
import type { DecisionKind } from './release-decision.ts';
import { bakedFor, type HoldCause, type ReleaseRun } from './release-run.ts';

/** What a process knows beside the requests. */
export interface SeenConditions {
  /** Whether the kill switch, or the kill flag, is on. */
  readonly isKilled: boolean;
  /** Whether the flags are those that the flag server, or the database, has now. */
  readonly areFlagsKnown: boolean;
  /** Whether a breaker keeps requests off the new path. */
  readonly isBreakerOpen: boolean;
}

/** What there is to be known beside the requests. */
export interface RunConditions extends SeenConditions {
  /** How the rollout differs from what the run asked for, in words; undefined where it does not. */
  readonly drift: string | undefined;
  /** Whether that has been so for longer than a change takes to be seen here. */
  readonly isDriftSettled: boolean;
}

/** What is to be decided, before it is worked out what changes with it. */
export interface Intent {
  readonly kind: Extract<DecisionKind, 'promote' | 'hold' | 'inconclusive' | 'resume' | 'rollback'>;
  readonly reason: string;
  readonly cause?: HoldCause | undefined;
}

/** None of them says that anything was wrong. */
const PASSING: ReadonlySet<HoldCause> = new Set([
  'killed',
  'flags_unavailable',
  'breaker_open',
  'blind',
  'objectives',
  'event_loop',
  'frozen',
]);

/** Whether a hold ends when what it stands for has ended, without a person who has it go on. */
export function endsByItself(cause: HoldCause): boolean {
  return PASSING.has(cause);
}

/**
 * What follows from what is known of a run; undefined where it goes on as it is. Harm rolls back whatever the state;
 * doubt promotes nothing and rolls nothing back.
 * @param now epoch milliseconds
 */
export function nextDecision(
  run: ReleaseRun,
  plan: ReleasePlan,
  verdict: CanaryVerdict,
  conditions: RunConditions,
  now: number,
): Intent | undefined {
  if (run.state === 'rolling_back' || run.state === 'rolled_back' || run.state === 'aborted')
    return undefined;
  const harm = harmOf(run, plan, verdict, now);
  if (harm !== undefined) return { kind: 'rollback', reason: harm };
  if (run.state === 'inconclusive') return undefined;
  const doubt = doubtOf(run, plan, verdict, conditions, now);
  if (run.state === 'held') return afterHold(run, doubt ?? freezeOf(run, plan, now));
  if (doubt !== undefined) return { kind: 'hold', ...doubt };
  // What is seen here may be older than the change that the run has just made in another process.
  if (run.state !== 'running' || conditions.drift !== undefined) return undefined;
  return onTheWay(run, plan, verdict, now);
}

/** Whether the step was shown to be safe, now or at its one look at the ceiling. */
export function isShownSafe(run: ReleaseRun, { verdict, reasons }: CanaryVerdict): boolean {
  if (verdict === 'pass') return true;
  // What was shown by the one planned look is not asked for again; all else is.
  return run.shownBy !== null && reasons.every((reason) => reason === 'not_shown_to_be_safe');
}

/** What keeps a step that was shown to be safe from being promoted; empty where nothing does. */
export function waitsFor(run: ReleaseRun, plan: ReleasePlan, now: number): readonly string[] {
  const step = plan.steps[run.stepIndex];
  if (step === undefined || !('bake' in step)) return [];
  const missing = step.approvals - new Set(run.approvals.map(({ actor }) => actor)).size;
  const found: readonly (readonly [string, boolean])[] = [
    ['bake time', bakedFor(run, now) < step.bake],
    [missing === 1 ? '1 approval' : `${missing} approvals`, missing > 0],
    ['the end of a freeze window', isFrozen(plan.freeze, now)],
  ];
  return found.filter(([, holds]) => holds).map(([what]) => what);
}

function harmOf(run: ReleaseRun, plan: ReleasePlan, verdict: CanaryVerdict, now: number): string | undefined {
  if (verdict.verdict === 'fail') return `The new path is worse: ${guiltyStreams(verdict)}.`;
  const { objectives } = plan;
  // While the paths are compared, a provider's outage must not be held against the new one.
  const isAlone = run.stepId === FINAL_STEP;
  if (isAlone && objectives.mode === 'rollback' && breaksObjectives(run.minutes, objectives, now)) {
    return 'The new path breaks its objectives.';
  }
  return undefined;
}

function guiltyStreams({ streams }: CanaryVerdict): string {
  const worst = streams
    .filter(({ mode, difference = 0 }) => mode === 'rollback' && difference > 0)
    .toSorted((one, other) => other.logE - one.logE);
  const described = worst
    .slice(0, 3)
    .map(({ stream, bad }) => `${stream} ${bad.candidate} to ${bad.control}`);
  return described.join(', ') || 'by its keys';
}

/** Why nothing goes forward. */
export type Doubt = { readonly cause: HoldCause; readonly reason: string };

/**
 * What keeps a step from being begun at this moment, whoever asks for it and whatever was shown; undefined where
 * nothing does.
 * @param now epoch milliseconds
 */
export function whatForbids(plan: ReleasePlan, conditions: SeenConditions, now: number): Doubt | undefined {
  return frozen(plan, now) ?? firstOf(ofProcess(conditions));
}

function frozen({ freeze }: ReleasePlan, now: number): Doubt | undefined {
  const reason = 'A freeze window of the plan is open.';
  return isFrozen(freeze, now) ? { cause: 'frozen', reason } : undefined;
}

type Finding = readonly [HoldCause, string, boolean];

function ofProcess({ isKilled, areFlagsKnown, isBreakerOpen }: SeenConditions): readonly Finding[] {
  return [
    ['killed', 'The kill switch is engaged.', isKilled],
    ['flags_unavailable', 'It is not known what the flags say now.', !areFlagsKnown],
    ['breaker_open', 'The breaker of the new path is open.', isBreakerOpen],
  ];
}

function firstOf(found: readonly Finding[]): Doubt | undefined {
  const first = found.find(([, , holds]) => holds);
  return first === undefined ? undefined : { cause: first[0], reason: first[1] };
}

function doubtOf(
  run: ReleaseRun,
  plan: ReleasePlan,
  verdict: CanaryVerdict,
  conditions: RunConditions,
  now: number,
): Doubt | undefined {
  // Before anything is in force there is nothing to be seen, as there is not where all take the new path.
  const isCompared = run.stepId !== FINAL_STEP && run.exposure !== null;
  const { blind_after } = plan.analysis;
  const isMismatch = verdict.reasons.includes('sample_ratio_mismatch');
  const breaks = plan.objectives.mode !== 'observe' && breaksObjectives(run.minutes, plan.objectives, now);
  const isLate = run.eventLoopLagMs > plan.guards.event_loop_lag_ms;
  return firstOf([
    ...ofProcess(conditions),
    ['drift', conditions.drift ?? '', conditions.isDriftSettled],
    ['unreadable_counts', 'Counts of the arms could not be read.', run.unreadCounts > 0],
    ['sample_ratio_mismatch', 'Requests are not counted in the shares that were drawn.', isMismatch],
    ['objectives', 'The new path breaks its objectives.', breaks],
    ['event_loop', `Timers run ${Math.round(run.eventLoopLagMs)} ms late.`, isLate],
    ['blind', 'There are no new events.', isCompared && now - run.lastEventAt >= blind_after],
  ]);
}

/** Of a run that was held by a freeze window: what it ends with, so that the window is in its history once. */
function freezeOf({ holdCause }: ReleaseRun, plan: ReleasePlan, now: number): Doubt | undefined {
  return holdCause === 'frozen' ? frozen(plan, now) : undefined;
}

function afterHold(run: ReleaseRun, doubt: Doubt | undefined): Intent | undefined {
  const isPassing = run.holdCause !== null && endsByItself(run.holdCause);
  if (!isPassing) return undefined;
  if (doubt === undefined) return { kind: 'resume', reason: `No longer: ${run.reason}` };
  return doubt.cause === run.holdCause || endsByItself(doubt.cause) ? undefined : { kind: 'hold', ...doubt };
}

function onTheWay(
  run: ReleaseRun,
  plan: ReleasePlan,
  verdict: CanaryVerdict,
  now: number,
): Intent | undefined {
  const step = plan.steps[run.stepIndex];
  if (step === undefined || !('bake' in step)) return undefined;
  if (isShownSafe(run, verdict)) {
    if (waitsFor(run, plan, now).length > 0) return undefined;
    return { kind: 'promote', reason: `Shown to be safe by the ${run.shownBy ?? verdict.shownBy}.` };
  }
  if (now - run.deadlineFrom < step.deadline) return undefined;
  return { kind: 'inconclusive', reason: `At the deadline: ${verdict.reasons.join(', ')}.` };
}
