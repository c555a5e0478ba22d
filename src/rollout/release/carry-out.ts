import { GatewayError, toGatewayError } from '../../core/gateway-error.ts';
import type { Logger } from '../../core/logger.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import type { Rollout } from '../rollout.ts';
import { whenDecided, whenInForce } from './after-decision.ts';
import { changeToStay } from './begin-step.ts';
import { CONTROLLER, goesForward, type NewDecision, type ReleaseDecision } from './release-decision.ts';
import { eventOf } from './release-event.ts';
import { isOver } from './release-run.ts';
import type { Lease, ReleaseStore, StoredRun } from './release-store.ts';
import { differenceOf } from './rollout-drift.ts';
import { analysisAtNextStep } from './run-analysis.ts';

/** How long a change may take to be in force before the process that makes it is taken for gone. */
const CHANGE_MS = 60_000;
/**
 * How often a change is tried before the run is held: one that goes forward, or that brings back what a person has
 * changed. Going back is tried for ever.
 */
const MAX_TRIES = 5;

export interface CarryOutDependencies {
  readonly store: ReleaseStore;
  readonly rollout: Rollout;
  /** Whether the flags are those that the flag server, or the database, has now. */
  readonly areFlagsKnown: () => boolean;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Brings about what a decision asks for, sees it in force, and writes that down. */
export async function carryOut(
  stored: StoredRun,
  decision: ReleaseDecision,
  held: Lease,
  deps: CarryOutDependencies,
): Promise<void> {
  const { store } = deps;
  if (decision.change === undefined) {
    return store.write(stored, { run: stored.run, settled: { id: decision.id, status: 'done' } }, held);
  }
  try {
    await makeChange(decision, decision.change, deps);
  } catch (error) {
    await giveUpOrWait(stored, decision, error, held, deps);
    return;
  }
  await settle(stored, decision, held, deps);
}

async function makeChange(
  decision: ReleaseDecision,
  change: NonNullable<ReleaseDecision['change']>,
  { rollout, areFlagsKnown }: CarryOutDependencies,
): Promise<void> {
  if (goesForward(decision) && !areFlagsKnown()) {
    throw new GatewayError('flag_server_unavailable', 'It is not known what the flags say now.');
  }
  const numbered = { ...change, rules: { ...change.rules, sequence: decision.sequence } };
  const late = () =>
    new GatewayError('flag_change_unverified', `It was not in force within ${CHANGE_MS / 1000} seconds.`);
  await waitAtMost(rollout.change(numbered, decision.actor), CHANGE_MS, late);
  const difference = differenceOf(change, rollout);
  if (difference !== undefined) throw new GatewayError('flag_change_unverified', difference);
}

async function settle(
  stored: StoredRun,
  decision: ReleaseDecision,
  held: Lease,
  { store, logger, now }: CarryOutDependencies,
): Promise<void> {
  const { run, plan } = stored;
  const { id, kind, stepId, reason } = decision;
  const at = now();
  const stepIndex = plan.plan.steps.findIndex((step) => step.id === stepId);
  const after = whenInForce(run, decision, stepIndex, at);
  const isStep = goesForward(decision);
  logger.warn({ runId: run.id, decision: kind, step: stepId, reason }, 'release changed');
  // What people have asked for was told when they did.
  const event =
    isStep || isOver(after) ? eventOf(isStep ? kind : after.state, after, plan, decision, at) : undefined;
  const analysis = isStep ? analysisAtNextStep(stored.analysis) : undefined;
  await store.write(stored, { run: after, analysis, settled: { id, status: 'done' }, event }, held);
}

async function giveUpOrWait(
  stored: StoredRun,
  decision: ReleaseDecision,
  error: unknown,
  held: Lease,
  { store, areFlagsKnown, logger, now }: CarryOutDependencies,
): Promise<void> {
  logger.error(
    { err: error, runId: stored.run.id, decision: decision.kind },
    'a decision is not in force yet',
  );
  const fault = faultOf(error);
  const isForward = goesForward(decision);
  const isGivenUp = isForward || decision.kind === 'resume';
  if (!isGivenUp || decision.attempts + 1 < MAX_TRIES) {
    return store.noteFault(decision.id, fault, held);
  }
  // Where the flag server is gone for everything, the run goes on when it is back.
  const isServerGone = toGatewayError(error).code === 'flag_server_unavailable' || !areFlagsKnown();
  const cause = isServerGone ? 'flags_unavailable' : 'change_failed';
  const hold = { kind: 'hold', cause, reason: `The change could not be made: ${fault}` } as const;
  const run = whenDecided(stored.run, hold, now());
  const settled = { id: decision.id, status: 'failed', fault } as const;
  // What could not be seen in force may be so all the same. What a resume could not bring back is left as it is.
  const change = isForward ? changeToStay(stored.run, stored.plan.plan) : undefined;
  const written: NewDecision = {
    kind: 'hold',
    actor: CONTROLLER,
    reason: hold.reason,
    stepId: run.stepId,
    change,
  };
  const event = eventOf('hold', run, stored.plan, written, now());
  await store.write(stored, { run, settled, decision: written, event }, held);
}

/** What of it may be shown: a database's own words may have anything in them. */
function faultOf(error: unknown): string {
  return error instanceof GatewayError
    ? error.message
    : 'The gateway failed; what it failed by is in its log.';
}
