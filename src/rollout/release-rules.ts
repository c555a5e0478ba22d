import { z } from 'zod';
import type { SlowThresholds } from './analysis/bad-events.ts';
import { ARM_UNITS, planScope } from './plan/release-plan.ts';

const milliseconds = z.number().gt(0).nullable();

/**
 * What every process must know of the release plan in force, to choose paths and to compare them. Stored with the
 * rollout.
 */
export const releaseRules = z.strictObject({
  /** Of the run of the plan. */
  runId: z.string(),
  stepId: z.string(),
  /** Of the decision that asked for it: an older one is not carried out any more. */
  sequence: z.int().min(0),
  /** What may take the new path; the rest counts as not enrolled. */
  scope: planScope,
  armUnit: z.enum(ARM_UNITS),
  /** In milliseconds; null where nothing is slow. */
  slow: z.strictObject({ firstTokenMs: milliseconds, overheadMs: milliseconds, tokenMs: milliseconds }),
  /** Whether requests are recorded for the comparison: not any more when the run is over. */
  isRecorded: z.boolean(),
});

/** See `releaseRules`. */
export type ReleaseRules = Readonly<z.output<typeof releaseRules>>;

/** JSON knows no infinity. */
export function slowThresholds({ slow }: ReleaseRules): SlowThresholds {
  const { firstTokenMs, overheadMs, tokenMs } = slow;
  return {
    firstTokenMs: firstTokenMs ?? Number.POSITIVE_INFINITY,
    overheadMs: overheadMs ?? Number.POSITIVE_INFINITY,
    tokenMs: tokenMs ?? Number.POSITIVE_INFINITY,
  };
}
