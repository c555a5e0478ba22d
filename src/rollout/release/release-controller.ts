import { randomUUID } from 'node:crypto';
import { toGatewayError } from '../../core/gateway-error.ts';
import type { Logger } from '../../core/logger.ts';
import { createRareWarning } from '../../core/rare-warning.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import type { Rollout } from '../rollout.ts';
import { whenDecided, whenInForce } from './after-decision.ts';
import {
  changeForRollback,
  changeForStep,
  changeToStay,
  stepExposure,
  type TrafficFacts,
} from './begin-step.ts';
import { judgeRun } from './judge-run.ts';
import { type Intent, nextDecision, type RunConditions, waitsFor } from './next-decision.ts';
import { CONTROLLER, type NewDecision, type ReleaseDecision, superseded } from './release-decision.ts';
import { eventOf } from './release-event.ts';
import { isOver, type ReleaseRun } from './release-run.ts';
import { type Lease, type ReleaseStore, type RunWrite, StaleRun, type StoredRun } from './release-store.ts';
import { type ReleaseView, viewOf } from './release-view.ts';
import { differenceOf } from './rollout-drift.ts';
import { analysisAtNextStep } from './run-analysis.ts';
import { afterLook, measure, measuredEvery, withIntake } from './take-stock.ts';

/** How often the controller looks. */
const TICK_MS = 1_000;
/** How long a lease holds that is not renewed: a process that has ended is replaced after that. */
const LEASE_MS = 10_000;
/** How long it is used before it is renewed, and how often it is asked for where another process has it. */
const RENEW_MS = 3_000;
/** How long a change may take to be in force before the process that makes it is taken for gone. */
const CHANGE_MS = 60_000;
/** A rollout that differs for so long was changed by somebody: a flag server is polled more often. */
const DRIFT_MS = 30_000;
/** How long a stop waits for what is under way; a decision that is cut off stays pending. */
const STOP_MS = 5_000;
/** How often a change that goes forward is tried before the run is held. Going back is tried for ever. */
const MAX_TRIES = 5;

/** Carries a plan out: one process of all acts, the others look on. */
export interface ReleaseController {
  /** The latest run as it was last seen, over or not; undefined where there never was one. */
  view(): ReleaseView | undefined;
  /** Looks now, for who has just changed something; resolves when that look is over. */
  look(): Promise<void>;
  /** Begins to look every second. */
  start(): void;
  /** Ends the looking, waits for what is under way, and gives the lease up. */
  stop(): Promise<void>;
}

