import type { z } from 'zod';
import type { DecisionGroup } from '../../../db/expert-decisions-repository.ts';
import type { decisionStatistics } from './expert-routing-schemas.ts';

/** Sums counted decisions up: all of them, by outcome, by expert, and by what went wrong; the most frequent first. */
export function summariseDecisions(groups: readonly DecisionGroup[]): z.output<typeof decisionStatistics> {
  const total = countOf(groups);
  const time = groups.reduce((sum, group) => sum + group.total_time, 0);
  const by = (keyOf: (group: DecisionGroup) => string | null) =>
    [...Map.groupBy(groups, keyOf)]
      .flatMap(([key, members]) => (key === null ? [] : [{ key, members, count: countOf(members) }]))
      .map((entry) => ({ ...entry, share: entry.count / total }))
      .sort((one, other) => other.count - one.count);
  return {
    total,
    averageClassificationTime: total === 0 ? null : time / total,
    outcomes: by((group) => group.outcome).map(({ key: outcome, count, share }) => ({
      outcome,
      count,
      share,
    })),
    experts: by((group) => group.expert_id).map(({ key: expertId, members, count, share }) => ({
      expertId,
      category: members[0]?.category ?? null,
      count,
      share,
    })),
    faults: by((group) => group.fault).map(({ key: fault, count, share }) => ({ fault, count, share })),
  };
}

function countOf(groups: readonly DecisionGroup[]): number {
  return groups.reduce((sum, group) => sum + group.decisions, 0);
}
