import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { requestOf } from '../../../test/support/enrolment-question.ts';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import { createEmbeddedRollout } from '../embedded-rollout.ts';
import { createFlagEvaluator } from '../flag-evaluator.ts';
import type { ReleaseRules } from '../release-rules.ts';
import type { RolloutStore } from '../rollout.ts';
import { initialRollout, type RolloutState } from '../rollout-state.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface MemoryStore extends RolloutStore {
  state: RolloutState | undefined;
  reads: number;
  fails: boolean;
  /** Where set, a read that has already seen the stored value waits for this before it gives it. */
  gate: Promise<void> | undefined;
}

/** A store in memory whose reads can be held up or made to fail. */
function createStore(state: RolloutState | undefined): MemoryStore {
  const store: MemoryStore = {
    state,
    reads: 0,
    fails: false,
    gate: undefined,
    async read() {
      store.reads += 1;
      if (store.fails) throw new Error('database is gone');
      const seen = store.state;
      await store.gate;
      return seen;
    },
    async change(edit) {
      if (store.fails) throw new Error('database is gone');
      if (store.state === undefined) throw new Error('nothing is stored');
      store.state = edit(store.state);
      return store.state;
    },
    async record() {},
  };
  return store;
}

function setUp(state: RolloutState | 'nothing' = initialRollout({ enrolledPercent: 100 }, 'salt')) {
  const logger = createRecordingLogger();
  const store = createStore(state === 'nothing' ? undefined : state);
  const rollout = createEmbeddedRollout({ store, flags: createFlagEvaluator('production', logger), logger });
  onTestFinished(() => rollout.stop());
  return { rollout, store, logger };
}

describe('before the start', () => {
  it('knows nothing and lets nobody take the new path', () => {
    const { rollout, store } = setUp();
    expect(rollout.isEnrolled(requestOf('key_a'))).toBeUndefined();
    expect(rollout.isKilledByFlag()).toBe(false);
    expect(rollout.drawArm('req_1', 'key_a').isNew).toBe(false);
    expect(rollout.summary()).toMatchObject({
      enrolledPercent: 0,
      armShare: 1,
      snapshotAgeSeconds: Number.POSITIVE_INFINITY,
    });
    expect(store.reads).toBe(0);
  });
});

describe('after the start', () => {
  it('knows what is stored', async () => {
    const { rollout } = setUp(initialRollout({ enrolledPercent: 40, armShare: 0 }, 'salt'));
    await rollout.start();
    expect(rollout.isEnrolled(requestOf('key_a'))).toBe(true);
    expect(rollout.isEnrolled(requestOf('key_b'))).toBe(false);
    expect(rollout.drawArm('req_1', 'key_a').isNew).toBe(false);
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 40, armShare: 0, snapshotAgeSeconds: 0 });
  });

  it('does not know more where nothing is stored', async () => {
    const { rollout } = setUp('nothing');
    await rollout.start();
    expect(rollout.isEnrolled(requestOf('key_a'))).toBeUndefined();
    expect(rollout.summary().snapshotAgeSeconds).toBe(Number.POSITIVE_INFINITY);
  });

  it('sees within a second what another process has stored', async () => {
    const { rollout, store } = setUp();
    await rollout.start();
    store.state = initialRollout({ enrolledPercent: 0 }, 'salt');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rollout.isEnrolled(requestOf('key_a'))).toBe(false);
  });

  it('starts although the store cannot be read, and knows the rollout as soon as it can', async () => {
    const { rollout, store, logger } = setUp();
    store.fails = true;
    await rollout.start();
    expect(rollout.isEnrolled(requestOf('key_a'))).toBeUndefined();
    expect(logger.entries).toMatchObject([{ level: 'warn', fields: { err: new Error('database is gone') } }]);
    store.fails = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rollout.isEnrolled(requestOf('key_a'))).toBe(true);
  });

  it('keeps the last known state over failed reads, and its age grows', async () => {
    const { rollout, store } = setUp();
    await rollout.start();
    store.fails = true;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(rollout.isEnrolled(requestOf('key_a'))).toBe(true);
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 100, snapshotAgeSeconds: 30 });
    store.fails = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rollout.summary().snapshotAgeSeconds).toBe(0);
  });

  it('keeps the last known state where the store has lost it', async () => {
    const { rollout, store } = setUp();
    await rollout.start();
    store.state = undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(rollout.isEnrolled(requestOf('key_a'))).toBe(true);
    expect(rollout.summary().snapshotAgeSeconds).toBe(5);
  });
});

