import { describe, expect, it } from 'vitest';
import { analysisSettings } from '../analysis-settings.ts';
import { judgeStickyArms } from '../judge-sticky-arms.ts';
import type { KeyRisk } from '../key-permutation.ts';

const SETTINGS = analysisSettings.parse({});
const PLAN = { isPlannedLook: true, looks: 2, seed: 'run_1/t5' };

/** So many keys an arm, each with so many requests, and bad ones as given. */
function keys(perArm: number, requests: number, bad: { candidate: number; control: number }): KeyRisk[] {
  return (['candidate', 'control'] as const).flatMap((arm) =>
    Array.from({ length: perArm }, () => ({ arm, requests, bad: bad[arm] })),
  );
}

describe('arms that stick to keys', () => {
  it('cannot be told apart by one key, whatever happens to it', () => {
    const cohort: KeyRisk[] = [
      { arm: 'candidate', requests: 100_000, bad: 50_000 },
      ...Array.from({ length: 9 }, () => ({ arm: 'control' as const, requests: 10_000, bad: 0 })),
    ];
    expect(judgeStickyArms(cohort, SETTINGS, PLAN)).toEqual({
      verdict: 'inconclusive',
      reasons: ['too_few_keys'],
    });
    expect(judgeStickyArms(cohort.slice(0, 1), SETTINGS, PLAN)).toMatchObject({ verdict: 'inconclusive' });
    expect(judgeStickyArms([], SETTINGS, PLAN)).toMatchObject({ verdict: 'inconclusive' });
  });

  it('fail where the keys of the new path are worse, at a planned look only', () => {
    const worse = keys(8, 1_000, { candidate: 60, control: 5 });
    expect(judgeStickyArms(worse, SETTINGS, PLAN)).toEqual({ verdict: 'fail', reasons: ['worse'] });
    const between = judgeStickyArms(worse, SETTINGS, { ...PLAN, isPlannedLook: false });
    expect(between).toEqual({ verdict: 'inconclusive', reasons: ['not_shown_to_be_safe'] });
  });

  it('pass where they are shown not to be worse by the margin', () => {
    expect(judgeStickyArms(keys(8, 1_000, { candidate: 20, control: 20 }), SETTINGS, PLAN)).toEqual({
      verdict: 'pass',
      reasons: [],
    });
  });

  it('are inconclusive where one key decides', () => {
    const uneven = keys(8, 1_000, { candidate: 1, control: 1 });
    const [first, ...rest] = uneven;
    if (first === undefined) throw new Error('There is no key.');
    const skewed = [{ ...first, bad: 40 }, ...rest];
    expect(judgeStickyArms(skewed, SETTINGS, PLAN)).toMatchObject({ verdict: 'inconclusive' });
  });

  it('come to the same from the same seed', () => {
    const close = keys(10, 1_000, { candidate: 11, control: 10 });
    const once = judgeStickyArms(close, SETTINGS, PLAN);
    for (let times = 0; times < 5; times += 1) expect(judgeStickyArms(close, SETTINGS, PLAN)).toEqual(once);
  });

  it('are rolled back for nothing in no more than 5 % of rollouts, over all their looks', {
    timeout: 60_000,
  }, () => {
    let fails = 0;
    const runs = 100;
    for (let run = 0; run < runs; run += 1) {
      let seed = run * 7919 + 1;
      const random = () => {
        seed = (seed * 48271) % 2147483647;
        return seed / 2147483647;
      };
      const looks = [1, 2].map((look) => {
        const cohort = Array.from({ length: 16 }, (_, index): KeyRisk => {
          const risk = random() ** 3 * 0.2;
          const requests = Math.ceil(1_000 * random() ** 2) + 1;
          return { arm: index < 8 ? 'candidate' : 'control', requests, bad: Math.round(requests * risk) };
        });
        return judgeStickyArms(cohort, SETTINGS, { isPlannedLook: true, looks: 2, seed: `${run}/${look}` });
      });
      if (looks.some(({ verdict }) => verdict === 'fail')) fails += 1;
    }
    expect(fails / runs).toBeLessThanOrEqual(0.05);
  });
});
