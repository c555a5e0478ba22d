import { describe, expect, it, vi } from 'vitest';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { createBudgetLedger } from '../budget-ledger.ts';
import { createFakeBudgetStore } from '../budget-store.fake.ts';
import { describeBudgetStore } from './describe-budget-store.ts';

describeBudgetStore('the fake budget store', createFakeBudgetStore);

const NOVEMBER = Date.UTC(2026, 10, 12);
const LAST_SECOND = Date.UTC(2026, 10, 30, 23, 59, 59);

function setUp(store = createFakeBudgetStore()) {
  const clock = { now: NOVEMBER };
  const logger = createRecordingLogger();
  return { clock, logger, store, ledger: createBudgetLedger({ store, logger, now: () => clock.now }) };
}

const tokens = (count: number) => ({ tokens: count, nanoDollars: count * 10 });

describe('the budget ledger', () => {
  it('counts own spending at once, before it is written', async () => {
    const { ledger, store } = setUp();
    ledger.add('key', tokens(5));
    ledger.add('key', tokens(2));
    expect(await ledger.spent('key')).toEqual(tokens(7));
    ledger.add('key', tokens(1));
    expect(await ledger.spent('key')).toEqual(tokens(8));
    expect(await store.spent('key', '2026-11')).toEqual(tokens(7));
  });

  it('asks the store once a second at most, and then knows what other processes spent', async () => {
    const { clock, ledger, store } = setUp();
    expect(await ledger.spent('key')).toEqual(tokens(0));
    await store.add('key', '2026-11', tokens(40));
    clock.now += 999;
    expect(await ledger.spent('key')).toEqual(tokens(0));
    expect(store.calls.reads).toBe(1);
    clock.now += 1;
    expect(await ledger.spent('key')).toEqual(tokens(40));
  });

  it('lets requests that come at once all know what the store says', async () => {
    const { ledger, store } = setUp();
    await store.add('key', '2026-11', tokens(40));
    const spent = await Promise.all([1, 2, 3].map(() => ledger.spent('key')));
    expect(spent).toEqual([tokens(40), tokens(40), tokens(40)]);
    expect(store.calls.reads).toBe(1);
  });

  it('counts each spending once, whatever is added while it writes and reads', async () => {
    const { clock, ledger, store } = setUp();
    const gate = Promise.withResolvers<void>();
    ledger.add('key', tokens(1));
    store.waitFor(gate.promise);
    const reading = ledger.spent('key');
    ledger.add('key', tokens(10));
    gate.resolve();
    expect(await reading).toEqual(tokens(11));
    clock.now += 1_000;
    expect(await ledger.spent('key')).toEqual(tokens(11));
    expect(await store.spent('key', '2026-11')).toEqual(tokens(11));
  });

  it('begins anew with the month, and writes what came before into its own', async () => {
    const { clock, ledger, store } = setUp();
    clock.now = LAST_SECOND;
    ledger.add('key', tokens(5));
    clock.now += 1_000;
    expect(await ledger.spent('key')).toEqual(tokens(0));
    ledger.add('key', tokens(3));
    expect(await ledger.spent('key')).toEqual(tokens(3));
    await ledger.flush();
    expect(await store.spent('key', '2026-11')).toEqual(tokens(5));
    expect(await store.spent('key', '2026-12')).toEqual(tokens(3));
  });

  it('goes on from memory while the store fails, says so once a minute, and loses nothing', async () => {
    const { clock, ledger, logger, store } = setUp();
    store.failWith(new Error('gone'));
    for (let second = 1; second <= 59; second += 1) {
      ledger.add('key', tokens(1));
      expect(await ledger.spent('key')).toEqual(tokens(second));
      clock.now += 1_000;
    }
    expect(ledger.state()).toEqual({ name: 'budgets', status: 'down' });
    expect(logger.entries.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await expect(ledger.flush()).rejects.toThrow('Spending could not be written.');

    store.failWith(undefined);
    await ledger.flush();
    expect(await store.spent('key', '2026-11')).toEqual(tokens(59));
  });

  it('does not let requests wait for a store that is slow', async () => {
    const { ledger, logger, store } = setUp();
    const gate = Promise.withResolvers<void>();
    store.waitFor(gate.promise);
    ledger.add('key', tokens(5));
    expect(await ledger.spent('key')).toEqual(tokens(5));
    expect(logger.entries).toHaveLength(1);
    gate.resolve();
    await ledger.flush();
    expect(ledger.state().status).toBe('up');
    expect(await store.spent('key', '2026-11')).toEqual(tokens(5));
  });

  it('lets no request wait for a store that has failed before', async () => {
    const { clock, ledger, store } = setUp();
    store.failWith(new Error('gone'));
    await ledger.spent('key');
    clock.now += 1_000;
    store.waitFor(new Promise(() => {}));
    vi.useFakeTimers();
    try {
      expect(await ledger.spent('key')).toEqual(tokens(0));
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts what was written though it cannot be read back', async () => {
    const { clock, ledger, store } = setUp();
    ledger.add('key', tokens(5));
    const { spent } = store;
    store.spent = async () => {
      throw new Error('gone');
    };
    expect(await ledger.spent('key')).toEqual(tokens(5));
    store.spent = spent;
    clock.now += 1_000;
    expect(await ledger.spent('key')).toEqual(tokens(5));
  });

  it('reads again where the clock was set back', async () => {
    const { clock, ledger, store } = setUp();
    await ledger.spent('key');
    await store.add('key', '2026-11', tokens(40));
    clock.now -= 3_600_000;
    expect(await ledger.spent('key')).toEqual(tokens(40));
  });

  it('writes each second by itself, and the rest when it stops', async () => {
    vi.useFakeTimers({ now: NOVEMBER });
    try {
      const store = createFakeBudgetStore();
      const ledger = createBudgetLedger({ store, logger: createRecordingLogger() });
      ledger.start();
      ledger.add('key', tokens(5));
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await store.spent('key', '2026-11')).toEqual(tokens(5));
      ledger.add('key', tokens(2));
      await ledger.stop();
      expect(await store.spent('key', '2026-11')).toEqual(tokens(7));
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('forgets keys that nobody asks for, once they are written', async () => {
    vi.useFakeTimers({ now: NOVEMBER });
    try {
      const store = createFakeBudgetStore();
      const ledger = createBudgetLedger({ store, logger: createRecordingLogger() });
      ledger.start();
      ledger.add('key', tokens(5));
      await vi.advanceTimersByTimeAsync(700_000);
      await store.add('key', '2026-11', tokens(1));
      store.failWith(new Error('gone'));
      expect(await ledger.spent('key')).toEqual(tokens(0));
      store.failWith(undefined);
      await ledger.stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it('adds up over processes that share a store', async () => {
    const store = createFakeBudgetStore();
    const one = setUp(store);
    const other = setUp(store);
    for (let call = 0; call < 50; call += 1) {
      one.ledger.add('key', tokens(1));
      other.ledger.add('key', tokens(2));
      if (call % 10 === 0) await Promise.all([one.ledger.spent('key'), other.ledger.flush()]);
    }
    await Promise.all([one.ledger.flush(), other.ledger.flush()]);
    one.clock.now += 1_000;
    expect(await one.ledger.spent('key')).toEqual(tokens(150));
  });
});
