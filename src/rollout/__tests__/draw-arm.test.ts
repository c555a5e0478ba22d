import { describe, expect, it } from 'vitest';
import { drawsNewArm } from '../draw-arm.ts';

const IDS = Array.from({ length: 20_000 }, (_, index) => `req_${index}`);
const countOf = (share: number, salt = 'salt') => IDS.filter((id) => drawsNewArm(id, salt, share)).length;

/** Four standard deviations of a binomial count: fixed ids, so it either holds forever or never. */
const tolerance = (share: number) => 4 * Math.sqrt(IDS.length * share * (1 - share));

describe('drawsNewArm', () => {
  it.each([0.01, 0.1, 0.25, 0.5, 0.75, 0.99])('takes the new path for a share of %d', (share) => {
    expect(Math.abs(countOf(share) - IDS.length * share)).toBeLessThan(tolerance(share));
  });

  it.each([
    [0, 0],
    [-1, 0],
    [1, IDS.length],
    [1.5, IDS.length],
  ])('is certain at a share of %d', (share, count) => {
    expect(countOf(share)).toBe(count);
  });

  it('falls the same way for the same request', () => {
    expect(IDS.slice(0, 100).map((id) => drawsNewArm(id, 'salt', 0.5))).toEqual(
      IDS.slice(0, 100).map((id) => drawsNewArm(id, 'salt', 0.5)),
    );
  });

  it('keeps a request in the new arm when the share grows', () => {
    const drawn = IDS.filter((id) => drawsNewArm(id, 'salt', 0.2));
    expect(drawn.every((id) => drawsNewArm(id, 'salt', 0.5))).toBe(true);
  });

  it('draws independently under another salt', () => {
    const both = IDS.filter((id) => drawsNewArm(id, 'one', 0.5) && drawsNewArm(id, 'two', 0.5)).length;
    expect(Math.abs(both - IDS.length * 0.25)).toBeLessThan(tolerance(0.25));
  });

  it('draws independently for neighbouring requests', () => {
    const arms = IDS.map((id) => drawsNewArm(id, 'salt', 0.5));
    const same = arms.filter((arm, index) => arm === arms[index + 1]).length;
    expect(Math.abs(same - IDS.length / 2)).toBeLessThan(tolerance(0.5));
  });
});
