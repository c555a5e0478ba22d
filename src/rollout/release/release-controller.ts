import { randomUUID } from 'node:crypto';
import { GatewayError } from '../../core/gateway-error.ts';
import type { Logger } from '../../core/logger.ts';
import { createRareWarning } from '../../core/rare-warning.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import type { Rollout } from '../rollout.ts';
import type { TrafficFacts } from './begin-step.ts';
import { carryOut } from './carry-out.ts';
import { decideRun, driftOf, isInForce, type PreparedStep, prepareStep } from './decide-run.ts';
import { judgeRun } from './judge-run.ts';
import type { RunConditions, SeenConditions } from './next-decision.ts';
import { goesForward, type ReleaseDecision } from './release-decision.ts';
import type { ReleaseRun } from './release-run.ts';
import { type Lease, type ReleaseStore, StaleRun, type StoredRun } from './release-store.ts';
import { type ReleaseView, viewOf } from './release-view.ts';
import { afterLook, measure, measuredEvery, withIntake, withTold } from './take-stock.ts';

/** How often the controller looks. */
const TICK_MS = 1_000;
/** How long a lease holds that is not renewed: a process that has ended is replaced after that. */
const LEASE_MS = 10_000;
/** How long it is used before it is renewed, and how often it is asked for where another process has it. */
const RENEW_MS = 3_000;
/** A rollout that differs for so long was changed by somebody: a flag server is polled more often. */
const DRIFT_MS = 30_000;
/** How long a stop waits for what is under way; a decision that is cut off stays pending. */
const STOP_MS = 5_000;

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
  readonly conditions: () => SeenConditions;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Creates the controller; it looks at nothing before `start` or `look`. */
export function createReleaseController(deps: ReleaseControllerDependencies): ReleaseController {
  const { store, rollout, facts, logger, now } = deps;
  const holder = randomUUID();
  const areFlagsKnown = () => deps.conditions().areFlagsKnown;
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
    // Going back waits for nothing; whether it may go forward is seen once more beforehand.
    if (pending !== undefined && !goesForward(pending)) await carry(stored, pending, held);
    await takeStock(held);
    const current = await store.active();
    const decided = current === undefined ? undefined : await store.pendingDecision(current.run.id);
    if (current === undefined || decided === undefined) return;
    if (decided.id === pending?.id && !goesForward(decided)) return;
    // What a person has just changed is not overwritten: it is seen whether it stays so.
    if (driftOf(current.run, decided, rollout) === undefined) await carry(current, decided, held);
  }

  /** Takes in what was counted, judges, and writes what is decided; acts on nothing. */
  async function takeStock(held: Lease): Promise<void> {
    const stored = await store.active();
    if (stored === undefined || (await takeIn(stored, held, undefined)) !== 'needs_step') return;
    // Worked out in between, since nothing else may be waited for while the database holds its locks.
    const current = await store.active();
    if (current === undefined) return;
    const prepared = await prepareStep(current, facts).catch(refusalOf);
    await takeIn(current, held, prepared);
  }

  async function takeIn(
    stored: StoredRun,
    held: Lease,
    prepared: PreparedStep | GatewayError | undefined,
  ): Promise<'needs_step' | 'done'> {
    const { run, plan } = stored;
    const at = now();
    const pending = await store.pendingDecision(run.id);
    const seen = { ...deps.conditions(), ...followDrift(run, pending, at) };
    const isPendingInForce = pending !== undefined && isInForce(pending, rollout);
    let needsStep = false;
    await store.takeIn(stored, held, (intake) => {
      noteUnreadable(intake.unreadable);
      const { run: counted, analysis } = withIntake(stored, intake, at);
      const verdict = judgeRun(counted, analysis, plan, at);
      const judged = afterLook(counted, verdict);
      const conditions = withTold(seen, judged, at);
      const ground = { stored, verdict, conditions, pending, isPendingInForce, prepared, at };
      const decided = decideRun({ ...ground, run: judged });
      needsStep = decided.needsStep === true;
      const isNew = analysis.canary.looks !== stored.analysis.canary.looks;
      const isMeasured =
        decided.decision !== undefined || (isNew && at - run.measuredAt >= measuredEvery(stored, TICK_MS));
      if (!isMeasured) return { ...decided, analysis };
      const measurement = measure(judged, verdict, analysis, conditions, at);
      return { ...decided, run: { ...decided.run, measuredAt: at }, analysis, measurement };
    });
    return needsStep ? 'needs_step' : 'done';
  }

  function followDrift(
    run: ReleaseRun,
    pending: ReleaseDecision | undefined,
    at: number,
  ): Pick<RunConditions, 'drift' | 'isDriftSettled'> {
    const drift = driftOf(run, pending, rollout);
    driftSince = drift === undefined ? undefined : (driftSince ?? at);
    return { drift, isDriftSettled: driftSince !== undefined && at - driftSince >= DRIFT_MS };
  }

  function noteUnreadable(ids: readonly string[]): void {
    if (ids.length > 0) logger.error({ ids }, 'counts of the arms cannot be read; they are set aside');
  }

  /** Carries a decision out, which may take longer than the lease holds. */
  async function carry(stored: StoredRun, decision: ReleaseDecision, held: Lease): Promise<void> {
    const renewing = setInterval(() => {
      if (!isStopped) store.acquire(holder, now(), LEASE_MS).catch(warn);
    }, RENEW_MS);
    renewing.unref();
    try {
      await carryOut(stored, decision, held, { store, rollout, logger, now, areFlagsKnown });
    } finally {
      clearInterval(renewing);
    }
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
      const isIdle = await waitAtMost(looking ?? Promise.resolve(), STOP_MS).then(
        () => true,
        (error: unknown) => {
          warn(error);
          return false;
        },
      );
      // What is under way may still change something: nobody else is to act before the lease has run out.
      if (isIdle && lease !== undefined) await store.release(lease).catch(warn);
    },
  };
}

/** A step that cannot begin holds the run; what a database fails by for a moment is tried again at the next look. */
function refusalOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  throw error;
}
