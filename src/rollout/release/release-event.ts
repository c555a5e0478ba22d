import type { DecisionKind, ReleaseDecision } from './release-decision.ts';
import type { ReleaseRun, RunState } from './release-run.ts';
import type { ReleaseEvent } from './release-store.ts';
import type { StoredPlan } from './stored-plan.ts';

const TYPES: Readonly<Record<DecisionKind | 'rolled_back' | 'aborted', string>> = {
  start: 'release.started',
  promote: 'release.promoted',
  skip: 'release.promoted',
  approve: 'release.approved',
  hold: 'release.held',
  inconclusive: 'release.inconclusive',
  resume: 'release.resumed',
  rollback: 'release.rolling_back',
  abort: 'release.aborting',
  rolled_back: 'release.rolled_back',
  aborted: 'release.aborted',
};

/**
 * What is told of a decision.
 * @param what the decision, or the state that it has led to
 * @param at epoch milliseconds
 */
export function eventOf(
  what: DecisionKind | RunState,
  run: ReleaseRun,
  { id: planId, hash }: StoredPlan,
  { actor, reason }: Pick<ReleaseDecision, 'actor' | 'reason'>,
  at: number,
): ReleaseEvent | undefined {
  const type = what in TYPES ? TYPES[what as keyof typeof TYPES] : undefined;
  if (type === undefined) return undefined;
  const { id: runId, state, stepId, exposure } = run;
  return { type, at, planId, planHash: hash, runId, state, stepId, exposure, actor, reason };
}
