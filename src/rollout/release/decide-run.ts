import { GatewayError } from '../../core/gateway-error.ts';
import type { Rollout } from '../rollout.ts';
import { whenDecided } from './after-decision.ts';
import {
  changeForRollback,
  changeForStep,
  changeToStay,
  stepExposure,
  type TrafficFacts,
} from './begin-step.ts';
import type { RunVerdict } from './judge-run.ts';
import {
  type Doubt,
  endsByItself,
  type Intent,
  nextDecision,
  type RunConditions,
  whatForbids,
} from './next-decision.ts';
import {
  CONTROLLER,
  goesForward,
  type NewDecision,
  type ReleaseDecision,
  superseded,
} from './release-decision.ts';
import { eventOf } from './release-event.ts';
import type { ReleaseRun } from './release-run.ts';
import type { RunWrite, StoredRun } from './release-store.ts';
import { differenceOf } from './rollout-drift.ts';

/** What begins a step, or why it cannot begin. */
export type PreparedStep = Pick<NewDecision, 'stepId' | 'change'>;

/** What a decision about a run is made from. */
export interface DecisionGround {
  /** As it is with all that was counted. */
  readonly run: ReleaseRun;
  readonly stored: StoredRun;
  readonly verdict: RunVerdict;
  readonly conditions: RunConditions;
  /** What was decided and is not in force yet. */
  readonly pending: ReleaseDecision | undefined;
  /** Whether that is in force here all the same: whoever made it had no time to write it down. */
  readonly isPendingInForce: boolean;
  /** Undefined where nobody has worked it out. */
  readonly prepared: PreparedStep | GatewayError | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What is written of a decision; `needsStep` where it takes a step that nobody has worked out. */
export type Decided = Pick<RunWrite, 'run' | 'decision' | 'event' | 'settled'> & {
  readonly needsStep?: boolean;
};

/** Decides what is to become of a run. It changes nothing: what is decided is written, then carried out. */
export function decideRun(ground: DecisionGround): Decided {
  const { run, pending } = ground;
  const intent = intentOf(ground);
  if (intent === undefined) return { run };
  const decided = toDecided(intent, ground);
  return pending === undefined || decided.decision === undefined
    ? decided
    : { ...decided, settled: superseded(pending, intent.kind) };
}

function intentOf(ground: DecisionGround): Intent | undefined {
  const { run, stored, verdict, conditions, pending, at } = ground;
  const { plan } = stored.plan;
  const intent = nextDecision(run, plan, verdict.canary, conditions, at);
  if (pending === undefined || intent?.kind === 'rollback') return intent;
  if (!goesForward(pending) || ground.isPendingInForce) return undefined;
  // It was allowed when it was decided: what matters is whether it is so now.
  const forbids = whatForbids(plan, { ...conditions, areFlagsKnown: true }, at);
  if (forbids !== undefined) return { kind: 'hold', ...(lastingHold(run) ?? forbids) };
  if (conditions.isDriftSettled) return { kind: 'hold', cause: 'drift', reason: conditions.drift ?? '' };
  // Nothing is changed where it is not known what the flags say; that is tried again, for a while.
  return intent?.kind === 'hold' && intent.cause !== 'flags_unavailable' ? intent : undefined;
}

/** A hold that only a person ends stays one, whatever a step that was asked for meanwhile has met. */
function lastingHold({ state, holdCause, reason }: ReleaseRun): Doubt | undefined {
  const isLasting = state === 'held' && holdCause !== null && !endsByItself(holdCause);
  return isLasting ? { cause: holdCause, reason } : undefined;
}

function toDecided(intent: Intent, ground: DecisionGround): Decided {
  const { run, stored, prepared, at } = ground;
  const isBeginning = intent.kind === 'resume' && run.exposure === null;
  if (intent.kind === 'promote' || isBeginning) {
    if (prepared === undefined) return { run, needsStep: true };
    if (prepared instanceof GatewayError)
      return toHold(`The next step cannot begin: ${prepared.message}`, ground);
    const kind = isBeginning ? 'start' : 'promote';
    const written = isBeginning ? whenDecided(run, intent, at) : run;
    return { run: written, decision: { kind, actor: CONTROLLER, reason: intent.reason, ...prepared } };
  }
  const written = whenDecided(run, intent, at);
  const decision: NewDecision = {
    kind: intent.kind,
    actor: CONTROLLER,
    reason: intent.reason,
    stepId: run.stepId,
    change: changeOf(intent, ground),
  };
  return { run: written, decision, event: eventOf(intent.kind, written, stored.plan, decision, at) };
}

function toHold(reason: string, ground: DecisionGround): Decided {
  return toDecided({ kind: 'hold', cause: 'change_failed', reason }, ground);
}

function changeOf({ kind }: Intent, ground: DecisionGround): NewDecision['change'] {
  const { run, stored, pending, conditions } = ground;
  const { plan } = stored.plan;
  if (kind === 'rollback') return changeForRollback(run, plan);
  // Of what was being carried out something may be in force; what a person has changed since is left to people.
  const isBroughtBack = kind === 'hold' && pending !== undefined && conditions.drift === undefined;
  return isBroughtBack ? changeToStay(run, plan) : undefined;
}

/**
 * What begins the next step, or the first one where nothing of the run was ever in force.
 * @throws GatewayError where it cannot begin
 */
export async function prepareStep({ run, plan }: StoredRun, facts: TrafficFacts): Promise<PreparedStep> {
  const stepIndex = run.exposure === null ? run.stepIndex : run.stepIndex + 1;
  const exposure = await stepExposure(plan.plan, stepIndex, run.exposure, facts);
  const stepId = plan.plan.steps[stepIndex]?.id ?? '';
  return { stepId, change: changeForStep(run, plan.plan, stepId, exposure) };
}

/** Whether a decision is in force in this process, all of it. */
export function isInForce({ change, sequence }: ReleaseDecision, rollout: Pick<Rollout, 'summary'>): boolean {
  if (change === undefined) return false;
  return differenceOf(change, rollout) === undefined && rollout.summary().rules?.sequence === sequence;
}

/**
 * How the rollout differs from what the run has, and from what it is on its way to; undefined where nobody else has
 * changed it, or it is not known what it was.
 */
export function driftOf(
  { exposure }: ReleaseRun,
  pending: ReleaseDecision | undefined,
  rollout: Pick<Rollout, 'summary'>,
): string | undefined {
  if (exposure === null) return undefined;
  if (pending === undefined) return differenceOf(exposure, rollout);
  if (!goesForward(pending) || pending.change === undefined) return undefined;
  return isOnItsWay(exposure, pending.change, pending.sequence, rollout)
    ? undefined
    : differenceOf(exposure, rollout);
}

type Exposure = NonNullable<ReleaseRun['exposure']>;

/** Whether each part of the rollout is the old one or the new one. */
function isOnItsWay(
  from: Exposure,
  to: Exposure,
  sequence: number,
  rollout: Pick<Rollout, 'summary'>,
): boolean {
  const { enrolledPercent, armShare, namedKeys, rules } = rollout.summary();
  const isOwn = (seen: number, one: number, other: number) =>
    Math.abs(seen - one) < 1e-9 || Math.abs(seen - other) < 1e-9;
  // What raises writes its rules first: until they are there, a key that has left was taken out by a person.
  const isBegun = rules?.sequence === sequence || to.enrolledPercent <= from.enrolledPercent;
  const named = isBegun ? from.namedKeys.filter((key) => to.namedKeys.includes(key)) : from.namedKeys;
  return (
    isOwn(enrolledPercent, from.enrolledPercent, to.enrolledPercent) &&
    isOwn(armShare, from.armShare, to.armShare) &&
    named.every((key) => namedKeys.includes(key))
  );
}
