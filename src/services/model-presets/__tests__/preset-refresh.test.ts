import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { createPresetRefresh } from '../preset-refresh.ts';

function setUp(fields: {
  readonly claim?: () => Promise<boolean>;
  readonly update?: (signal: AbortSignal) => Promise<unknown>;
}) {
  const logger = createRecordingLogger();
  const counts = { claims: 0, updates: 0 };
  const { claim = async () => true, update = async () => {} } = fields;
  const refresh = createPresetRefresh({
    claim() {
      counts.claims += 1;
      return claim();
    },
    update(signal) {
      counts.updates += 1;
      return update(signal);
    },
    logger,
    everyMs: 5,
  });
  onTestFinished(() => refresh.stop());
  return { refresh, counts, logger };
}

describe('the refresh of the presets', () => {
  it('asks nobody before it is started', async () => {
    const { refresh, counts } = setUp({});
    await refresh.stop();
    expect(counts).toEqual({ claims: 0, updates: 0 });
  });

  it('fetches nothing while it is not this process’s turn', async () => {
    const { refresh, counts } = setUp({ claim: async () => false });
    refresh.start();
    await eventually(() => counts.claims > 2);
    expect(counts.updates).toBe(0);
  });

  it('fetches one list at a time', async () => {
    let [running, most] = [0, 0];
    const { refresh, counts } = setUp({
      async update() {
        running += 1;
        most = Math.max(most, running);
        await sleep(20);
        running -= 1;
      },
    });
    refresh.start();
    await eventually(() => counts.updates > 3);
    expect(most).toBe(1);
  });

  it('goes on after a failure, which it says', async () => {
    const err = new Error('no list');
    const { refresh, counts, logger } = setUp({ update: () => Promise.reject(err) });
    refresh.start();
    await eventually(() => counts.updates > 1);
    expect(logger.entries[0]).toMatchObject({ level: 'warn', fields: { err } });
  });

  it('ends a fetch that runs when it is stopped, and says nothing of it', async () => {
    const { refresh, counts, logger } = setUp({
      update: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    });
    refresh.start();
    await eventually(() => counts.updates === 1);
    await refresh.stop();
    expect(logger.entries).toEqual([]);
  });
});
