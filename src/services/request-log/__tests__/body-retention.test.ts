import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { createBodyRetention } from '../body-retention.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const NOW = 1_764_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

function start(removeBefore: (time: number) => Promise<number>) {
  const logger = createRecordingLogger();
  const retention = createBodyRetention({ removeBefore, logger });
  retention.keepFor(7);
  retention.start();
  return { retention, logger };
}

describe('the retention of bodies', () => {
  it('D2 takes nothing away at a start, and what is too old once an hour', async () => {
    const asked: number[] = [];
    const { retention } = start(async (time) => asked.push(time));
    await vi.advanceTimersByTimeAsync(HOUR_MS - 1);
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    retention.keepFor(1);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(asked).toEqual([NOW + HOUR_MS - 7 * DAY_MS, NOW + 2 * HOUR_MS - DAY_MS]);
    await retention.stop();
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(asked).toHaveLength(2);
  });

  it('says whether bodies are kept at all', () => {
    const { retention } = start(async () => 0);
    expect(retention.isOn()).toBe(true);
    retention.keepFor(0);
    expect(retention.isOn()).toBe(false);
  });

  it('logs what it could not do, and tries again', async () => {
    let calls = 0;
    const { retention, logger } = start(async () => {
      calls += 1;
      throw new Error('database is away');
    });
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    await retention.stop();
    expect(calls).toBe(2);
    expect(logger.entries.map(({ level }) => level)).toEqual(['error', 'error']);
  });

  it('waits for what it has begun before it ends', async () => {
    const removed = Promise.withResolvers<number>();
    const { retention } = start(() => removed.promise);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    let hasEnded = false;
    const stopping = retention.stop().then(() => {
      hasEnded = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(hasEnded).toBe(false);
    removed.resolve(3);
    await stopping;
  });
});
