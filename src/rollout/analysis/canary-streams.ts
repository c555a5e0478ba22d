/**
 * What is watched: each names a kind of bad event, of which a request has one or has not, so that all of them are
 * judged by the same test.
 *
 * `any_failure` is what the objectives call bad. `provider_4xx` and `rate_limited` are outside of them, and in here all
 * the same: a translation that is wrong shows as the provider's refusal. The slow ones are those above a threshold that
 * the plan froze; `usage_differs` those whose tokens are missing or far from the gateway's own count.
 */
export const CANARY_STREAMS = [
  'any_failure',
  'gateway_error',
  'upstream_error',
  'provider_4xx',
  'rate_limited',
  'truncated',
  'slow_first_token',
  'slow_overhead',
  'slow_token_rate',
  'usage_differs',
] as const;

export type CanaryStream = (typeof CANARY_STREAMS)[number];

/** What a stream may do: be shown only, stop a promotion, or roll back. */
export type StreamMode = 'observe' | 'hold' | 'rollback';

/** A number for each of the two arms that the requests of enrolled keys are drawn into. */
export interface PerArm {
  readonly candidate: number;
  readonly control: number;
}

export const NONE: PerArm = { candidate: 0, control: 0 };

export function addPerArm(one: PerArm, other: PerArm): PerArm {
  return { candidate: one.candidate + other.candidate, control: one.control + other.control };
}

/** What happened in one stratum: requests of one kind, which were drawn with one share. */
export interface StratumCounts {
  /** Provider, model, endpoint and whether it is a stream, in one text. */
  readonly stratum: string;
  /** The chance, above 0 and below 1, with which each of the requests went to the new path. */
  readonly share: number;
  readonly requests: PerArm;
  /** How many of them had a bad event; a stream without one may be left out. */
  readonly bad: Readonly<Partial<Record<CanaryStream, PerArm>>>;
  /** Whether they were drawn in an earlier step: they are evidence, and none of this step's. */
  readonly isLate?: boolean | undefined;
  /** Whether they were counted over a long time at once: an outage among them could not be seen. */
  readonly isBacklog?: boolean | undefined;
}
