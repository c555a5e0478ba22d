import { judgeRun, type RunVerdict } from './judge-run.ts';
import { waitsFor } from './next-decision.ts';
import type { StoredRun } from './release-store.ts';

/** What this process knows of the run, for gauges and people. */
export interface ReleaseView {
  readonly stored: StoredRun;
  readonly verdict: RunVerdict;
  /** What keeps the step from being promoted besides its verdict. */
  readonly waitsFor: readonly string[];
}

/** @param now epoch milliseconds */
export function viewOf(stored: StoredRun, now: number): ReleaseView {
  const { run, analysis, plan } = stored;
  return { stored, verdict: judgeRun(run, analysis, plan, now), waitsFor: waitsFor(run, plan.plan, now) };
}