describe('the store', () => {
  it('counts as down before it was read and after it could not be read for a while', async () => {
    const { rollout, store } = setUp('nothing');
    expect(rollout.states()).toEqual([{ name: 'database', status: 'down' }]);
    await rollout.start();
    expect(rollout.states()).toEqual([{ name: 'database', status: 'up' }]);
    store.fails = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rollout.states()).toEqual([{ name: 'database', status: 'up' }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rollout.states()).toEqual([{ name: 'database', status: 'down' }]);
    store.fails = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rollout.states()).toEqual([{ name: 'database', status: 'up' }]);
  });
});

describe('a change', () => {
  it('is stored and holds at once', async () => {
    const { rollout, store } = setUp(initialRollout({}, 'salt'));
    await rollout.start();
    expect(await rollout.change({ enrolledPercent: 26 }, 'olga')).toMatchObject({
      enrolledPercent: 26,
      armShare: 1,
    });
    expect(rollout.isEnrolled(requestOf('key_a'))).toBe(true);
    expect(rollout.isEnrolled(requestOf('key_b'))).toBe(false);
    const restarted = setUp(store.state ?? 'nothing').rollout;
    await restarted.start();
    expect(restarted.summary()).toMatchObject({ enrolledPercent: 26, armShare: 1 });
  });

  it('builds on what is stored, not on what this process last read', async () => {
    const { rollout, store } = setUp(initialRollout({}, 'salt'));
    await rollout.start();
    store.state = initialRollout({ enrolledPercent: 70 }, 'other salt');
    await rollout.change({ armShare: 0.5 }, 'olga');
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 70, armShare: 0.5 });
    expect(store.state.armSalt).toBe('other salt');
  });

  it('that cannot be stored does not hold', async () => {
    const { rollout, store } = setUp(initialRollout({ enrolledPercent: 10 }, 'salt'));
    await rollout.start();
    store.fails = true;
    await expect(rollout.change({ enrolledPercent: 100 }, 'olga')).rejects.toThrow('database is gone');
    expect(rollout.summary().enrolledPercent).toBe(10);
  });

  it('is refused where nothing is stored', async () => {
    const { rollout, store } = setUp('nothing');
    await expect(rollout.change({ enrolledPercent: 100 }, 'olga')).rejects.toThrow();
    expect(store.state).toBeUndefined();
  });

  it('is not undone by a read that began before it', async () => {
    const { rollout, store } = setUp();
    await rollout.start();
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    await vi.advanceTimersByTimeAsync(1_000);
    store.gate = undefined;
    await rollout.change({ enrolledPercent: 0 }, 'olga');
    gate.resolve();
    await vi.advanceTimersByTimeAsync(1);
    expect(rollout.isEnrolled(requestOf('key_a'))).toBe(false);
  });

  it('is not lost to another one at the same time', async () => {
    const { rollout, store } = setUp(initialRollout({}, 'salt'));
    await rollout.start();
    await Promise.all([
      rollout.change({ enrolledPercent: 50 }, 'olga'),
      rollout.change({ armShare: 0.5 }, 'olga'),
    ]);
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 50, armShare: 0.5 });
    expect(store.state?.armShare).toBe(0.5);
  });
});

describe('the stop', () => {
  it('ends the reading', async () => {
    const { rollout, store } = setUp();
    await rollout.start();
    rollout.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(store.reads).toBe(1);
  });

  it.each([
    ['the first read', 0],
    ['a later read', 1_000],
  ])('ends the reading during %s, too', async (_, afterMs) => {
    const { rollout, store } = setUp();
    const gate = Promise.withResolvers<void>();
    if (afterMs === 0) store.gate = gate.promise;
    const started = rollout.start();
    if (afterMs > 0) {
      await started;
      store.gate = gate.promise;
      await vi.advanceTimersByTimeAsync(afterMs);
    }
    const { reads } = store;
    rollout.stop();
    gate.resolve();
    await started;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(store.reads).toBe(reads);
  });
});

