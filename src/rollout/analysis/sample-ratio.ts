import type { PerArm } from './canary-streams.ts';
import { logSumExp } from './error-evidence.ts';

/** By how much the odds of the arms may be off: the alternatives of the test, in both directions. */
const ODDS = [0.5, 0.8, 0.9, 0.95, 1.05, 1.1, 1.25, 2] as const;

/** Likelihood ratios, in natural logarithms, of arms that are not as they were drawn. */
export type SampleRatioEvidence = readonly number[];

export const NO_MISMATCH: SampleRatioEvidence = ODDS.map(() => 0);

/**
 * The evidence with more requests in it. Requests that are counted in other shares than they were drawn have been
 * lost, or counted twice, on one side: no figure can be trusted then.
 * @param share chance of the new path, above 0 and below 1
 */
export function addRequests(
  evidence: SampleRatioEvidence,
  { candidate, control }: PerArm,
  share: number,
): SampleRatioEvidence {
  return evidence.map((sum, index) => {
    const odds = ODDS[index] ?? 1;
    const other = (odds * share) / (odds * share + 1 - share);
    return sum + candidate * Math.log(other / share) + control * Math.log((1 - other) / (1 - share));
  });
}

/** Natural logarithm of the e-value of a mismatch. */
export function logMismatch(evidence: SampleRatioEvidence): number {
  return logSumExp(evidence) - Math.log(evidence.length);
}
