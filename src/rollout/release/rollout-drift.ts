import type { Rollout } from '../rollout.ts';
import type { ReleaseRun } from './release-run.ts';

/** How the rollout differs from what was asked for, in words. */
export function differenceOf(
  asked: NonNullable<ReleaseRun['exposure']>,
  rollout: Pick<Rollout, 'summary'>,
): string | undefined {
  const { enrolledPercent, armShare, namedKeys } = rollout.summary();
  if (enrolledPercent !== asked.enrolledPercent) {
    return `${enrolledPercent} % of keys are enrolled, and not ${asked.enrolledPercent} %.`;
  }
  if (Math.abs(armShare - asked.armShare) > 1e-9) {
    return `The arm share is ${armShare}, and not ${asked.armShare}.`;
  }
  // Keys that people name beside them in Unleash are theirs.
  const missing = asked.namedKeys.find((key) => !namedKeys.includes(key));
  return missing === undefined ? undefined : `The key ${missing} is not enrolled by name.`;
}
