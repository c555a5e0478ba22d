import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { createKillRelay, type SharedKill } from '../kill-relay.ts';
import { createKillSwitch } from '../kill-switch.ts';

const NOTE = { actor: 'olga', reason: 'errors' };

function createInstallation() {
  const shared: { kill: SharedKill | undefined; fails: boolean } = { kill: undefined, fails: false };
  const orFail = () => {
    if (shared.fails) throw new Error('the database is gone');
  };
  /** Another process, with a data folder of its own. */
  const start = () => {
    const logger = createRecordingLogger();
    const file = join(temporaryFolder(), 'kill-switch');
    const killSwitch = createKillSwitch(file, logger);
    const store = {
      async read() {
        orFail();
        return shared.kill;
      },
      async write(kill: SharedKill) {
        orFail();
        shared.kill = kill;
      },
    };
    const relay = createKillRelay({ killSwitch, logger, store });
    killSwitch.start();
    onTestFinished(() => killSwitch.stop());
    /** Looks at what is shared, as it does at its start and twice a second. */
    const look = async () => {
      const started = createKillRelay({ killSwitch, logger, store });
      await started.start();
      started.stop();
    };
    return { relay, killSwitch, file, look, logger };
  };
  return { shared, process: start };
}

describe('a kill that all processes are told of', () => {
  it('is engaged in each by a file of its own, and released in each', async () => {
    const { process } = createInstallation();
    const [one, other] = [process(), process()];
    await one.relay.engage(NOTE).told;
    expect(one.killSwitch.isEngaged()).toBe(true);
    await other.look();
    expect([other.killSwitch.isEngaged(), existsSync(other.file)]).toEqual([true, true]);
    await other.relay.release(NOTE).told;
    await one.look();
    expect([one, other].map(({ killSwitch }) => killSwitch.isEngaged())).toEqual([false, false]);
  });

  it('is known to a process that starts later, and so is its end', async () => {
    const { process } = createInstallation();
    const one = process();
    await one.relay.engage(NOTE).told;
    const later = process();
    await later.look();
    expect(later.killSwitch.isEngaged()).toBe(true);
  });

  it('leaves a switch alone that was laid by hand', async () => {
    const { process } = createInstallation();
    const [one, other] = [process(), process()];
    writeFileSync(other.file, '');
    other.killSwitch.start();
    await one.relay.engage(NOTE).told;
    await other.look();
    await one.relay.release(NOTE).told;
    await other.look();
    expect(other.killSwitch.isEngaged()).toBe(true);
  });

  it('is the latest one where there were two', async () => {
    const { process } = createInstallation();
    const [one, other] = [process(), process()];
    await one.relay.engage(NOTE).told;
    await other.relay.engage(NOTE).told;
    await one.look();
    await other.relay.release(NOTE).told;
    await one.look();
    expect([one, other].map(({ killSwitch }) => killSwitch.isEngaged())).toEqual([false, false]);
  });

  it('holds here where the others cannot be told', async () => {
    const { shared, process } = createInstallation();
    const one = process();
    shared.fails = true;
    await expect(one.relay.engage(NOTE).told).rejects.toThrow('the database is gone');
    expect(one.killSwitch.isEngaged()).toBe(true);
    shared.fails = false;
    await one.look();
    expect(one.killSwitch.isEngaged()).toBe(true);
  });
});
