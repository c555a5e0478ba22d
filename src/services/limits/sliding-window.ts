import type { RateLimits } from './key-limits.ts';
import { hasRoom, WINDOW_MS, type WindowUse } from './limit-store.ts';

/** What was counted in one millisecond; requests of the same one share it, which bounds a window's memory. */
interface Moment {
  readonly at: number;
  requests: number;
  tokens: number;
}

/** The requests and tokens of one key within the last 60 seconds. Times are milliseconds of one monotonic clock. */
export class SlidingWindow {
  /** By their time, oldest first. */
  readonly #moments = new Map<number, Moment>();
  #requests = 0;
  #tokens = 0;
  #latestRequest = Number.NEGATIVE_INFINITY;
  #latestTokens = Number.NEGATIVE_INFINITY;

  /** Forgets what has left the window; to be called before anything is asked of it. */
  advance(now: number): void {
    for (const moment of this.#moments.values()) {
      if (moment.at + WINDOW_MS > now) return;
      this.#moments.delete(moment.at);
      this.#requests -= moment.requests;
      this.#tokens -= moment.tokens;
    }
  }

  use(now: number): WindowUse {
    return {
      requests: this.#requests,
      tokens: this.#tokens,
      requestsResetMs: this.#requests === 0 ? 0 : this.#latestRequest + WINDOW_MS - now,
      tokensResetMs: this.#tokens === 0 ? 0 : this.#latestTokens + WINDOW_MS - now,
    };
  }

  /** Milliseconds until one more request with so many tokens keeps within the limits; 0 where it does already. */
  waitMs(now: number, limits: RateLimits, tokens: number): number {
    const left = { requests: this.#requests, tokens: this.#tokens };
    if (hasRoom(left, limits, tokens)) return 0;
    for (const moment of this.#moments.values()) {
      left.requests -= moment.requests;
      left.tokens -= moment.tokens;
      if (hasRoom(left, limits, tokens)) return moment.at + WINDOW_MS - now;
    }
    return WINDOW_MS;
  }

  /** @returns where it was counted, to be taken back from there */
  add(now: number, requests: number, tokens: number): Moment {
    // Rounded up, so that nothing leaves early, whatever fractions the clock has.
    const at = Math.ceil(now);
    const moment = this.#moments.get(at) ?? { at, requests: 0, tokens: 0 };
    this.#moments.set(at, moment);
    moment.requests += requests;
    moment.tokens += tokens;
    this.#requests += requests;
    this.#tokens += tokens;
    if (requests > 0) this.#latestRequest = at;
    if (tokens > 0) this.#latestTokens = at;
    return moment;
  }

  /** Takes back tokens that were counted at a moment, unless that has left the window already. */
  takeBack(moment: Moment, tokens: number): void {
    if (this.#moments.get(moment.at) !== moment) return;
    moment.tokens -= tokens;
    this.#tokens -= tokens;
  }
}
