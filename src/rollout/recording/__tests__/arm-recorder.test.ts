import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callFor } from '../../../../test/support/provider-call.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import type { OutcomeKind } from '../../../core/call-outcome.ts';
import type { ReleaseRules } from '../../release-rules.ts';
import { type ArmAttempt, createArmRecorder } from '../arm-recorder.ts';
import type { RecordedCounts } from '../recorded-counts.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const RULES: ReleaseRules = {
  runId: 'run_1',
  stepId: 'named',
  sequence: 1,
  scope: {},
  armUnit: 'request',
  slow: { firstTokenMs: null, overheadMs: null, tokenMs: null },
  isRecorded: true,
};
const ALONE = { drawId: 'req_1', isBound: false, isContinued: false };

function attempt(
  isNew: boolean,
  kind: OutcomeKind,
  more: Partial<ArmAttempt> & { rules?: ReleaseRules } = {},
): ArmAttempt {
  const { rules = RULES, ...other } = more;
  return {
    call: callFor({ body: {} }),
    reason: isNew ? 'enrolled' : 'control_arm',
    draw: { isNew, share: 0.5, rules },
    subject: ALONE,
    outcome: { kind, usage: { prompt: 1, completion: 1, cached: 0, reasoning: 0 } },
    startedAt: 0,
    endedAt: 1,
    mayBeShared: false,
    ...other,
  };
}

/** A sink that stores by id, as the database does, and fails where it is told to. */
function setUp(limits?: Parameters<typeof createArmRecorder>[0]['limits']) {
  const stored = new Map<string, RecordedCounts>();
  const order: string[] = [];
  const fails = { before: 0, after: 0 };
  const breaker: { isOpen: boolean; rules: ReleaseRules | undefined } = { isOpen: false, rules: RULES };
  const logger = createRecordingLogger();
  const recorder = createArmRecorder({
    sink: {
      async append(id, counts) {
        order.push(id);
        if (fails.before > 0) {
          fails.before -= 1;
          throw new Error('the database is gone');
        }
        if (!stored.has(id)) stored.set(id, counts);
        if (fails.after > 0) {
          fails.after -= 1;
          throw new Error('the answer is lost');
        }
      },
    },
    eventLoopLagMs: () => 7,
    isBreakerOpen: () => breaker.isOpen,
    rules: () => breaker.rules,
    logger,
    ...(limits === undefined ? {} : { limits }),
  });
  const total = (arm: 'candidate' | 'control') =>
    [...stored.values()]
      .flatMap(({ strata }) => strata)
      .reduce((sum, { requests }) => sum + requests[arm], 0);
  return { recorder, stored, order, fails, breaker, logger, total };
}

describe('what is counted', () => {
  it('is each arm’s requests, and what was bad about them', async () => {
    const { recorder, stored } = setUp();
    recorder.record(attempt(true, 'success'));
    recorder.record(attempt(true, 'truncated'));
    recorder.record(attempt(false, 'client_error'));
    await recorder.stop();
    const [counts] = [...stored.values()];
    expect(counts).toMatchObject({
      runId: 'run_1',
      stepId: 'named',
      strata: [
        {
          share: 0.5,
          requests: { candidate: 2, control: 1 },
          bad: {
            any_failure: { candidate: 1, control: 0 },
            truncated: { candidate: 1, control: 0 },
            provider_4xx: { candidate: 0, control: 1 },
          },
        },
      ],
      bound: [],
      keys: [],
      eventLoopLagMs: 7,
    });
  });

  it.each<[string, ArmAttempt]>([
    ['without a plan', { ...attempt(true, 'success'), draw: { isNew: true, share: 0.5, rules: undefined } }],
    ['of a run that is over', attempt(true, 'success', { rules: { ...RULES, isRecorded: false } })],
    ['whose client left', attempt(true, 'client_abort')],
    [
      'that goes on from an earlier answer',
      attempt(true, 'success', { subject: { ...ALONE, isBound: true, isContinued: true } }),
    ],
    ['whose answer may be another’s as well', attempt(true, 'success', { mayBeShared: true })],
    ['that another path stood in for', attempt(true, 'success', { reason: 'failover' })],
  ])('is nothing of a request %s', async (_, given) => {
    const { recorder, stored } = setUp();
    recorder.record(given);
    await recorder.stop();
    expect(stored.size).toBe(0);
  });

  it('is every request where all take the new path: nothing is compared there, and objectives are watched', async () => {
    const { recorder, stored } = setUp();
    const draw = { isNew: true, share: 1, rules: RULES };
    recorder.record(attempt(true, 'gateway_error', { draw, mayBeShared: true }));
    await recorder.stop();
    expect([...stored.values()][0]?.strata).toMatchObject([
      { share: 1, requests: { candidate: 1, control: 0 }, bad: { any_failure: { candidate: 1 } } },
    ]);
  });

  it('is the first request of a conversation, by a hash of it', async () => {
    const { recorder, stored } = setUp();
    const subject = { drawId: 'conversation 7', isBound: true, isContinued: false };
    recorder.record(attempt(true, 'gateway_error', { subject }));
    recorder.record(attempt(true, 'success', { subject }));
    await recorder.stop();
    const [counts] = [...stored.values()];
    expect(counts?.strata).toEqual([]);
    expect(counts?.bound).toMatchObject([{ arm: 'candidate', bad: ['any_failure', 'gateway_error'] }]);
    expect(JSON.stringify(counts)).not.toContain('conversation 7');
  });

  it('is each key’s own where arms stick to keys', async () => {
    const { recorder, stored } = setUp();
    const rules: ReleaseRules = { ...RULES, armUnit: 'key' };
    recorder.record(attempt(true, 'success', { rules }));
    recorder.record(attempt(true, 'timeout', { rules }));
    await recorder.stop();
    expect([...stored.values()][0]?.keys).toMatchObject([{ arm: 'candidate', requests: 2, bad: 1 }]);
  });

  it('is slow above the thresholds of the plan, from its own beginning', async () => {
    const { recorder, stored } = setUp();
    const rules: ReleaseRules = { ...RULES, slow: { firstTokenMs: 100, overheadMs: 10, tokenMs: 5 } };
    const usage = { prompt: 1, completion: 11, cached: 0, reasoning: 0 };
    const timings = { sentAt: 1_011, readyAt: 1_020, firstTokenAt: 1_101 };
    const outcome = { kind: 'success', usage, timings } as const;
    recorder.record(attempt(true, 'success', { rules, outcome, startedAt: 1_000, endedAt: 1_152 }));
    recorder.record(attempt(false, 'success', { rules, outcome, startedAt: 1_001, endedAt: 1_151 }));
    await recorder.stop();
    expect([...stored.values()][0]?.strata[0]?.bad).toEqual({
      slow_first_token: { candidate: 1, control: 0 },
      slow_overhead: { candidate: 1, control: 0 },
      slow_token_rate: { candidate: 1, control: 0 },
    });
  });
});

