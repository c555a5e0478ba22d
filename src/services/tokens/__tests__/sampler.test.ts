import { describe, expect, it } from 'vitest';
import { createSampler } from '../sampler.ts';

function drawing(oneIn: number, minIntervalMs: number) {
  const given = { random: 0, now: 0 };
  const isSampled = createSampler({
    oneIn,
    minIntervalMs,
    random: () => given.random,
    now: () => given.now,
  });
  return { given, isSampled };
}

describe('a sample', () => {
  it('has one in so many, by chance', () => {
    const { given, isSampled } = drawing(10, 0);
    const drawn = Array.from({ length: 1_000 }, (_, index) => {
      given.random = index / 1_000;
      return isSampled();
    });
    expect(drawn.filter(Boolean)).toHaveLength(100);
  });

  it('has all where it is to', () => {
    const { given, isSampled } = drawing(1, 0);
    given.random = 0.999_999;
    expect(isSampled()).toBe(true);
  });

  it('has no two that are closer than they may be', () => {
    const { given, isSampled } = drawing(10, 1_000);
    const times = [0, 1, 999, 1_000, 1_999, 2_001, 2_999, 3_001];
    const drawn = times.filter((now) => {
      given.now = now;
      return isSampled();
    });
    expect(drawn).toEqual([0, 1_000, 2_001, 3_001]);
  });

  it('does not let one that is not drawn keep others out', () => {
    const { given, isSampled } = drawing(10, 1_000);
    given.random = 0.5;
    expect(isSampled()).toBe(false);
    given.random = 0;
    expect(isSampled()).toBe(true);
  });
});
