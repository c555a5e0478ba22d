import { describe, expect, it } from 'vitest';
import { MILD_OUTAGE, setting, simulate } from '../../bench/scenarios/canary.ts';

const ROLLOUTS = 2_000;
const LIMIT_MS = 300_000;

describe('over 2,000 simulated rollouts', () => {
  it('a path that is as good is rolled back in no more than 5 %, with keys of all sizes and in bursts of faults', {
    timeout: LIMIT_MS,
  }, () => {
    const { figures } = simulate(setting('equal', 0.5, {}, { bursts: true }), ROLLOUTS);
    expect(figures.rolled_back).toBeLessThanOrEqual(0.05);
  });

  it('nor where each request goes on to two further targets, which an outage fails as well', {
    timeout: LIMIT_MS,
  }, () => {
    const { figures } = simulate(setting('equal', 0.5, {}, { bursts: true, targets: 3 }), ROLLOUTS / 5);
    expect(figures.rolled_back).toBeLessThanOrEqual(0.05);
  });

  it('a path that is 3 times worse is shown to be safe in no more than 5 %, where most that fails fails on either path', {
    timeout: LIMIT_MS,
  }, () => {
    const worse = setting('3x, outage', 0.5, { failures: 3 }, { outage: MILD_OUTAGE });
    expect(simulate(worse, ROLLOUTS / 5).figures.promoted).toBeLessThanOrEqual(0.05);
  });

  it('5 times the failures are found, by half of the rollouts within 1,200 requests, by 80 % within 2,000, by 99 % within 12,000', {
    timeout: LIMIT_MS,
  }, () => {
    const { figures } = simulate(setting('5x', 0.5, { failures: 5 }), ROLLOUTS);
    expect(figures.median_requests).toBeLessThanOrEqual(1_200);
    expect(figures.within_2000).toBeGreaterThanOrEqual(0.8);
    expect(figures.rolled_back).toBeGreaterThanOrEqual(0.99);
  });

  it('10 times the failures are found by half of the rollouts within 600 requests', {
    timeout: LIMIT_MS,
  }, () => {
    const { figures } = simulate(setting('10x', 0.5, { failures: 10 }), ROLLOUTS);
    expect(figures.median_requests).toBeLessThanOrEqual(600);
  });
});