export interface ReleaseControllerDependencies {
  readonly store: ReleaseStore;
  readonly rollout: Rollout;
  readonly facts: TrafficFacts;
  /** What there is to be known beside the requests; drift is found here. */
  readonly conditions: () => Omit<RunConditions, 'drift' | 'isDriftSettled'>;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Creates the controller; it looks at nothing before `start` or `look`. */
export function createReleaseController(deps: ReleaseControllerDependencies): ReleaseController {
  const { store, rollout, facts, logger, now } = deps;
  const holder = randomUUID();
  const warn = createRareWarning(logger, 'the release cannot be looked after', () => performance.now());
  let lease: Lease | undefined;
  /** When it was last asked for. */
  let leasedAt = Number.NEGATIVE_INFINITY;
  /** Since when the rollout has not been what the run asked for; undefined where it is. */
  let driftSince: number | undefined;
  let view: ReleaseView | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isStopped = false;

  async function tick(): Promise<void> {
    const stored = await store.active();
    // Without a run nothing is written: a database that is locked, or gone, costs nothing then.
    if (stored !== undefined) await actWhereLeased(stored);
    await show();
  }

  async function actWhereLeased(stored: StoredRun): Promise<void> {
    if (now() - leasedAt >= RENEW_MS) {
      leasedAt = now();
      lease = await store.acquire(holder, leasedAt, LEASE_MS);
    }
    if (lease === undefined) return;
    await act(stored, lease).catch((error: unknown) => {
      // It may be the lease that another process has taken.
      lease = undefined;
      throw error;
    });
  }

  async function act(stored: StoredRun, held: Lease): Promise<void> {
    const pending = await store.pendingDecision(stored.run.id);
    if (pending !== undefined) await carryOut(stored, pending, held);
    const current = await store.active();
    if (current === undefined) return;
    await takeStock(current, held, await store.pendingDecision(current.run.id));
    const decided = await store.pendingDecision(current.run.id);
    const after = await store.active();
    if (after !== undefined && decided !== undefined && decided.id !== pending?.id) {
      await carryOut(after, decided, held);
    }
  }

  /** Takes in what was counted, judges, and writes what is decided; acts on nothing. */
  async function takeStock(
    stored: StoredRun,
    held: Lease,
    pending: ReleaseDecision | undefined,
  ): Promise<void> {
    const { run, plan } = stored;
    const at = now();
    const drift = pending === undefined ? driftOf(run) : undefined;
    driftSince = drift === undefined ? undefined : (driftSince ?? at);
    const isDriftSettled = driftSince !== undefined && at - driftSince >= DRIFT_MS;
    const conditions: RunConditions = { ...deps.conditions(), drift, isDriftSettled };
    // Worked out beforehand, since nothing else may be waited for while the database holds its locks.
    const isDue = run.state === 'running' && waitsFor(run, plan.plan, at).length === 0;
    const next = isDue
      ? await prepareNextStep(stored).catch((error: unknown) => toGatewayError(error))
      : undefined;
    await store.takeIn(stored, held, (intake) => {
      const { run: counted, analysis } = withIntake(stored, intake, at);
      const verdict = judgeRun(counted, analysis, plan, at);
      const judged = afterLook(counted, verdict);
      const intent = nextDecision(judged, plan.plan, verdict.canary, conditions, at);
      const allowed = pending === undefined || intent?.kind === 'rollback' ? intent : undefined;
      const decided = allowed === undefined ? { run: judged } : decide(judged, stored, allowed, next, at);
      const settled =
        pending !== undefined && decided.decision?.kind === 'rollback'
          ? superseded(pending, 'rollback')
          : undefined;
      const isNew = analysis.canary.looks !== stored.analysis.canary.looks;
      const isMeasured =
        decided.decision !== undefined || (isNew && at - run.measuredAt >= measuredEvery(stored, TICK_MS));
      if (!isMeasured) return { ...decided, analysis, settled };
      const measurement = measure(judged, verdict, analysis, conditions, at);
      return { ...decided, run: { ...decided.run, measuredAt: at }, analysis, settled, measurement };
    });
  }

  /** What the next step would expose; undefined where there is none. */
  async function prepareNextStep({ run, plan }: StoredRun) {
    const stepIndex = run.stepIndex + 1;
    const step = plan.plan.steps[stepIndex];
    if (step === undefined || run.exposure === null) return undefined;
    const exposure = await stepExposure(plan.plan, stepIndex, run.exposure, facts);
    return { stepId: step.id, change: changeForStep(run, plan.plan, step.id, exposure) };
  }

  function decide(
    run: ReleaseRun,
    { plan }: StoredRun,
    intent: Intent,
    next: Awaited<ReturnType<typeof prepareNextStep>> | Error,
    at: number,
  ): Pick<RunWrite, 'run' | 'decision' | 'event'> {
    const base = { kind: intent.kind, actor: CONTROLLER, reason: intent.reason };
    const written = whenDecided(run, intent, at);
    const event = eventOf(intent.kind, written, plan, base, at);
    if (intent.kind === 'rollback') {
      return {
        run: written,
        decision: { ...base, stepId: run.stepId, change: changeForRollback(run, plan.plan) },
        event,
      };
    }
    if (intent.kind !== 'promote') return { run: written, decision: { ...base, stepId: run.stepId }, event };
    if (next === undefined || next instanceof Error) {
      const reason = `The next step cannot begin: ${next?.message ?? 'there is none'}`;
      const hold = { kind: 'hold', cause: 'change_failed', reason } as const;
      const held = whenDecided(run, hold, at);
      const decision: NewDecision = { kind: 'hold', actor: CONTROLLER, reason, stepId: run.stepId };
      return { run: held, decision, event: eventOf('hold', held, plan, decision, at) };
    }
    return { run: written, decision: { ...base, ...next } };
  }

  /** Brings about what a decision asks for, sees it in force, and writes that down. */
  async function carryOut(stored: StoredRun, decision: ReleaseDecision, held: Lease): Promise<void> {
    const { run, plan } = stored;
    const { change } = decision;
    if (change === undefined)
      return store.write(stored, { run, settled: { id: decision.id, status: 'done' } }, held);
    try {
      await waitAtMost(
        rollout.change(
          { ...change, rules: { ...change.rules, sequence: decision.sequence } },
          decision.actor,
        ),
        CHANGE_MS,
      );
      const drift = differenceOf(change, rollout);
      if (drift !== undefined) throw new Error(drift);
    } catch (error) {
      await giveUpOrWait(stored, decision, error, held);
      return;
    }
    const at = now();
    const stepIndex = plan.plan.steps.findIndex(({ id }) => id === decision.stepId);
    const after = whenInForce(run, decision, stepIndex, at);
    const isStep = ['start', 'promote', 'skip'].includes(decision.kind);
    logger.warn(
      { runId: run.id, decision: decision.kind, step: decision.stepId, reason: decision.reason },
      'release changed',
    );
    await store.write(
      stored,
      {
        run: after,
        analysis: isStep ? analysisAtNextStep(stored.analysis) : undefined,
        settled: { id: decision.id, status: 'done' },
        // What people have asked for was told when they did.
        event:
          isStep || isOver(after)
            ? eventOf(isStep ? decision.kind : after.state, after, plan, decision, at)
            : undefined,
      },
      held,
    );
  }

  async function giveUpOrWait(
    stored: StoredRun,
    decision: ReleaseDecision,
    error: unknown,
    held: Lease,
  ): Promise<void> {
    const fault = error instanceof Error ? error.message : String(error);
    logger.error(
      { err: error, runId: stored.run.id, decision: decision.kind },
      'a decision is not in force yet',
    );
    const isBack = ['rollback', 'abort', 'hold'].includes(decision.kind);
    if (isBack || decision.attempts + 1 < MAX_TRIES) return store.noteFault(decision.id, fault, held);
    // Where the flag server is gone for everything, the run goes on when it is back.
    const isServerGone = toGatewayError(error).code === 'flag_server_unavailable';
    const cause = isServerGone || !deps.conditions().areFlagsKnown ? 'flags_unavailable' : 'change_failed';
    const hold = {
      kind: 'hold',
      cause,
      reason: `The change could not be made: ${fault}`,
    } as const;
    const run = whenDecided(stored.run, hold, now());
    const settled = { id: decision.id, status: 'failed', fault } as const;
    // What could not be seen in force may be so all the same.
    const change = changeToStay(stored.run, stored.plan.plan);
    const { stepId } = run;
    const written: NewDecision = { kind: 'hold', actor: CONTROLLER, reason: hold.reason, stepId, change };
    const event = eventOf('hold', run, stored.plan, written, now());
    await store.write(stored, { run, settled, decision: written, event }, held);
  }

  function driftOf(run: ReleaseRun): string | undefined {
    return run.exposure === null ? undefined : differenceOf(run.exposure, rollout);
  }

  async function show(): Promise<void> {
    const stored = await store.latest();
    if (stored === undefined) return;
    view = viewOf(stored, now());
  }

  /** One at a time; what fails is tried again at the next look. */
  const look = async () => {
    while (looking !== undefined) await looking;
    looking = tick()
      .catch((error: unknown) => {
        // Somebody else has just written: the next look sees what.
        if (!(error instanceof StaleRun)) warn(error);
      })
      .finally(() => {
        looking = undefined;
      });
    await looking;
  };
  const schedule = () => {
    timer = setTimeout(async () => {
      await look();
      if (!isStopped) schedule();
    }, TICK_MS);
    timer.unref();
  };

  return {
    view: () => view,
    look,
    start: schedule,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await waitAtMost(looking ?? Promise.resolve(), STOP_MS).catch(warn);
      if (lease !== undefined) await store.release(lease).catch(warn);
    },
  };
}
