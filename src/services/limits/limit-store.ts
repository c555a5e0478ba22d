import type { RateLimits } from './key-limits.ts';

/** How long a request and its tokens count, in milliseconds. */
export const WINDOW_MS = 60_000;

/** What counts of a key at one moment. */
export interface WindowUse {
  readonly requests: number;
  readonly tokens: number;
  /** Milliseconds until none of the requests counts any more; 0 where none does. */
  readonly requestsResetMs: number;
  /** The same for the tokens. */
  readonly tokensResetMs: number;
}

/** A request that was counted; the use includes it. */
export interface Taken extends WindowUse {
  readonly admitted: true;
  /** Puts the tokens that were really used in place of the estimate; to be called once, when the call is over. */
  settle(tokens: number): void;
}

/** A request that was not counted. */
export interface NotTaken extends WindowUse {
  readonly admitted: false;
  /** Milliseconds until the same request would be admitted, if nothing else came. */
  readonly waitMs: number;
}

export type Verdict = Taken | NotTaken;

/**
 * Counts requests and tokens of keys over a sliding window: what was admitted at a moment counts for the 60 seconds
 * from then, so that in no 60 seconds more is admitted than the limits say.
 *
 * Tokens count at their estimate from the moment of admission. What a call used less is given back where it was
 * counted; what it used more counts from the moment that this is known. Each token thus counts once, however long
 * its call runs, and what a process that dies has not settled is forgotten with the window.
 */
export interface LimitStore {
  /**
   * Admits and counts a request, or refuses it and counts nothing, as one step that no other comes between.
   * @param tokens estimated, a whole number; a request of 0 is admitted while at least one token is left
   */
  take(keyId: string, limits: RateLimits, tokens: number): Verdict | Promise<Verdict>;
}

/** Whether one more request with so many tokens keeps within the limits. */
export function hasRoom(
  use: Pick<WindowUse, 'requests' | 'tokens'>,
  { rpm = Number.POSITIVE_INFINITY, tpm = Number.POSITIVE_INFINITY }: RateLimits,
  tokens: number,
): boolean {
  return use.requests + 1 <= rpm && use.tokens + Math.max(1, tokens) <= tpm;
}
