import { z } from 'zod';
import type { CanaryVerdict } from '../analysis/judge-canary.ts';
import { releaseRules } from '../release-rules.ts';

/**
 * Where a run stands. `held` and `inconclusive` promote nothing; `rolling_back` is on its way; of `rolled_back` and
 * `aborted` there is no way back, and `promoted` is the plan's end, at which harm still rolls back.
 */
export const RUN_STATES = [
  'running',
  'held',
  'inconclusive',
  'promoted',
  'rolling_back',
  'rolled_back',
  'aborted',
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Why a run is held. */
export const HOLD_CAUSES = [
  'killed',
  'flags_unavailable',
  'breaker_open',
  'blind',
  'objectives',
  'event_loop',
  'sample_ratio_mismatch',
  'drift',
  'frozen',
  'unreadable_counts',
  'change_failed',
  'person',
] as const;
export type HoldCause = (typeof HOLD_CAUSES)[number];

const time = z.int().min(0);

/** How much of the traffic a step exposes to the new path. */
export const exposure = z.strictObject({
  /** Whole, 0 to 100. */
  enrolledPercent: z.int().min(0).max(100),
  /** Ids of virtual keys that are enrolled whatever the percentage is. */
  namedKeys: z.array(z.string()),
  /** 0 to 1. */
  armShare: z.number().min(0).max(1),
});

/** One carrying out of one revision of a plan, as stored; times are epoch milliseconds. */
export const releaseRun = z.strictObject({
  id: z.string(),
  /** Of the plan's revision. */
  planId: z.string(),
  state: z.enum(RUN_STATES),
  /** For people: why it is in that state. */
  reason: z.string(),
  holdCause: z.enum(HOLD_CAUSES).nullable(),
  stepIndex: z.int().min(0),
  stepId: z.string(),
  startedAt: time,
  stepStartedAt: time,
  /** When it came to be in its state. */
  stateSince: time,
  /** How long the step was held, up to when it was last gone on with; in milliseconds. */
  heldMs: time.default(0),
  /** From when on the step's deadline counts: its beginning, or when a person had it go on; later by what was held. */
  deadlineFrom: time,
  /** What was last asked for; null before the first step is in force. */
  exposure: exposure.nullable(),
  /** Frozen at the start. */
  slow: releaseRules.shape.slow,
  /** Who has agreed to the next step. */
  approvals: z.array(z.strictObject({ actor: z.string(), at: time })),
  /** How the step was shown to be safe; once it was, it stays so unless harm is shown. */
  shownBy: z.enum(['margin', 'ceiling']).nullable(),
  /** Whether the one look at the ceiling was taken. */
  isLookTaken: z.boolean(),
  /** When there was last an event of the step to be compared. */
  lastEventAt: time,
  /** When a process last said that its breaker keeps requests off the new path; 0 where none ever did. */
  breakerOpenAt: time.default(0),
  /** How many batches of counts could not be read since a person last had the run go on. */
  unreadCounts: z.int().min(0).default(0),
  /** The most that timers were late in any process at the last look that anything came in for, in milliseconds. */
  eventLoopLagMs: z.number().min(0),
  /** When a measurement was last kept. */
  measuredAt: time,
  /** The new path's requests of the last hour, minute by minute. */
  minutes: z.array(z.strictObject({ minute: z.int(), requests: z.int().min(0), failures: z.int().min(0) })),
  /** When the final step began; null before. The days towards the contract step count from here. */
  finalSince: time.nullable(),
});

export type ReleaseRun = Readonly<z.output<typeof releaseRun>>;

/** Whether a run has come to where nothing more is done for it. */
export function isOver({ state }: Pick<ReleaseRun, 'state'>): boolean {
  return state === 'rolled_back' || state === 'aborted';
}

/**
 * How long a step has been under way, in milliseconds: while it is held nothing is tried.
 * @param now epoch milliseconds
 */
export function bakedFor(run: ReleaseRun, now: number): number {
  return now - run.stepStartedAt - run.heldMs - heldSince(run, now);
}

/** For how long it has been held now, in milliseconds; 0 where it is not. */
export function heldSince({ state, stateSince }: ReleaseRun, now: number): number {
  return state === 'held' ? now - stateSince : 0;
}

/** What a look at a run came to, with all it was judged by. */
export interface Measurement {
  readonly id: string;
  readonly runId: string;
  readonly stepId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly verdict: CanaryVerdict;
  /** What has been decided from: the run as it was, what it waits for, and what has come in since the last look. */
  readonly inputs: object;
}
