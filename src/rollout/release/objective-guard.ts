import type { StratumCounts } from '../analysis/canary-streams.ts';
import type { ReleasePlan } from '../plan/release-plan.ts';
import type { ReleaseRun } from './release-run.ts';

const MINUTE_MS = 60_000;
const LONG_MINUTES = 60;
const SHORT_MINUTES = 5;
/** With fewer failures than this the shares say nothing. */
const MIN_FAILURES = 5;

/** The minutes with what came in now; what is older than an hour goes. */
export function addMinutes(
  minutes: ReleaseRun['minutes'],
  counts: readonly StratumCounts[],
  now: number,
): ReleaseRun['minutes'] {
  const minute = Math.floor(now / MINUTE_MS);
  const requests = sum(counts.map((each) => each.requests.candidate));
  const failures = sum(counts.map(({ bad }) => bad.any_failure?.candidate ?? 0));
  const recent = minutes.filter((each) => each.minute > minute - LONG_MINUTES);
  if (requests === 0) return recent;
  const current = recent.find((each) => each.minute === minute) ?? { minute, requests: 0, failures: 0 };
  const added = { minute, requests: current.requests + requests, failures: current.failures + failures };
  return [...recent.filter((each) => each.minute !== minute), added];
}

/**
 * Whether the new path, by itself, uses up its budget of failures too fast: over an hour, and over the last five minutes
 * as well, so that what is over is not held against it. It knows no other path, and so a provider's outage looks the
 * same as a fault of the path.
 */
export function breaksObjectives(
  minutes: ReleaseRun['minutes'],
  { success, burn }: ReleasePlan['objectives'],
  now: number,
): boolean {
  const limit = Math.min(1, burn * (1 - success));
  return [LONG_MINUTES, SHORT_MINUTES].every((window) => {
    const since = Math.floor(now / MINUTE_MS) - window;
    const recent = minutes.filter(({ minute }) => minute > since);
    const failures = sum(recent.map((each) => each.failures));
    return failures >= MIN_FAILURES && failures / sum(recent.map((each) => each.requests)) >= limit;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
