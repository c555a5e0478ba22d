import type { PerArm } from './canary-streams.ts';

/** By how much the new path may be worse: the alternatives that the evidence is spread over. */
const RATIOS = [1.25, 1.5, 2, 3, 5, 10, 20, 50] as const;

/** Likelihood ratios, in natural logarithms, of a new path that is worse by each of `RATIOS` against equal paths. */
export type ErrorEvidence = readonly number[];

/** Evidence of nothing. */
export const NO_EVIDENCE: ErrorEvidence = RATIOS.map(() => 0);

/**
 * The evidence with more bad events of one stream in it.
 *
 * If the path changes nothing, then which requests go bad is settled before their arm is drawn, and each bad one is on
 * the new path by the draw alone: with the chance `share`, whatever keys, hours and outages there are. The ratio of a
 * path that is worse by r to that is a martingale, so its mixture passes 1/alpha with a chance of alpha at most, however
 * often it is looked at (Ville 1939; Johari et al. 2015; Lindon and Malek 2022).
 * @param share chance of the new path, above 0 and below 1
 */
export function addEvents(evidence: ErrorEvidence, events: PerArm, share: number): ErrorEvidence {
  if (events.candidate + events.control === 0) return evidence;
  return evidence.map((sum, index) => sum + logRatio(events, share, RATIOS[index] ?? 1));
}

/**
 * What more events say for a new path that is worse by less than the margin, against one that is worse by it or more:
 * a sum above ln(1/alpha) comes of a path that is worse with a chance of alpha at most.
 * @param share chance of the new path, above 0 and below 1
 * @param margin a ratio above 1
 */
export function forPromotion(events: PerArm, share: number, margin: number): number {
  return -logRatio(events, share, margin);
}

/** Natural logarithm of the mixture's e-value: 0 at the beginning. */
export function logEValue(evidence: ErrorEvidence): number {
  return logSumExp(evidence) - Math.log(evidence.length);
}

/** ln(sum of e^x), without overflow. */
export function logSumExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/** Of a new path that is worse by a ratio, to one that is not. */
function logRatio({ candidate, control }: PerArm, share: number, ratio: number): number {
  const worse = (ratio * share) / (ratio * share + 1 - share);
  return candidate * Math.log(worse / share) + control * Math.log((1 - worse) / (1 - share));
}
