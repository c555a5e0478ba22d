import { describe, expect, it } from 'vitest';
import { retryDelay } from '../retry-delay.ts';

describe('retryDelay', () => {
  it('doubles from one second up to an hour', () => {
    expect([1, 2, 3, 12, 13, 2000].map((attempts) => retryDelay(attempts, 0))).toEqual([
      1_000, 2_000, 4_000, 2_048_000, 3_600_000, 3_600_000,
    ]);
  });

  it('takes up to a quarter off', () => {
    expect(retryDelay(3, 0.5)).toBe(3_500);
    expect(retryDelay(3, 1)).toBe(3_000);
  });
});
