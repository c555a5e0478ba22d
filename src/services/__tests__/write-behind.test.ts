import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import { createWriteBehind } from '../write-behind.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class RowError extends Error {}

/** A store that takes numbers but for the bad ones, and none while it is away. */
function setUp(bad: readonly number[] = []) {
  const batches: number[][] = [];
  const logger = createRecordingLogger();
  let isAway = false;
  let gate = Promise.resolve();
  const write = async (rows: readonly number[]) => {
    await gate;
    if (isAway) throw new Error('the database is locked');
    if (rows.some((row) => bad.includes(row))) throw new RowError('a bad row');
    batches.push([...rows]);
  };
  const isRowFault = (error: unknown) => error instanceof RowError;
  const writeBehind = createWriteBehind<number>({ what: 'test log', write, isRowFault, logger });
  return {
    writeBehind,
    batches,
    logged: (level: string) => logger.entries.filter((entry) => entry.level === level),
    setAway: (away: boolean) => {
      isAway = away;
    },
    hold: (until: Promise<void>) => {
      gate = until;
    },
    add: (from: number, to: number) => {
      for (let row = from; row < to; row += 1) writeBehind.add(row);
    },
    written: () => batches.flat(),
  };
}

const count = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('rows that are written behind', () => {
  it('wait for the next second, and are written many at once', async () => {
    const { writeBehind, add, batches } = setUp();
    writeBehind.start();
    add(0, 450);
    await vi.advanceTimersByTimeAsync(999);
    expect(batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches.map(({ length }) => length)).toEqual([200, 200, 50]);
    expect(batches.flat()).toEqual(count(0, 450));
    add(450, 451);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(batches.at(-1)).toEqual([450]);
  });

  it('are not written before the start', async () => {
    const { add, batches } = setUp();
    add(0, 5);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(batches).toEqual([]);
  });

  it('are written at the stop, those behind a batch that is being written, too', async () => {
    const { writeBehind, add, hold, written } = setUp();
    const gate = Promise.withResolvers<void>();
    hold(gate.promise);
    writeBehind.start();
    add(0, 3);
    await vi.advanceTimersByTimeAsync(1_000);
    add(3, 6);
    const stopped = writeBehind.stop();
    add(6, 9);
    gate.resolve();
    await stopped;
    expect(written()).toEqual(count(0, 9));
    add(9, 10);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(written()).toEqual(count(0, 9));
  });

  it('are written one batch at a time, however slow the store is', async () => {
    const { writeBehind, add, hold, batches } = setUp();
    const gate = Promise.withResolvers<void>();
    hold(gate.promise);
    writeBehind.start();
    add(0, 3);
    await vi.advanceTimersByTimeAsync(10_000);
    add(3, 5);
    gate.resolve();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(batches).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });
});

describe('a row that cannot be written (D1)', () => {
  it('D1 is dropped with a log line, and all others of its batch are written', async () => {
    const { writeBehind, add, written, logged } = setUp([3, 150, 151]);
    writeBehind.start();
    add(0, 450);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written()).toEqual(count(0, 450).filter((row) => ![3, 150, 151].includes(row)));
    expect(logged('error')).toHaveLength(3);
    expect(logged('error')[0]?.fields).toMatchObject({ what: 'test log', err: new RowError('a bad row') });
    add(450, 460);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written().slice(-10)).toEqual(count(450, 460));
    expect(logged('error')).toHaveLength(3);
  });

  it('D1 does not hold up anything by itself either', async () => {
    const { writeBehind, add, written } = setUp([0]);
    writeBehind.start();
    add(0, 1);
    await vi.advanceTimersByTimeAsync(1_000);
    add(1, 2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written()).toEqual([1]);
  });
});

describe('a database that takes nothing', () => {
  it('gets every row when it is back, and the log is told once', async () => {
    const { writeBehind, add, setAway, written, logged } = setUp([7]);
    writeBehind.start();
    setAway(true);
    for (let second = 0; second < 30; second += 1) {
      add(second * 20, second * 20 + 20);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(written()).toEqual([]);
    expect(logged('warn')).toHaveLength(1);
    setAway(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written()).toEqual(count(0, 600).filter((row) => row !== 7));
    expect(logged('error')).toHaveLength(1);
  });

  it('gets the newest 50,000 when it is back, and the log is told how many are lost', async () => {
    const { writeBehind, add, setAway, written, logged } = setUp();
    writeBehind.start();
    setAway(true);
    add(0, 30_000);
    await vi.advanceTimersByTimeAsync(1_000);
    add(30_000, 50_500);
    await vi.advanceTimersByTimeAsync(1_000);
    setAway(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(written()).toEqual(count(500, 50_500));
    const lost = logged('warn')
      .map(({ fields }) => fields.rows)
      .filter((rows) => rows !== undefined);
    expect(lost).toEqual([500]);
  });

  it('does not keep the gateway from ending: the log is told what is lost', async () => {
    const { writeBehind, add, setAway, logged } = setUp();
    writeBehind.start();
    setAway(true);
    add(0, 30);
    await writeBehind.stop();
    expect(logged('error')).toMatchObject([{ fields: { what: 'test log', rows: 30 } }]);
  });
});
