import { createHash } from 'node:crypto';
import type { AnalysisSettings } from './analysis-settings.ts';
import type { VerdictReason } from './judge-canary.ts';
import { type KeyRisk, permuteKeys, smallestP } from './key-permutation.ts';

/** What keys that stick to an arm say. */
export interface StickyVerdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** Empty for a pass. */
  readonly reasons: readonly VerdictReason[];
}

/**
 * Judges arms that stick to keys, at the looks that were planned beforehand and at no other: exchanging keys is not
 * valid under looking again and again. So few keys that nothing could come out of it are said to be so.
 * @param plan.looks how many planned looks the whole rollout has, which share its risk of a rollback for nothing
 * @param plan.seed what the draws of keys are made from, so that a look can be made again
 */
export function judgeStickyArms(
  keys: readonly KeyRisk[],
  { alpha_rollback, alpha_promote, margin_rho }: AnalysisSettings,
  plan: { readonly isPlannedLook: boolean; readonly looks: number; readonly seed: string },
): StickyVerdict {
  const random = seededRandom(plan.seed);
  const alphaWorse = alpha_rollback / Math.max(1, plan.looks);
  if (smallestP(keys) > Math.min(alphaWorse, alpha_promote)) return inconclusive('too_few_keys');
  // Thousands of choices of keys are gone through for each of the two: not at every look.
  if (!plan.isPlannedLook) return inconclusive('not_shown_to_be_safe');
  if (permuteKeys(keys, random) <= alphaWorse) return { verdict: 'fail', reasons: ['worse'] };
  const atTheMargin = keys.map((key) => atMargin(key, margin_rho));
  return permuteKeys(atTheMargin, random) <= alpha_promote
    ? { verdict: 'pass', reasons: [] }
    : inconclusive('not_shown_to_be_safe');
}

function inconclusive(reason: VerdictReason): StickyVerdict {
  return { verdict: 'inconclusive', reasons: [reason] };
}

/**
 * The same keys as if the new path were worse by just the margin, and the other way round: what is significant then is
 * that it is worse by less.
 */
function atMargin({ arm, requests, bad }: KeyRisk, margin: number): KeyRisk {
  return arm === 'candidate'
    ? { arm: 'control', requests, bad: bad / margin }
    : { arm: 'candidate', requests, bad };
}

/** Numbers from 0 to 1, the same for the same seed: mulberry32, of which a permutation asks no more than to be fair. */
function seededRandom(seed: string): () => number {
  let state = createHash('sha1').update(seed).digest().readUInt32BE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
