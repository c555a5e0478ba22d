import type { OutcomeKind } from '../../core/call-outcome.ts';
import type { RouteDecision } from '../../core/route-decision.ts';
import type { CanaryStream } from './canary-streams.ts';

/** A request that is over, as far as its arm is judged by it. */
export interface ComparedRequest {
  readonly reason: RouteDecision['reason'];
  readonly outcome: OutcomeKind;
  /** Whether it was answered by what another request was given: no path had a part in it then. */
  readonly isCacheHit: boolean;
  /** Milliseconds to the first generated token; undefined for anything but a stream that has begun. */
  readonly firstTokenMs: number | undefined;
  /** Milliseconds that were the gateway's own. */
  readonly overheadMs: number | undefined;
  /** Milliseconds for each generated token after the first. */
  readonly tokenMs: number | undefined;
  /** Whether the tokens are missing, or far from the gateway's own count; undefined where nobody has looked. */
  readonly usageDiffers: boolean | undefined;
}

/** Above these a request is slow; frozen with the plan, so that neither arm moves them. In milliseconds. */
export interface SlowThresholds {
  readonly firstTokenMs: number;
  readonly overheadMs: number;
  readonly tokenMs: number;
}

/** What the objectives call bad. */
const FAILURES: ReadonlySet<OutcomeKind> = new Set([
  'upstream_error',
  'timeout',
  'truncated',
  'gateway_error',
]);

const OF_OUTCOME: Readonly<Partial<Record<OutcomeKind, CanaryStream>>> = {
  gateway_error: 'gateway_error',
  upstream_error: 'upstream_error',
  timeout: 'upstream_error',
  client_error: 'provider_4xx',
  rate_limited: 'rate_limited',
  truncated: 'truncated',
};

/**
 * The bad events of a request; undefined where it is none that tells the arms apart. Compared are only those whose arm
 * was drawn: what was pinned, killed or not enrolled took its path for a reason of its own. A client that left has no
 * outcome.
 */
export function badEventsOf(
  request: ComparedRequest,
  slow: SlowThresholds,
): readonly CanaryStream[] | undefined {
  const { reason, outcome, isCacheHit, firstTokenMs = 0, overheadMs = 0, tokenMs = 0 } = request;
  const isDrawn = reason === 'enrolled' || reason === 'control_arm';
  if (!isDrawn || isCacheHit || outcome === 'client_abort') return undefined;
  const kind = OF_OUTCOME[outcome];
  const found: readonly (readonly [CanaryStream | undefined, boolean])[] = [
    ['any_failure', FAILURES.has(outcome)],
    [kind, true],
    ['slow_first_token', firstTokenMs > slow.firstTokenMs],
    ['slow_overhead', overheadMs > slow.overheadMs],
    ['slow_token_rate', tokenMs > slow.tokenMs],
    ['usage_differs', request.usageDiffers === true],
  ];
  return found.flatMap(([stream, holds]) => (holds && stream !== undefined ? [stream] : []));
}
