import { describe, expect, it } from 'vitest';
import { analysisSettings, type StreamModes } from '../analysis-settings.ts';
import { atNextStep, canaryState, emptyCanaryState, withoutUsual } from '../canary-state.ts';
import type { StratumCounts } from '../canary-streams.ts';
import { judgeCanary } from '../judge-canary.ts';
import { lookAt } from '../look-at.ts';

const SETTINGS = analysisSettings.parse({});
const MODES: StreamModes = { any_failure: 'rollback', provider_4xx: 'rollback', slow_first_token: 'hold' };
const NEEDS = { minRequests: 100, isPlannedLook: false };

const arms = (candidate: number, control: number) => ({ candidate, control });

function counts(
  requests: [number, number],
  failures: [number, number] = [0, 0],
  more: Partial<StratumCounts> = {},
): StratumCounts {
  const bad = { any_failure: arms(...failures) };
  return { stratum: 'openai gpt', share: 0.5, requests: arms(...requests), bad, ...more };
}

function seen(batches: readonly StratumCounts[], modes = MODES) {
  return batches.reduce((state, batch) => lookAt(state, [batch], modes, SETTINGS), emptyCanaryState());
}

const judge = (batches: readonly StratumCounts[], needs: Partial<typeof NEEDS> = {}, modes = MODES) =>
  judgeCanary(seen(batches, modes), modes, SETTINGS, { ...NEEDS, ...needs });

const times = (count: number, batch: StratumCounts) => Array.from({ length: count }, () => batch);

describe('a verdict', () => {
  it('is inconclusive on no data, and on data of one path only', () => {
    expect(judge([])).toMatchObject({ verdict: 'inconclusive', reasons: ['no_data'] });
    expect(judge([counts([5_000, 0])], { isPlannedLook: true })).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['no_data'],
    });
  });

  it('is inconclusive where the new path was drawn for everything: there is nothing to compare with', () => {
    expect(judge([counts([5_000, 0], [500, 0], { share: 1 })])).toMatchObject({ reasons: ['no_data'] });
  });

  it('is a failure where the new path is worse, and names the stream', () => {
    const verdict = judge([counts([500, 500], [40, 5])]);
    expect(verdict).toMatchObject({ verdict: 'fail', reasons: ['worse'] });
    expect(verdict.streams.find(({ stream }) => stream === 'any_failure')).toMatchObject({
      mode: 'rollback',
      bad: arms(40, 5),
      difference: 0.07,
    });
  });

  it('is no failure for what is sure and too small to matter', () => {
    const verdict = judge([counts([500_000, 500_000], [900, 300])]);
    expect(verdict.maxLogE).toBeGreaterThan(Math.log(20));
    expect(verdict.verdict).not.toBe('fail');
  });

  it('is no failure for a stream that may only hold, which keeps it from passing', () => {
    const slow = { bad: { any_failure: arms(60, 60), slow_first_token: arms(300, 100) } };
    expect(judge(times(7, counts([5_000, 5_000], [0, 0], slow)))).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['held_by_stream'],
    });
  });

  it('is neither for a stream that is only observed', () => {
    const seenOnly = { bad: { any_failure: arms(60, 60), slow_overhead: arms(300, 100) } };
    expect(judge(times(7, counts([5_000, 5_000], [0, 0], seenOnly)))).toMatchObject({ verdict: 'pass' });
  });

  it('is a pass by the margin where as much goes bad on either path', () => {
    expect(judge(times(10, counts([500, 500], [10, 10])))).toMatchObject({
      verdict: 'pass',
      reasons: [],
      shownBy: 'margin',
    });
  });

  it('is a pass by the ceiling where next to nothing goes bad, at the planned look only', () => {
    const clean = times(10, counts([100, 100]));
    expect(judge(clean)).toMatchObject({ verdict: 'inconclusive', reasons: ['not_shown_to_be_safe'] });
    expect(judge(clean, { isPlannedLook: true })).toMatchObject({ verdict: 'pass', shownBy: 'ceiling' });
    expect(judge(times(2, counts([100, 100])), { isPlannedLook: true }).verdict).toBe('inconclusive');
  });

  it('is no pass on fewer requests than the step asks for', () => {
    const reasons = judge(times(10, counts([500, 500], [10, 10])), { minRequests: 5_001 }).reasons;
    expect(reasons).toEqual(['too_few_requests']);
  });

  it('is no pass where the paths serve different traffic', () => {
    const alike = counts([800, 800], [40, 40]);
    const alone = counts([200, 0], [0, 0], { stratum: 'other' });
    expect(judge([...times(2, alike), ...times(3, alone)]).reasons).toContain('too_little_overlap');
  });

  it('is no pass where requests of one path are missing', () => {
    expect(judge(times(10, counts([440, 500], [10, 10]))).reasons).toEqual(['sample_ratio_mismatch']);
  });

  it('has to be earned in each step anew, while evidence of harm stays', () => {
    const passed = seen(times(10, counts([500, 500], [10, 10])));
    const next = atNextStep(passed);
    expect(judgeCanary(next, MODES, SETTINGS, NEEDS).reasons).toEqual([
      'too_few_requests',
      'not_shown_to_be_safe',
    ]);
    const harmed = atNextStep(seen([counts([500, 500], [40, 5])]));
    expect(judgeCanary(harmed, MODES, SETTINGS, NEEDS).verdict).toBe('fail');
  });
});

