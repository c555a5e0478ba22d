import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import { createEmbeddedRollout } from '../embedded-rollout.ts';
import { createFlagEvaluator } from '../flag-evaluator.ts';
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
    expect(rollout.isEnrolled('key_a')).toBeUndefined();
    expect(rollout.isKilledByFlag()).toBe(false);
    expect(rollout.drawsNewArm('req_1')).toBe(false);
    expect(rollout.summary()).toEqual({
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
    expect(rollout.isEnrolled('key_a')).toBe(true);
    expect(rollout.isEnrolled('key_b')).toBe(false);
    expect(rollout.drawsNewArm('req_1')).toBe(false);
    expect(rollout.summary()).toEqual({ enrolledPercent: 40, armShare: 0, snapshotAgeSeconds: 0 });
  });

  it('does not know more where nothing is stored', async () => {
    const { rollout } = setUp('nothing');
    await rollout.start();
    expect(rollout.isEnrolled('key_a')).toBeUndefined();
    expect(rollout.summary().snapshotAgeSeconds).toBe(Number.POSITIVE_INFINITY);
  });

  it('sees within a second what another process has stored', async () => {
    const { rollout, store } = setUp();
    await rollout.start();
    store.state = initialRollout({ enrolledPercent: 0 }, 'salt');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rollout.isEnrolled('key_a')).toBe(false);
  });

  it('starts although the store cannot be read, and knows the rollout as soon as it can', async () => {
    const { rollout, store, logger } = setUp();
    store.fails = true;
    await rollout.start();
    expect(rollout.isEnrolled('key_a')).toBeUndefined();
    expect(logger.entries).toMatchObject([{ level: 'warn', fields: { err: new Error('database is gone') } }]);
    store.fails = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rollout.isEnrolled('key_a')).toBe(true);
  });

  it('keeps the last known state over failed reads, and its age grows', async () => {
    const { rollout, store } = setUp();
    await rollout.start();
    store.fails = true;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(rollout.isEnrolled('key_a')).toBe(true);
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
    expect(rollout.isEnrolled('key_a')).toBe(true);
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
    expect(rollout.isEnrolled('key_a')).toBe(true);
    expect(rollout.isEnrolled('key_b')).toBe(false);
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
    expect(rollout.isEnrolled('key_a')).toBe(false);
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
