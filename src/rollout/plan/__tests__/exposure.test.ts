import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketOf } from '../bucket-of.ts';
import { type Exposure, exposureOf, type KeyTraffic } from '../exposure.ts';
import { parsePlan } from '../parse-plan.ts';

function planOf(...steps: string[]) {
  return parsePlan(`plan: p\nsteps:\n${[...steps, 'id: final'].map((step) => `  - {${step}}\n`).join('')}`);
}
const share = (value: number, holdback = 0) =>
  `id: s${value}, traffic_share: ${value}, holdback: ${holdback}, bake: 1h`;
const NOBODY = { enrolledPercent: 0, namedKeys: [] as readonly string[] };
const FACTS = { namedKeys: [], keyShares: [], reached: NOBODY };

function exposures(plan: ReturnType<typeof planOf>, keyShares: readonly KeyTraffic[]): readonly Exposure[] {
  let reached = NOBODY;
  return plan.steps.map((step) => {
    const exposure = exposureOf(step, plan, { namedKeys: [], keyShares, reached });
    reached = exposure;
    return exposure;
  });
}

/** The share of all requests that take the new path then. */
function exposed({ enrolledPercent, armShare }: Exposure, keyShares: readonly KeyTraffic[]): number {
  const enrolled = keyShares.filter(({ keyId }) => bucketOf(keyId) <= enrolledPercent);
  return armShare * enrolled.reduce((sum, each) => sum + each.share, 0);
}

it('the bucket of a key is Unleash’s own', () => {
  expect(bucketOf('123', 'gr1')).toBe(73);
  expect(bucketOf('999', 'groupX')).toBe(25);
  expect(['key_a', 'key_b', 'sk-test-1', 'tenant-42'].map((key) => bucketOf(key))).toEqual([26, 52, 27, 82]);
});

describe('what a step exposes', () => {
  it('is the keys that it names, and those that were enrolled before', () => {
    const plan = planOf('id: named, keys: [a, b], bake: 1h');
    const [step] = plan.steps;
    if (step === undefined) throw new Error('There is no step.');
    const reached = { enrolledPercent: 3, namedKeys: ['key_0', 'key_1'] };
    const exposure = exposureOf(step, plan, { ...FACTS, namedKeys: ['key_1', 'key_2'], reached });
    expect(exposure).toEqual({ enrolledPercent: 3, namedKeys: ['key_0', 'key_1', 'key_2'], armShare: 0.5 });
  });

  it('counts the keys that earlier steps have named, and keeps them until all are enrolled', () => {
    const plan = planOf(share(0.4), share(0.9, 0.1));
    const keyShares = [
      { keyId: 'key_a', share: 0.4 },
      { keyId: 'key_b', share: 0.6 },
    ];
    const [first, last] = plan.steps;
    if (first === undefined || last === undefined) throw new Error('There is no step.');
    const reached = { enrolledPercent: 0, namedKeys: ['key_b'] };
    const exposure = exposureOf(first, plan, { ...FACTS, keyShares, reached });
    // The bucket of key_a is 26: with it all of the traffic is enrolled.
    expect(exposure).toEqual({ enrolledPercent: 26, namedKeys: ['key_b'], armShare: 0.4 });
    expect(exposureOf(last, plan, { ...FACTS, keyShares, reached: exposure })).toEqual({
      enrolledPercent: 100,
      namedKeys: [],
      armShare: 0.9,
    });
  });

  it('takes all buckets for equal where nothing is known of the traffic', () => {
    const [small, large, most, final] = exposures(planOf(share(0.05), share(0.3), share(0.95, 0.05)), []);
    expect(small).toEqual({ enrolledPercent: 10, namedKeys: [], armShare: 0.5 });
    expect(large).toEqual({ enrolledPercent: 60, namedKeys: [], armShare: 0.5 });
    expect(most).toEqual({ enrolledPercent: 100, namedKeys: [], armShare: 0.95 });
    expect(final).toEqual({ enrolledPercent: 100, namedKeys: [], armShare: 1 });
  });

  it('is no more of a large key than was asked for, be it the first one', () => {
    const keyShares = [
      { keyId: 'key_a', share: 0.8 },
      { keyId: 'key_b', share: 0.2 },
    ];
    const [small] = exposures(planOf(share(0.05)), keyShares);
    // Bucket 26 is the first with any traffic.
    expect(small).toMatchObject({ enrolledPercent: 26 });
    expect(exposed(small ?? { enrolledPercent: 0, namedKeys: [], armShare: 0 }, keyShares)).toBeCloseTo(0.05);
  });

  it('grows from step to step, never beyond its share, and never to no key at all', () => {
    const traffic = fc
      .array(fc.tuple(fc.uuid(), fc.integer({ min: 1, max: 10_000 })), { minLength: 1, maxLength: 60 })
      .map((keys) => {
        const total = keys.reduce((sum, [, weight]) => sum + weight ** 2, 0);
        return keys.map(([keyId, weight]) => ({ keyId, share: weight ** 2 / total }));
      });
    const plan = planOf(share(0.02), share(0.1), share(0.4), share(0.9, 0.1));
    fc.assert(
      fc.property(traffic, (keyShares) => {
        const found = exposures(plan, keyShares);
        const wanted = [0.02, 0.1, 0.4, 0.9, 1];
        for (const [index, exposure] of found.entries()) {
          const want = wanted[index] ?? 0;
          expect(exposed(exposure, keyShares)).toBeLessThanOrEqual(want + 1e-9);
          expect(exposed(exposure, keyShares)).toBeGreaterThan(want - 1e-9);
          expect(exposure.enrolledPercent).toBeGreaterThanOrEqual(found[index - 1]?.enrolledPercent ?? 1);
        }
      }),
    );
  });
});
