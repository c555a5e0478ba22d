import { bucketOf } from './bucket-of.ts';
import type { PlanStep, ReleasePlan } from './release-plan.ts';

/** How much of the traffic takes the new path. */
export interface Exposure {
  /** Whole, 0 to 100. */
  readonly enrolledPercent: number;
  /** Ids of virtual keys that are enrolled whatever the percentage is. */
  readonly namedKeys: readonly string[];
  /** Share, 0 to 1, of an enrolled key's requests. */
  readonly armShare: number;
}

/** A key's share of the traffic, 0 to 1. */
export interface KeyTraffic {
  readonly keyId: string;
  readonly share: number;
}

/** What an exposure is worked out from. */
export interface ExposureFacts {
  /** Ids of the keys that the step names. */
  readonly namedKeys: readonly string[];
  /** Of all keys, together 1; empty where there was no traffic: all buckets are then taken for equal. */
  readonly keyShares: readonly KeyTraffic[];
  /** What the step before has: enrolled keys stay enrolled. */
  readonly reached: Pick<Exposure, 'enrolledPercent' | 'namedKeys'>;
}

const ALL = 100;

/**
 * What a step asks of the rollout. A share of the traffic is made of as few keys as it takes, in the order of their
 * buckets; where the last of them brings more than was asked for, fewer of each key's requests take the new path.
 */
export function exposureOf(step: PlanStep, plan: ReleasePlan, facts: ExposureFacts): Exposure {
  if (!('bake' in step)) return { enrolledPercent: ALL, namedKeys: [], armShare: 1 };
  const { reached } = facts;
  // A step never takes a key back.
  const namedKeys = [...new Set([...reached.namedKeys, ...facts.namedKeys])];
  const most = 1 - step.holdback;
  const armShare = Math.min(plan.analysis.arm_share, most);
  if (step.traffic_share === undefined) {
    return { enrolledPercent: reached.enrolledPercent, namedKeys, armShare };
  }
  const wanted = step.traffic_share;
  const enrolledPercent = fewestPercent(wanted / armShare, facts);
  const enrolled = trafficWithin(enrolledPercent, facts);
  return {
    enrolledPercent,
    namedKeys: enrolledPercent === ALL ? [] : namedKeys,
    armShare: Math.min(most, shareToReach(wanted, enrolled, armShare)),
  };
}

/** The smallest percentage whose keys have so much of the traffic; all where none has. */
function fewestPercent(traffic: number, facts: ExposureFacts): number {
  for (let percent = Math.max(1, facts.reached.enrolledPercent); percent < ALL; percent += 1) {
    if (trafficWithin(percent, facts) >= traffic) return percent;
  }
  return ALL;
}

/** The share of the traffic that the keys of the first buckets have, and those that are enrolled by name. */
function trafficWithin(percent: number, { keyShares, reached }: ExposureFacts): number {
  if (percent >= ALL) return 1;
  if (keyShares.length === 0) return percent / ALL;
  return keyShares
    .filter(({ keyId }) => bucketOf(keyId) <= percent || reached.namedKeys.includes(keyId))
    .reduce((sum, { share }) => sum + share, 0);
}

/** At most what the arms are compared by, unless even everybody is too few for what is wanted. */
function shareToReach(wanted: number, enrolled: number, armShare: number): number {
  const needed = wanted / enrolled;
  return enrolled >= 1 ? Math.min(1, needed) : Math.min(armShare, needed);
}
