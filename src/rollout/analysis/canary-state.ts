import { z } from 'zod';
import { CANARY_STREAMS } from './canary-streams.ts';
import { NO_EVIDENCE } from './error-evidence.ts';
import { NO_MISMATCH } from './sample-ratio.ts';
import { NO_BLOCK } from './usual-risk.ts';

const count = z.number().min(0);
const perArm = z.object({ candidate: count, control: count });
const stream = z.enum(CANARY_STREAMS);
const badEvents = z.partialRecord(stream, perArm);

const stratum = z.object({ requests: perArm, bad: badEvents });

/**
 * All that is known of a rollout's requests, a few numbers a stream and stratum: stored after each look, so that a
 * restart, or another replica, goes on where it was.
 */
export const canaryState = z.object({
  /** Evidence of a worse path, over the whole rollout. */
  evidence: z.record(stream, z.array(z.number()).length(NO_EVIDENCE.length)),
  /** The most that the combined e-value has come to at any look; natural logarithm. */
  maxLogE: z.number(),
  mismatch: z.array(z.number()).length(NO_MISMATCH.length),
  /** Over the whole rollout, each kind of request apart for each chance that it was drawn with. */
  strata: z.record(z.string(), stratum),
  looks: z.int().min(0),
  /** What has come since the last look: too little for one. */
  pending: z.array(
    z.object({
      stratum: z.string(),
      share: z.number(),
      requests: perArm,
      bad: badEvents,
      isLate: z.boolean().optional(),
      isBacklog: z.boolean().optional(),
    }),
  ),
  /** The step's latest blocks that were amid no outage, both arms together: they say what is usual. */
  usualBlocks: z.array(z.object({ requests: count, failures: count })).default([]),
  /** Looks of the step of which too little has come yet to say whether they are amid an outage. */
  block: z.object({ requests: count, failures: count, forPromotion: z.number() }).default(NO_BLOCK),
  /** Since the step began. */
  step: z.object({
    requests: perArm,
    failures: perArm,
    /** Evidence for a path that is not worse by the margin; natural logarithm. */
    forPromotion: z.number(),
    /**
     * Requests that count for no promotion: amid an outage of both arms, before it was known what is usual, or of a
     * backlog.
     */
    leftOut: count,
    /** What was left out as amid an outage says so much: where it is against a promotion it counts all the same. */
    outageGain: z.number().default(0),
  }),
});

export type CanaryState = z.output<typeof canaryState>;

const NO_STEP: CanaryState['step'] = {
  requests: { candidate: 0, control: 0 },
  failures: { candidate: 0, control: 0 },
  forPromotion: 0,
  leftOut: 0,
  outageGain: 0,
};

/** Nothing seen yet. */
export function emptyCanaryState(): CanaryState {
  const evidence = CANARY_STREAMS.map((name) => [name, [...NO_EVIDENCE]] as const);
  return {
    evidence: Object.fromEntries(evidence) as CanaryState['evidence'],
    maxLogE: 0,
    mismatch: [...NO_MISMATCH],
    strata: {},
    looks: 0,
    pending: [],
    usualBlocks: [],
    block: NO_BLOCK,
    step: NO_STEP,
  };
}

/**
 * The same rollout at the beginning of another step: each has to be shown to be safe by its own requests, beside what is
 * usual for those whose requests they are.
 */
export function atNextStep(state: CanaryState): CanaryState {
  const pending = state.pending.map((each) => ({ ...each, isLate: true }));
  return { ...state, pending, usualBlocks: [], block: NO_BLOCK, step: NO_STEP };
}

/** The same rollout where what was usual is so no longer: it is learned anew. */
export function withoutUsual(state: CanaryState): CanaryState {
  return { ...state, usualBlocks: [], block: NO_BLOCK };
}