describe('a look', () => {
  it('is taken at 50 requests, and not before', () => {
    const few = seen([counts([15, 15], [9, 0])]);
    expect(few).toMatchObject({ looks: 0, maxLogE: 0, pending: [{ requests: arms(15, 15) }] });
    const enough = lookAt(few, [counts([10, 10], [0, 1])], MODES, SETTINGS);
    expect(enough).toMatchObject({
      looks: 1,
      pending: [],
      strata: { 'openai gpt at 0.5': { requests: arms(25, 25) } },
    });
    expect(enough.maxLogE).toBeGreaterThan(0);
  });

  it('leaves an outage of both paths out of what speaks for a promotion', () => {
    const usual = times(21, counts([50, 50], [1, 1]));
    const before = seen(usual);
    for (const [failures, requests] of [
      [30, 100],
      [6, 100],
      [7, 200],
    ] as const) {
      const each = requests / 2;
      const after = lookAt(before, [counts([each, each], [failures, failures])], MODES, SETTINGS);
      expect(after.step.leftOut - before.step.leftOut).toBe(requests);
      expect(after.usualBlocks).toEqual(before.usualBlocks);
      expect(after.step.forPromotion).toBe(before.step.forPromotion);
      expect(after.step.failures).toEqual(arms(21 + failures, 21 + failures));
    }
  });

  it('takes harm in bursts of the new path alone for what it is, though they look like outages', () => {
    const calm = counts([500, 500], [5, 5]);
    const burst = counts([50, 50], [20, 0]);
    const modes: StreamModes = { any_failure: 'observe' };
    const of = (batches: readonly StratumCounts[]) =>
      judgeCanary(seen(batches, modes), modes, SETTINGS, NEEDS).shownBy;
    const shared = counts([50, 50], [10, 10]);
    expect(of([...times(12, calm), ...times(4, shared)])).toBe('margin');
    expect(of([...times(12, calm), ...times(4, burst)])).toBeUndefined();
  });

  it('learns in each step what is usual for those whose requests they are', () => {
    const quiet = seen([...times(10, counts([250, 250], [1, 1])), counts([100, 100], [1, 1])]);
    expect(quiet.block.requests).toBe(200);
    const next = atNextStep(quiet);
    expect(next).toMatchObject({ usualBlocks: [], block: { requests: 0, failures: 0, forPromotion: 0 } });
    const busy = times(20, counts([50, 50], [4, 4]));
    const later = busy.reduce((state, batch) => lookAt(state, [batch], MODES, SETTINGS), next);
    expect(judgeCanary(later, MODES, SETTINGS, NEEDS)).toMatchObject({ verdict: 'pass', shownBy: 'margin' });
    expect(withoutUsual(later)).toMatchObject({ usualBlocks: [], step: later.step });
  });

  it('knows a state of an earlier version, whose looks were shorter', () => {
    const { usualBlocks: _, block: __, ...state } = emptyCanaryState();
    const old = { ...state, usual: [{ requests: 50, failures: 0 }] };
    expect(canaryState.parse(old)).toEqual(emptyCanaryState());
  });

  it('says nothing for a promotion before it is known what is usual', () => {
    const early = seen(times(5, counts([50, 50], [4, 4])));
    expect(early.step).toMatchObject({ forPromotion: 0, leftOut: 500 });
    expect(seen(times(6, counts([50, 50], [4, 4]))).step.forPromotion).toBeGreaterThan(0);
  });

  it('takes no outage for usual, not even one that the rollout begins with, or that comes again', () => {
    const outage = counts([50, 50], [30, 30]);
    expect(seen(times(40, outage)).step).toMatchObject({ forPromotion: 0, leftOut: 4_000 });
    const calm = times(20, counts([50, 50]));
    expect(seen([...times(40, outage), ...calm, ...times(40, outage)]).step.forPromotion).toBe(0);
    const milder = counts([50, 50], [4, 4]);
    expect(seen([...times(3, milder), ...calm, ...times(40, milder)]).step.forPromotion).toBe(0);
  });

  it('shows no path to be safe that is three times worse, by an outage that both share', () => {
    const worse = times(10, counts([50, 50], [3, 1]));
    const modes: StreamModes = { any_failure: 'observe' };
    const state = seen([...times(20, counts([50, 50], [30, 30])), ...worse], modes);
    expect(judgeCanary(state, modes, SETTINGS, NEEDS).shownBy).toBeUndefined();
  });

  it('weighs requests against those that were drawn with the same chance only', () => {
    const calm = counts([100, 900], [1, 9], { share: 0.1 });
    const busy = counts([500, 500], [50, 50]);
    const verdict = judge([calm, busy]);
    const anyFailure = verdict.streams.find(({ stream }) => stream === 'any_failure');
    expect(anyFailure?.difference).toBeCloseTo(0, 12);
    expect(Object.keys(seen([calm, busy]).strata)).toHaveLength(2);
  });

  it('takes what is counted late for evidence, and for nothing of the step that has begun', () => {
    const passed = atNextStep(seen([...times(10, counts([500, 500])), counts([10, 10])]));
    const late = counts([500, 500], [40, 5], { isLate: true });
    const state = lookAt(passed, [late], MODES, SETTINGS);
    expect(state.step).toEqual(passed.step);
    expect(judgeCanary(state, MODES, SETTINGS, NEEDS).verdict).toBe('fail');
    const begun = lookAt(passed, [counts([30, 30])], MODES, SETTINGS);
    // What had come before the border, too little for a look, is none of its own either.
    expect(begun.step.requests).toEqual(arms(30, 30));
  });

  it('goes on from its stored state as if nothing had been between', () => {
    const batches = [
      counts([30, 30], [2, 1]),
      counts([10, 15], [0, 3]),
      counts([40, 50], [5, 1], { share: 0.4 }),
    ];
    const stored = batches.reduce(
      (state, batch) =>
        lookAt(canaryState.parse(JSON.parse(JSON.stringify(state))), [batch], MODES, SETTINGS),
      emptyCanaryState(),
    );
    expect(stored).toEqual(seen(batches));
  });

  it('weighs any failure for half, and the other streams that may roll back for the rest', () => {
    const state = seen([counts([500, 500], [20, 5])]);
    const alone = seen([counts([500, 500], [20, 5])], { any_failure: 'rollback' });
    expect(state.maxLogE).toBeLessThan(alone.maxLogE);
    expect(Math.exp(state.maxLogE)).toBeCloseTo(0.5 * Math.exp(alone.maxLogE) + 0.5, 6);
  });
});
