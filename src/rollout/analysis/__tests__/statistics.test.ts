import { describe, expect, it } from 'vitest';
import { upperBound } from '../clopper-pearson.ts';
import { addEvents, forPromotion, logEValue, NO_EVIDENCE } from '../error-evidence.ts';
import { type KeyRisk, permuteKeys, smallestP } from '../key-permutation.ts';
import { overlap, riskDifference } from '../risk-difference.ts';
import { addRequests, logMismatch, NO_MISMATCH } from '../sample-ratio.ts';

const arms = (candidate: number, control: number) => ({ candidate, control });

describe('the evidence of bad events', () => {
  it('is that of the reference: 3 of 100 against 1 of 900', () => {
    expect(logEValue(addEvents(NO_EVIDENCE, arms(3, 1), 0.1))).toBeCloseTo(3.7744, 4);
  });

  it('is none without an event, and the same in one piece or in many', () => {
    expect(addEvents(NO_EVIDENCE, arms(0, 0), 0.5)).toEqual(NO_EVIDENCE);
    expect(logEValue(NO_EVIDENCE)).toBe(0);
    const once = addEvents(NO_EVIDENCE, arms(4, 2), 0.5);
    const twice = addEvents(addEvents(NO_EVIDENCE, arms(1, 2), 0.5), arms(3, 0), 0.5);
    expect(logEValue(twice)).toBeCloseTo(logEValue(once), 10);
  });

  it('stays finite, however much there is', () => {
    expect(logEValue(addEvents(NO_EVIDENCE, arms(1e6, 0), 0.5))).toBeGreaterThan(1e5);
    expect(logEValue(addEvents(NO_EVIDENCE, arms(0, 1e6), 0.5))).toBeLessThan(0);
  });

  it('has a mean of one where the paths are equal, as an e-value must', () => {
    // Exactly, over all outcomes of six bad events: Binomial(6, 0.3).
    const chances = [1, 6, 15, 20, 15, 6, 1].map((ways, count) => ways * 0.3 ** count * 0.7 ** (6 - count));
    const mean = chances.reduce(
      (sum, chance, count) =>
        sum + chance * Math.exp(logEValue(addEvents(NO_EVIDENCE, arms(count, 6 - count), 0.3))),
      0,
    );
    expect(mean).toBeCloseTo(1, 10);
  });

  it('speaks for a promotion where as much goes bad on either path, and against it where the margin is met', () => {
    expect(forPromotion(arms(50, 50), 0.5, 2)).toBeGreaterThan(Math.log(20));
    expect(forPromotion(arms(67, 33), 0.5, 2)).toBeLessThan(0);
  });
});

describe('the risk difference', () => {
  it('does not let strata hide it from each other (Simpson)', () => {
    const strata = [
      { requests: arms(9_900, 9_000), bad: arms(30, 18) },
      { requests: arms(100, 1_000), bad: arms(4, 30) },
    ];
    expect(riskDifference(strata).difference).toBeCloseTo(0.0012, 4);
    const pooled = 34 / 10_000 - 48 / 10_000;
    expect(pooled).toBeLessThan(0);
  });

  it('is not known without a stratum that both paths have', () => {
    expect(riskDifference([]).difference).toBeUndefined();
    expect(riskDifference([{ requests: arms(10, 0), bad: arms(5, 0) }]).difference).toBeUndefined();
  });

  it('has the standard error of two shares where there is one stratum', () => {
    const { difference, standardError } = riskDifference([{ requests: arms(400, 400), bad: arms(40, 20) }]);
    expect(difference).toBeCloseTo(0.05, 10);
    expect(standardError).toBeCloseTo(Math.sqrt((0.1 * 0.9 + 0.05 * 0.95) / 400), 10);
  });

  it('knows how much of the new path’s traffic has its like on the other', () => {
    expect(overlap([{ requests: arms(90, 5) }, { requests: arms(10, 0) }])).toBe(0.9);
    expect(overlap([])).toBe(0);
  });
});

describe('the sample ratio', () => {
  it('is no mismatch as it was drawn, and one where requests of one path are lost', () => {
    expect(logMismatch(addRequests(NO_MISMATCH, arms(5_000, 5_000), 0.5))).toBeLessThan(0);
    expect(logMismatch(addRequests(NO_MISMATCH, arms(4_500, 5_000), 0.5))).toBeGreaterThan(Math.log(1_000));
    expect(logMismatch(addRequests(NO_MISMATCH, arms(1_000, 9_000), 0.1))).toBeLessThan(0);
  });
});

describe('the upper bound of a risk', () => {
  it.each([
    // Tables of Clopper and Pearson, one-sided.
    [0, 300, 0.05, 0.009936],
    [0, 3_000, 0.05, 0.000998],
    [5, 100, 0.05, 0.102252],
    [1, 20, 0.025, 0.248733],
  ])('of %d in %d at alpha %d is %d', (bad, requests, alpha, bound) => {
    expect(upperBound(bad, requests, alpha)).toBeCloseTo(bound, 5);
  });

  it('is one where nothing is known', () => {
    expect(upperBound(0, 0, 0.05)).toBe(1);
    expect(upperBound(3, 3, 0.05)).toBe(1);
  });
});

describe('the permutation of keys', () => {
  const key = (arm: KeyRisk['arm'], bad: number): KeyRisk => ({ arm, requests: 100, bad });

  it('can show nothing with one key of few on the new path, however bad that is', () => {
    const keys = [key('candidate', 100), ...Array.from({ length: 19 }, () => key('control', 0))];
    expect(permuteKeys(keys, Math.random)).toBe(0.05);
    expect(smallestP(keys)).toBe(0.05);
  });

  it('is exact where all choices can be tried', () => {
    const keys = [
      key('candidate', 30),
      key('candidate', 20),
      ...[1, 2, 3, 25].map((bad) => key('control', bad)),
    ];
    const p = permuteKeys(keys, Math.random);
    // Of 15 pairs, {30, 25} and {30, 20} come to as much.
    expect(smallestP(keys)).toBeCloseTo(1 / 15, 10);
    expect(p).toBeCloseTo(2 / 15, 10);
  });

  it('draws where there are too many, and finds what is there', () => {
    const keys = Array.from({ length: 60 }, (_, index) =>
      key(index < 10 ? 'candidate' : 'control', index < 10 ? 20 : 1),
    );
    const p = permuteKeys(keys, Math.random);
    expect(smallestP(keys)).toBeCloseTo(1 / 2_001, 6);
    expect(p).toBeLessThan(0.01);
  });
});
