import type { CanaryStream, StratumCounts } from '../src/rollout/analysis/canary-streams.ts';
import { drawsNewArm } from '../src/rollout/draw-arm.ts';
import { drawIdsOf } from '../src/rollout/draw-ids.ts';

/** By how much the new path is worse, as ratios. */
export interface Effect {
  readonly failures: number;
  readonly slow: number;
}

/** While so many requests come, so many of them fail on either path beside what fails anyway. */
export interface Outage {
  readonly after: number;
  readonly requests: number;
  readonly risk: number;
}

/** Traffic as it is: a few keys send most of it, each fails as often as it does, and all of it at times. */
export interface CanaryTraffic {
  /** The next requests, counted. */
  next(requests: number): readonly StratumCounts[];
}

const KEYS = 60;
const MODELS = ['gpt small', 'gpt large', 'claude', 'gemini'];
/** Chance of a burst to begin with a request, its mean length in requests, and how many fail in it. */
const BURST = { chance: 1 / 3_000, length: 60, risk: 0.8 };
/** Of first tokens above the threshold that the plan froze. */
const SLOW_RISK = 0.1;
/** Of refusals by the provider and of 429, which clients earn themselves. */
const REFUSED_RISK = 0.02;
const LIMITED_RISK = 0.01;
/** How failures are spread over their kinds. */
const KINDS: readonly CanaryStream[] = ['upstream_error', 'upstream_error', 'truncated', 'gateway_error'];

interface SimulatedKey {
  /** Share of the traffic up to and with this key's. */
  readonly upTo: number;
  readonly riskFactor: number;
}

type Counters = Record<'candidate' | 'control', number>;

interface OpenStratum {
  readonly requests: Counters;
  readonly bad: Partial<Record<CanaryStream, Counters>>;
}

/** Makes the traffic of one rollout; the same seed makes the same. */
export function createTraffic(setting: {
  /** Chance of the new path. */
  readonly share: number;
  readonly effect: Effect;
  /** Of a failure, on average over keys. */
  readonly baseRisk: number;
  /** Whether all fail at times, on either path. */
  readonly bursts: boolean;
  /** How many targets a request has, each asked where the one before has failed. */
  readonly targets?: number | undefined;
  readonly outage?: Outage | undefined;
  readonly seed: number;
}): CanaryTraffic {
  const { share, effect, baseRisk, bursts, seed, targets = 1, outage } = setting;
  const random = createRandom(seed);
  const keys = makeKeys(random);
  let burstLeft = 0;
  let requests = 0;

  function add(strata: Map<string, OpenStratum>): void {
    const key = pick(keys, random());
    if (burstLeft > 0) burstLeft -= 1;
    else if (bursts) burstLeft = startOfBurst(random);
    requests += 1;
    // By the gateway's own draw, which takes a while: without it where there is one target only.
    const nextDrawId = targets > 1 ? drawIdsOf(`request ${requests}`) : undefined;
    for (let target = 0; target < targets; target += 1) {
      const isNew =
        nextDrawId === undefined ? random() < share : drawsNewArm(nextDrawId(), `salt ${seed}`, share);
      if (!ask(key, isNew ? 'candidate' : 'control', strata)) return;
    }
  }

  /** @returns whether it has failed */
  function ask(key: SimulatedKey, arm: keyof Counters, strata: Map<string, OpenStratum>): boolean {
    const model = MODELS[Math.floor(random() * MODELS.length)] ?? '';
    const stratum = strata.get(model) ?? { requests: { candidate: 0, control: 0 }, bad: {} };
    strata.set(model, stratum);
    stratum.requests[arm] += 1;
    const usual = Math.min(0.9, baseRisk * key.riskFactor * (arm === 'candidate' ? effect.failures : 1));
    const common = isDuring(outage, requests) ? outage.risk : 0;
    if (random() < (burstLeft > 0 ? BURST.risk : usual + common)) {
      count(stratum, 'any_failure', arm);
      count(stratum, KINDS[Math.floor(random() * KINDS.length)] ?? 'upstream_error', arm);
      return true;
    }
    const slow = SLOW_RISK * (arm === 'candidate' ? effect.slow : 1);
    if (random() < REFUSED_RISK * key.riskFactor) count(stratum, 'provider_4xx', arm);
    else if (random() < LIMITED_RISK * key.riskFactor) count(stratum, 'rate_limited', arm);
    else if (random() < slow) count(stratum, 'slow_first_token', arm);
    return false;
  }

  return {
    next(size) {
      const strata = new Map<string, OpenStratum>();
      for (let at = 0; at < size; at += 1) add(strata);
      return [...strata].map(([stratum, counts]) => ({ stratum, share, ...counts }));
    },
  };
}

function isDuring(outage: Outage | undefined, request: number): outage is Outage {
  return outage !== undefined && request > outage.after && request <= outage.after + outage.requests;
}

function count(stratum: OpenStratum, stream: CanaryStream, arm: keyof Counters): void {
  const counters = stratum.bad[stream] ?? { candidate: 0, control: 0 };
  counters[arm] += 1;
  stratum.bad[stream] = counters;
}

function startOfBurst(random: () => number): number {
  return random() < BURST.chance ? Math.ceil(-Math.log(1 - random()) * BURST.length) : 0;
}

/** Log-normal traffic, and risks that differ by key, with a mean of one over the traffic. */
function makeKeys(random: () => number): readonly SimulatedKey[] {
  // The largest first, where they are found soonest.
  const sizes = Array.from({ length: KEYS }, () => Math.exp(1.5 * normal(random))).sort((a, b) => b - a);
  const risks = sizes.map(() => Math.exp(normal(random)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const mean = sizes.reduce((sum, size, index) => sum + size * (risks[index] ?? 1), 0) / total;
  let upTo = 0;
  return sizes.map((size, index) => {
    upTo += size / total;
    return { upTo, riskFactor: (risks[index] ?? 1) / mean };
  });
}

function pick(keys: readonly SimulatedKey[], place: number): SimulatedKey {
  return keys.find(({ upTo }) => place < upTo) ?? { upTo: 1, riskFactor: 1 };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Numbers from 0 to 1 (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