const RULES: ReleaseRules = {
  runId: 'run_1',
  stepId: 'named',
  sequence: 3,
  scope: { providers: ['openai'], endpoints: ['chat.completions'] },
  armUnit: 'request',
  slow: { firstTokenMs: null, overheadMs: null, tokenMs: null },
  isRecorded: true,
};

describe('keys by name', () => {
  it('are enrolled beside the percentage, and end with it', async () => {
    const { rollout } = setUp(initialRollout({ enrolledPercent: 0 }, 'salt'));
    await rollout.start();
    await rollout.change({ enrolledPercent: 0, namedKeys: ['key_b'] }, 'olga');
    expect(rollout.isEnrolled(requestOf('key_b'))).toBe(true);
    expect(rollout.isEnrolled(requestOf('key_a'))).toBe(false);
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: ['key_b'] });
    await rollout.change({ enrolledPercent: 26 }, 'olga');
    expect(['key_a', 'key_b'].map((key) => rollout.isEnrolled(requestOf(key)))).toEqual([true, true]);
    await rollout.change({ enrolledPercent: 0 }, 'olga');
    expect(['key_a', 'key_b'].map((key) => rollout.isEnrolled(requestOf(key)))).toEqual([false, false]);
    expect(rollout.summary().namedKeys).toEqual([]);
  });
});

describe('the rules of a release plan', () => {
  it('keep what is out of scope off the new path, each list for itself', async () => {
    const { rollout } = setUp();
    await rollout.start();
    await rollout.change({ rules: RULES }, 'olga');
    expect(rollout.isEnrolled(requestOf('key_a'))).toBe(true);
    expect(rollout.isEnrolled(requestOf('key_a', { providerId: 'anthropic' }))).toBe(false);
    expect(rollout.isEnrolled(requestOf('key_a', { endpoint: 'embeddings' }))).toBe(false);
    expect(rollout.isEnrolled(requestOf('key_a', { model: 'any other' }))).toBe(true);
  });

  it('come with each draw, and draw anew for each run', async () => {
    const { rollout } = setUp(initialRollout({ enrolledPercent: 100, armShare: 0.5 }, 'salt'));
    await rollout.start();
    const draws = () => Array.from({ length: 64 }, (_, index) => rollout.drawArm(`req_${index}`, 'key_a'));
    await rollout.change({ rules: RULES }, 'olga');
    const first = draws();
    expect(first[0]).toMatchObject({ share: 0.5, rules: RULES });
    await rollout.change({ rules: { ...RULES, runId: 'run_2', sequence: 4 } }, 'olga');
    const arms = (of: typeof first) => of.map(({ isNew }) => isNew);
    expect(arms(draws())).not.toEqual(arms(first));
  });

  it('may have the arm stick to the key', async () => {
    const { rollout } = setUp(initialRollout({ enrolledPercent: 100, armShare: 0.5 }, 'salt'));
    await rollout.start();
    await rollout.change({ rules: { ...RULES, armUnit: 'key' } }, 'olga');
    const arms = Array.from({ length: 64 }, (_, index) => rollout.drawArm(`req_${index}`, 'key_a').isNew);
    expect(new Set(arms).size).toBe(1);
    const keys = Array.from({ length: 64 }, (_, index) => rollout.drawArm('req_1', `key_${index}`).isNew);
    expect(new Set(keys).size).toBe(2);
  });

  it('of an older decision are refused', async () => {
    const { rollout } = setUp();
    await rollout.start();
    await rollout.change({ rules: RULES, armShare: 0.5 }, 'olga');
    const older = rollout.change({ rules: { ...RULES, sequence: 2 }, armShare: 1 }, 'olga');
    await expect(older).rejects.toMatchObject({ code: 'conflict' });
    expect(rollout.summary().armShare).toBe(0.5);
  });
});
