import type { Generated } from './generated.ts';
import type { Usage } from './usage.ts';

/** How a request ended, for the client, the objectives and the canary analysis. The contract lists the values. */
export const OUTCOME_KINDS = [
  'success',
  'client_error',
  'rate_limited',
  'upstream_error',
  'timeout',
  'truncated',
  'gateway_error',
  'client_abort',
] as const;

export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

/** Moments on the monotonic clock, in milliseconds (`performance.now()`). */
export interface UpstreamTimings {
  /** When the request was handed to the upstream. */
  readonly sentAt: number;
  /** When the gateway could begin to answer: the first byte of a stream, the last byte of a buffered body. */
  readonly readyAt: number;
  /** When the first generated token of a stream came in; undefined for anything but a stream. */
  readonly firstTokenAt: number | undefined;
}

/** What is known of a call when its last byte has passed. */
export interface CallOutcome {
  readonly kind: OutcomeKind;
  readonly finishReason?: string | undefined;
  readonly usage?: Usage | undefined;
  /** What was generated: for the local count of tokens, and never to be logged. */
  readonly generated?: Generated | undefined;
  /** Whether the usage is the gateway's own count. */
  readonly isEstimate?: boolean | undefined;
  /** The gateway's error code, or the provider's, where the call failed. */
  readonly errorCode?: string | undefined;
  readonly timings?: UpstreamTimings | undefined;
  /** The provider's id of a response that it keeps, from which a later request can go on. */
  readonly responseId?: string | undefined;
}

/** The outcome that an HTTP status alone stands for. */
export function outcomeOfStatus(status: number): OutcomeKind {
  if (status < 400) return 'success';
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 504) return 'timeout';
  return status < 500 ? 'client_error' : 'upstream_error';
}
