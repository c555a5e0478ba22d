import type { RateLimits } from './key-limits.ts';
import type { WindowUse } from './limit-store.ts';

/** OpenAI's headers for the limits that there are; a provider's own of the same names give way to them. */
export function rateLimitHeaders({ rpm, tpm }: RateLimits, use: WindowUse): Record<string, string> {
  return {
    ...(rpm === undefined ? {} : headersOf('requests', rpm, use.requests, use.requestsResetMs)),
    ...(tpm === undefined ? {} : headersOf('tokens', tpm, use.tokens, use.tokensResetMs)),
  };
}

function headersOf(what: string, limit: number, used: number, resetMs: number): Record<string, string> {
  return {
    [`x-ratelimit-limit-${what}`]: String(limit),
    [`x-ratelimit-remaining-${what}`]: String(Math.max(0, limit - used)),
    [`x-ratelimit-reset-${what}`]: toDuration(resetMs),
  };
}

/**
 * A duration as OpenAI writes it, such as `12ms`, `1.5s`, `6m0s` or `1h0m0s`.
 * @param milliseconds rounded up to whole ones
 */
export function toDuration(milliseconds: number): string {
  const whole = Math.ceil(milliseconds);
  if (whole > 0 && whole < 1000) return `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor(whole / 60_000) % 60;
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
