import type { CallOutcome } from '../../core/call-outcome.ts';
import type { Endpoint } from '../../core/provider-call.ts';
import type { RouteReason } from '../../core/route-decision.ts';
import { isCounted } from '../../core/usage.ts';
import type { ComparedRequest } from '../analysis/bad-events.ts';

/** An attempt that is over; moments are of `performance.now()`. */
export interface EndedAttempt {
  readonly reason: RouteReason;
  readonly endpoint: Endpoint;
  readonly outcome: CallOutcome;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The attempt, as far as its arm is judged by it: what comes before the choice of the arm is not the arm's. */
export function toComparedRequest(attempt: EndedAttempt): ComparedRequest {
  const { reason, outcome, startedAt } = attempt;
  const { kind, timings } = outcome;
  const firstTokenAt = timings?.firstTokenAt;
  return {
    reason,
    outcome: kind,
    isCacheHit: false,
    firstTokenMs: firstTokenAt === undefined ? undefined : firstTokenAt - startedAt,
    overheadMs: timings === undefined ? undefined : timings.sentAt - startedAt,
    tokenMs: firstTokenAt === undefined ? undefined : tokenMs(attempt, firstTokenAt),
    usageDiffers: lacksUsage(attempt) ? true : undefined,
  };
}

/** By the provider's count alone: an own one is not there yet. */
function tokenMs({ outcome, endedAt }: EndedAttempt, firstTokenAt: number): number | undefined {
  const { usage, isEstimate } = outcome;
  if (usage === undefined || isEstimate === true || usage.completion < 2) return undefined;
  return (endedAt - firstTokenAt) / (usage.completion - 1);
}

function lacksUsage({ endpoint, outcome: { kind, usage, isEstimate } }: EndedAttempt): boolean {
  if (endpoint !== 'chat.completions' || kind !== 'success') return false;
  return !isCounted(usage) || isEstimate === true;
}
