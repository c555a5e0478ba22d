import { z } from 'zod';
import type { StreamModes } from '../analysis/analysis-settings.ts';
import { atNextStep, canaryState, emptyCanaryState } from '../analysis/canary-state.ts';
import type { StratumCounts } from '../analysis/canary-streams.ts';
import { lookAt } from '../analysis/look-at.ts';
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

/** What a look takes in. */
export interface Intake {
  readonly counts: readonly RecordedCounts[];
  /** Of the bound requests in the counts: the conversations that were never counted before. */
  readonly newConversations: ReadonlySet<string>;
}

/** Nothing seen yet. */
export function emptyAnalysis(): RunAnalysis {
  return { canary: emptyCanaryState(), keys: {} };
}

/** The same run at the beginning of another step. */
export function analysisAtNextStep({ canary }: RunAnalysis): RunAnalysis {
  return { canary: atNextStep(canary), keys: {} };
}

/** What the plan lets each stream do. */
export function modesOf({ metrics }: Pick<ReleasePlan, 'metrics'>): StreamModes {
  return Object.fromEntries(metrics.map(({ id, mode }) => [id, mode])) as StreamModes;
}

/** What is known with what was counted since, a request at a time once. */
export function addIntake(analysis: RunAnalysis, intake: Intake, plan: ReleasePlan): RunAnalysis {
  const counts = stratumCounts(intake);
  if (counts.length === 0) return analysis;
  return {
    canary: lookAt(analysis.canary, counts, modesOf(plan), plan.analysis),
    keys: addKeys(analysis.keys, intake.counts),
  };
}

/** The strata of what was taken in, the first request of each conversation among them. */
export function stratumCounts({ counts, newConversations }: Intake): readonly StratumCounts[] {
  const fresh = new Set(newConversations);
  const strata: StratumCounts[] = [];
  for (const { strata: own, bound } of counts) {
    strata.push(...own);
    // `delete` says whether it was there: of a conversation's requests in one intake the first counts.
    strata.push(...bound.filter(({ conversation }) => fresh.delete(conversation)).map(toStratum));
  }
  return strata;
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
