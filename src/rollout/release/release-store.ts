import type { NewDecision, ReleaseDecision, SettledDecision } from './release-decision.ts';
import type { Measurement, ReleaseRun } from './release-run.ts';
import type { Intake, RunAnalysis } from './run-analysis.ts';
import type { PlanDraft, StoredPlan } from './stored-plan.ts';

/** A run with what is known of its requests; `version` is what a write expects to find. */
export interface StoredRun {
  readonly run: ReleaseRun;
  readonly analysis: RunAnalysis;
  readonly plan: StoredPlan;
  readonly version: number;
}

/** What happened to a run, for whoever is told of it. */
export interface ReleaseEvent {
  readonly type: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly [detail: string]: unknown;
}

/** What is written of a run in one step, all of it or nothing. */
export interface RunWrite {
  readonly run: ReleaseRun;
  readonly analysis?: RunAnalysis | undefined;
  /** Written before it is acted on where it has a change, else done with being written. */
  readonly decision?: NewDecision | undefined;
  /** A pending one that is over. */
  readonly settled?: SettledDecision | undefined;
  readonly measurement?: Measurement | undefined;
  readonly event?: ReleaseEvent | undefined;
}

/** Proof that a write comes from the one process that acts. */
export interface Lease {
  readonly holder: string;
  /** Grows with each holder: the one before cannot write any more. */
  readonly token: number;
}

/** Another process was faster: what was read is not so any more, and nothing was written. */
export class StaleRun extends Error {
  override readonly name = 'StaleRun';
}

/** Where plans, runs and all that is decided of them are kept. */
export interface ReleaseStore {
  /**
   * Stores a plan as its name's next revision, unless the latest one is the same and was not carried out to an end yet.
   * @returns the revision that there is then
   */
  addPlan(draft: PlanDraft, actor: string): Promise<StoredPlan>;
  /** @param reference a revision's id, or a name, for its latest revision */
  findPlan(reference: string): Promise<StoredPlan | undefined>;
  listPlans(): Promise<readonly StoredPlan[]>;
  /** The run that is not over; undefined where there is none. */
  active(): Promise<StoredRun | undefined>;
  /** The run that was begun last, over or not. */
  latest(): Promise<StoredRun | undefined>;
  /**
   * Stores a new run with its first decision.
   * @throws GatewayError `conflict` where another one is not over, or the revision was carried out before
   */
  begin(plan: StoredPlan, run: ReleaseRun, decision: NewDecision): Promise<void>;
  /**
   * Writes what was made of a run.
   * @param lease of the controller; undefined for what people do, which any process may take in
   * @throws StaleRun where the run, or the lease, is not what it was
   */
  write(before: StoredRun, write: RunWrite, lease: Lease | undefined): Promise<void>;
  /**
   * Takes what processes have counted for the run, and writes what is made of it in the same step: each count is in
   * exactly one look, whatever fails.
   * @throws StaleRun
   */
  takeIn(before: StoredRun, lease: Lease, make: (intake: Intake) => RunWrite): Promise<void>;
  /** The oldest decision of the run that was not seen in force yet. */
  pendingDecision(runId: string): Promise<ReleaseDecision | undefined>;
  /** Takes note of a try that came to nothing. */
  noteFault(decisionId: string, fault: string, lease: Lease): Promise<void>;
  /** All decisions of a run, the oldest first. */
  decisions(runId: string): Promise<readonly ReleaseDecision[]>;
  /** The latest measurements of a run, the newest first. */
  measurements(runId: string, limit: number): Promise<readonly Measurement[]>;
  /**
   * Takes or keeps the lease of the controller.
   * @param now epoch milliseconds
   * @returns undefined where another process has it
   */
  acquire(holder: string, now: number, ttlMs: number): Promise<Lease | undefined>;
  /** Gives the lease up, for another process not to have to wait. */
  release(lease: Lease): Promise<void>;
}
