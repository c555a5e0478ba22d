import { z } from 'zod';
import type { StreamModes } from '../analysis/analysis-settings.ts';
import { atNextStep, canaryState, emptyCanaryState, withoutUsual } from '../analysis/canary-state.ts';
import type { StratumCounts } from '../analysis/canary-streams.ts';
import { lookAt } from '../analysis/look-at.ts';
import { NO_MISMATCH } from '../analysis/sample-ratio.ts';
import type { ReleasePlan } from '../plan/release-plan.ts';
import type { RecordedCounts } from '../recording/recorded-counts.ts';

const keyCounts = z.object({
  arm: z.enum(['candidate', 'control']),
  requests: z.int().min(0),
  bad: z.int().min(0),
});

/** All that is known of a run's requests. */
export const runAnalysis = z.object({
  canary: canaryState,
  /** Where arms stick to keys: what each key's requests came to since the step began. */
  keys: z.record(z.string(), keyCounts),
});

export type RunAnalysis = z.output<typeof runAnalysis>;

/** What was counted over a longer time than this may hide an outage that came and went. */
const BACKLOG_MS = 10_000;

/** What a look takes in. */
export interface Intake {
  readonly counts: readonly RecordedCounts[];
  /** Of the bound requests in the counts: the conversations that were never counted before. */
  readonly newConversations: ReadonlySet<string>;
  /** Ids of counts that nobody can read: they are set aside, and in no look. */
  readonly unreadable: readonly string[];
}

/** Nothing seen yet. */
export function emptyAnalysis(): RunAnalysis {
  return { canary: emptyCanaryState(), keys: {} };
}

/** The same run at the beginning of another step. */
export function analysisAtNextStep({ canary }: RunAnalysis): RunAnalysis {
  return { canary: atNextStep(canary), keys: {} };
}

/** The same run where a person has seen to it that counts are right from now on: what speaks of harm stays. */
export function analysisCountedAnew(analysis: RunAnalysis): RunAnalysis {
  const { canary, keys } = analysisAtNextStep(analysis);
  return { canary: { ...canary, mismatch: [...NO_MISMATCH] }, keys };
}

/** The same run where a person lets it go on although nothing was shown: what fails as a rule may have changed. */
export function analysisWithoutUsual({ canary, keys }: RunAnalysis): RunAnalysis {
  return { canary: withoutUsual(canary), keys };
}

/** What the plan lets each stream do. */
export function modesOf({ metrics }: Pick<ReleasePlan, 'metrics'>): StreamModes {
  return Object.fromEntries(metrics.map(({ id, mode }) => [id, mode])) as StreamModes;
}

/**
 * What is known with what was counted since, a request at a time once.
 * @param pieces of the intake, by `stratumCounts`
 * @param stepId of the step that the run is in
 */
export function addIntake(
  analysis: RunAnalysis,
  pieces: readonly (readonly StratumCounts[])[],
  { counts }: Intake,
  plan: ReleasePlan,
  stepId: string,
): RunAnalysis {
  if (pieces.every((strata) => strata.length === 0)) return analysis;
  const modes = modesOf(plan);
  return {
    canary: pieces.reduce((known, strata) => lookAt(known, strata, modes, plan.analysis), analysis.canary),
    keys: addKeys(
      analysis.keys,
      counts.filter((each) => each.stepId === stepId),
    ),
  };
}

/**
 * The strata of what was taken in, the first request of each conversation among them: each piece apart, as much may
 * have waited for whoever looks, and what came in one second is not to hide in what came in an hour.
 * @param stepId of the step that the run is in: what was drawn in another is late
 */
export function stratumCounts(
  { counts, newConversations }: Intake,
  stepId: string,
): readonly (readonly StratumCounts[])[] {
  const fresh = new Set(newConversations);
  return counts.map(({ strata, bound, ...each }) => {
    // `delete` says whether it was there: of a conversation's requests in one intake the first counts.
    const first = bound.filter(({ conversation }) => fresh.delete(conversation)).map(toStratum);
    const isLate = each.stepId !== stepId;
    const isBacklog = each.countedForMs > BACKLOG_MS;
    return [...strata, ...first].map((one) => ({ ...one, isLate, isBacklog }));
  });
}

function toStratum({ stratum, share, arm, bad }: RecordedCounts['bound'][number]): StratumCounts {
  const one = { candidate: 0, control: 0, [arm]: 1 };
  return {
    stratum,
    share,
    requests: one,
    bad: Object.fromEntries(bad.map((stream) => [stream, one])),
  };
}

function addKeys(before: RunAnalysis['keys'], counts: readonly RecordedCounts[]): RunAnalysis['keys'] {
  const keys = { ...before };
  for (const { keyId, arm, requests, bad } of counts.flatMap((each) => each.keys)) {
    const known = keys[keyId];
    // A key whose arm changed with the share has outcomes of both: it begins anew.
    const same = known?.arm === arm ? known : { requests: 0, bad: 0 };
    keys[keyId] = { arm, requests: same.requests + requests, bad: same.bad + bad };
  }
  return keys;
}