describe('what is stored', () => {
  it('is each request once, whatever fails, and nothing before what came earlier', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.constantFrom('before', 'after', 'never')), {
          maxLength: 12,
        }),
        async (rounds) => {
          const { recorder, fails, total, order } = setUp();
          recorder.start();
          let [candidate, control] = [0, 0];
          for (const [one, other, fault] of rounds) {
            for (let times = 0; times < one; times += 1) recorder.record(attempt(true, 'success'));
            for (let times = 0; times < other; times += 1) recorder.record(attempt(false, 'success'));
            [candidate, control] = [candidate + one, control + other];
            if (fault !== 'never') fails[fault] += 1;
            await vi.advanceTimersByTimeAsync(1_000);
          }
          [fails.before, fails.after] = [0, 0];
          await recorder.stop();
          expect([total('candidate'), total('control')]).toEqual([candidate, control]);
          const numbers = order.map((id) => Number(id.split(':')[1]));
          expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('says how long it was counted for, which is long where the database was away', async () => {
    const { recorder, stored, fails } = setUp();
    await vi.advanceTimersByTimeAsync(30_000);
    recorder.start();
    recorder.record(attempt(true, 'success'));
    fails.before = 20;
    await vi.advanceTimersByTimeAsync(5_000);
    recorder.record(attempt(true, 'success'));
    await vi.advanceTimersByTimeAsync(20_000);
    await recorder.stop();
    expect([...stored.values()].map(({ countedForMs }) => countedForMs)).toEqual([1_000, 21_000]);
  });

  it('is bounded: what has no room is left out of both arms alike, and said', async () => {
    const { recorder, total, logger } = setUp({ strata: 2, bound: 1, keys: 1 });
    for (const model of ['a', 'b', 'c']) {
      for (const isNew of [true, false]) {
        recorder.record(attempt(isNew, 'success', { call: { ...callFor({ body: {} }), model } }));
      }
    }
    await recorder.stop();
    expect([total('candidate'), total('control')]).toEqual([2, 2]);
    expect(JSON.stringify(logger.entries)).toContain('both arms');
  });

  it('is given up after a while at a stop, where the database takes nothing', async () => {
    const { recorder, fails, stored } = setUp();
    fails.before = Number.POSITIVE_INFINITY;
    recorder.record(attempt(true, 'success'));
    await recorder.stop();
    expect(stored.size).toBe(0);
  });
});

describe('a breaker that is open', () => {
  it('is told of each second, although nothing is counted, as long as a plan is carried out', async () => {
    const { recorder, stored, breaker } = setUp();
    recorder.start();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(stored.size).toBe(0);
    breaker.isOpen = true;
    await vi.advanceTimersByTimeAsync(2_000);
    expect([...stored.values()]).toMatchObject([
      { runId: 'run_1', stepId: 'named', strata: [], isBreakerOpen: true },
      { runId: 'run_1', stepId: 'named', strata: [], isBreakerOpen: true },
    ]);
    breaker.rules = { ...RULES, isRecorded: false };
    await vi.advanceTimersByTimeAsync(2_000);
    breaker.rules = undefined;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(stored.size).toBe(2);
    await recorder.stop();
  });

  it('is told with what is counted', async () => {
    const { recorder, stored, breaker } = setUp();
    breaker.isOpen = true;
    recorder.start();
    recorder.record(attempt(false, 'success'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([...stored.values()]).toMatchObject([{ strata: [{}], isBreakerOpen: true }]);
    await recorder.stop();
  });
});
