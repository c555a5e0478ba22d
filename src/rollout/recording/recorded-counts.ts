import { z } from 'zod';
import { CANARY_STREAMS } from '../analysis/canary-streams.ts';

const count = z.int().min(0);
const perArm = z.object({ candidate: count, control: count });
const stream = z.enum(CANARY_STREAMS);
const arm = z.enum(['candidate', 'control']);

/** What one process has counted for one step of a run since it counted last; each request is in one of them. */
export const recordedCounts = z.object({
  runId: z.string(),
  stepId: z.string(),
  /** Requests on their own, each stratum once a share. A share of 1 is there, too: all is new then, and none is control. */
  strata: z.array(
    z.object({
      stratum: z.string(),
      share: z.number().min(0).max(1),
      requests: perArm,
      bad: z.partialRecord(stream, perArm),
    }),
  ),
  /** Requests that are bound to a conversation, whose arm was drawn once for all of it: only its first may count. */
  bound: z.array(
    z.object({
      /** A hash of whatever names the conversation. */
      conversation: z.string(),
      stratum: z.string(),
      share: z.number().min(0).max(1),
      arm,
      bad: z.array(stream),
    }),
  ),
  /** How long it was counted for, in milliseconds: a second, and as long as the database was away. */
  countedForMs: z.number().min(0).default(0),
  /** How late timers ran in the process, of a hundred the latest but one, in milliseconds; 0 where nobody looked. */
  eventLoopLagMs: z.number().min(0).default(0),
  /** Whether the breaker of the process keeps its requests off the new path. */
  isBreakerOpen: z.boolean().default(false),
  /** Where arms stick to keys: what each key's requests came to. */
  keys: z.array(z.object({ keyId: z.string(), arm, requests: count, bad: count })),
});

export type RecordedCounts = z.output<typeof recordedCounts>;

/** Where counts are brought for the analysis. */
export interface RecordedCountsSink {
  /**
   * Stores the counts; the same id again changes nothing, so that what may or may not have been stored can be sent again.
   * @throws Error where the database does not take it
   */
  append(id: string, counts: RecordedCounts): Promise<void>;
}
