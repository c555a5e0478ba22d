import type { PerArm } from './canary-streams.ts';

/** Requests of one stratum, and how many of them went bad. */
export interface StratumRisk {
  readonly requests: PerArm;
  readonly bad: PerArm;
}

/** How much more often requests go bad on the new path, stratum by stratum. */
export interface RiskDifference {
  /** Mantel and Haenszel's: a share of requests, such as 0.002 for 0.2 percentage points. Undefined without overlap. */
  readonly difference: number | undefined;
  /** Its standard error, by Greenland and Robins (1985). */
  readonly standardError: number | undefined;
}

/**
 * The difference, weighted so that strata of different sizes and risks cannot hide it: never of what was pooled.
 * @param strata each apart for each chance that its arms were drawn with
 */
export function riskDifference(strata: readonly StratumRisk[]): RiskDifference {
  let weights = 0;
  let sum = 0;
  let variance = 0;
  for (const { requests, bad } of strata) {
    const { candidate: n1, control: n0 } = requests;
    if (n1 === 0 || n0 === 0) continue;
    const weight = (n1 * n0) / (n1 + n0);
    const [p1, p0] = [bad.candidate / n1, bad.control / n0];
    weights += weight;
    sum += weight * (p1 - p0);
    variance += weight ** 2 * ((p1 * (1 - p1)) / n1 + (p0 * (1 - p0)) / n0);
  }
  if (weights === 0) return { difference: undefined, standardError: undefined };
  return { difference: sum / weights, standardError: Math.sqrt(variance) / weights };
}

/** Share of the new path's requests that are in strata where the other path has some as well; 0 without any. */
export function overlap(strata: readonly Pick<StratumRisk, 'requests'>[]): number {
  const total = strata.reduce((sum, { requests }) => sum + requests.candidate, 0);
  const shared = strata
    .filter(({ requests }) => requests.control > 0)
    .reduce((sum, { requests }) => sum + requests.candidate, 0);
  return total === 0 ? 0 : shared / total;
}
