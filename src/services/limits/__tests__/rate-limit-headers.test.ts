import { describe, expect, it } from 'vitest';
import { rateLimitHeaders, toDuration } from '../rate-limit-headers.ts';

describe('a duration', () => {
  it.each([
    [0, '0s'],
    [1, '1ms'],
    [11.2, '12ms'],
    [999, '999ms'],
    [999.5, '1s'],
    [1_000, '1s'],
    [8_640, '8.64s'],
    [60_000, '1m0s'],
    [90_951, '1m30.951s'],
    [360_000, '6m0s'],
    [3_600_000, '1h0m0s'],
    [7_325_500, '2h2m5.5s'],
  ])('of %d ms is written as OpenAI writes it: %s', (milliseconds, text) => {
    expect(toDuration(milliseconds)).toBe(text);
  });
});

describe('rate limit headers', () => {
  const use = { requests: 3, tokens: 120, requestsResetMs: 1_500, tokensResetMs: 60_000 };

  it('say limit, rest and reset of requests and tokens', () => {
    expect(rateLimitHeaders({ rpm: 10, tpm: 1_000 }, use)).toEqual({
      'x-ratelimit-limit-requests': '10',
      'x-ratelimit-remaining-requests': '7',
      'x-ratelimit-reset-requests': '1.5s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '880',
      'x-ratelimit-reset-tokens': '1m0s',
    });
  });

  it('leave out a limit that is not set, and never go below zero', () => {
    expect(rateLimitHeaders({ tpm: 100 }, use)).toEqual({
      'x-ratelimit-limit-tokens': '100',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m0s',
    });
  });
});
