import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLocalServer } from '../../../../test/support/local-server.ts';
import { freePort } from '../../../../test/support/loopback-port.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { Secret } from '../../../core/secret.ts';
import { createFlagEvaluator } from '../../flag-evaluator.ts';
import { createKillRelay, type SharedKill } from '../../kill-relay.ts';
import { createKillSwitch } from '../../kill-switch.ts';
import type { ReleaseRules } from '../../release-rules.ts';
import type { RolloutEntry } from '../../rollout.ts';
import { initialRollout } from '../../rollout-state.ts';
import { createFlagAdmin } from '../flag-admin.ts';
import { createFlagBackup } from '../flag-backup.ts';
import type { FlagServer } from '../flag-server.ts';
import { createServedFlags } from '../served-flags.ts';
import { createServedRollout } from '../served-rollout.ts';

/** A rollout whose flag server is at this address, not started. */
function setUp(url: string, recordFails = false) {
  const server: FlagServer = {
    url,
    environment: 'production',
    apiToken: new Secret('api-token'),
    adminToken: new Secret('admin-token'),
    pollMs: 60_000,
    requestMs: 1_000,
    changeMs: 500,
  };
  const folder = temporaryFolder();
  const logger = createRecordingLogger();
  const evaluator = createFlagEvaluator('production', logger);
  const killFile = join(folder, 'kill-switch');
  const entries: RolloutEntry[] = [];
  const killSwitch = createKillSwitch(killFile, logger);
  const told: SharedKill[] = [];
  const database = { isGone: false };
  const killRelay = createKillRelay({
    killSwitch,
    store: {
      read: async () => told.at(-1),
      async write(kill) {
        if (database.isGone) throw new Error('database is gone');
        told.push(kill);
      },
    },
    logger,
  });
  let state = initialRollout({}, 'salt');
  const rollout = createServedRollout({
    store: {
      read: async () => state,
      async change(edit) {
        state = edit(state);
        return state;
      },
      async record(entry) {
        if (recordFails) throw new Error('database is gone');
        entries.push(entry);
      },
    },
    flags: createServedFlags({
      server,
      evaluator,
      backup: createFlagBackup(join(folder, 'flags.json'), 'test', logger),
      logger,
    }),
    admin: createFlagAdmin(server),
    killSwitch,
    killRelay,
    changeMs: server.changeMs,
    logger,
  });
  onTestFinished(() => rollout.stop());
  return {
    rollout,
    logger,
    entries,
    killSwitch,
    told,
    database,
    isKilled: () => existsSync(killFile),
    armShare: () => state.armShare,
  };
}

const silent = () => startLocalServer(() => {});
const closed = async () => `http://127.0.0.1:${await freePort()}`;
const foreign = () => startLocalServer((_, response) => response.end('<html>Welcome</html>'));

describe('a rollback', () => {
  it.each([
    ['does not answer', silent],
    ['is not there', closed],
    ['is another server', foreign],
  ])('is done by the kill switch, in time, where the flag server %s', async (_, open) => {
    const { rollout, entries, isKilled } = setUp(await open());
    await expect(rollout.change({ enrolledPercent: 0 }, 'olga')).rejects.toMatchObject({
      code: 'flag_server_unavailable',
      message: expect.stringContaining('The kill switch is engaged instead'),
    });
    expect(isKilled()).toBe(true);
    expect(entries).toMatchObject([{ actor: 'olga', action: 'kill', after: { killed: true } }]);
  });

  it('is done although the audit log cannot be written, which the log then says', async () => {
    const { rollout, logger, isKilled } = setUp(await closed(), true);
    await expect(rollout.change({ enrolledPercent: 0 }, 'olga')).rejects.toThrow('kill switch');
    expect(isKilled()).toBe(true);
    expect(logger.entries.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { actor: 'olga', action: 'kill' } },
    ]);
  });
});

describe('another change', () => {
  it('has every process of the database killed, and is written down once, however often it is tried', async () => {
    const { rollout, told, entries, killSwitch } = setUp(await closed());
    const back = () => rollout.change({ enrolledPercent: 0 }, 'olga').catch(() => {});
    for (let tries = 0; tries < 3; tries += 1) await back();
    expect(told).toMatchObject([{ actor: 'olga', isEngaged: true }]);
    expect(entries).toHaveLength(1);
    killSwitch.release({ actor: 'otto', reason: 'too soon' });
    await back();
    expect(killSwitch.isEngaged()).toBe(true);
    expect(told).toHaveLength(2);
    expect(entries).toHaveLength(2);
  });

  it('tells the others where a kill is in force that is of this folder alone', async () => {
    const { rollout, told, killSwitch } = setUp(await closed());
    const back = () => rollout.change({ enrolledPercent: 0 }, 'olga').catch(() => {});
    await back();
    killSwitch.release({ actor: 'otto', reason: 'mended' });
    killSwitch.engage({ actor: 'otto', reason: 'by hand' });
    await back();
    expect(told).toHaveLength(2);
  });

  it('tells the others again where it could not be told', async () => {
    const { rollout, told, database, killSwitch } = setUp(await closed());
    database.isGone = true;
    await rollout.change({ enrolledPercent: 0 }, 'olga').catch(() => {});
    expect(killSwitch.isEngaged()).toBe(true);
    expect(told).toEqual([]);
    database.isGone = false;
    await rollout.change({ enrolledPercent: 0 }, 'olga').catch(() => {});
    expect(told).toMatchObject([{ actor: 'olga', isEngaged: true }]);
  });

  it('kills nothing where the flag server cannot make it; the share of the new arm is lowered all the same', async () => {
    const { rollout, entries, isKilled, armShare } = setUp(await closed());
    await expect(rollout.change({ enrolledPercent: 25, armShare: 0.5 }, 'olga')).rejects.toMatchObject({
      code: 'flag_server_unavailable',
    });
    expect(isKilled()).toBe(false);
    expect(entries).toEqual([]);
    expect(armShare()).toBe(0.5);
  });

  it('of the share of the new arm needs no flag server', async () => {
    const { rollout, armShare } = setUp(await closed());
    expect(await rollout.change({ armShare: 0.5 }, 'olga')).toMatchObject({ armShare: 0.5 });
    expect(armShare()).toBe(0.5);
  });
});

describe('of the keys that are named, a change', () => {
  it('alone is refused while nobody knows the percentage that is to stay, and kills nothing', async () => {
    const { rollout, isKilled } = setUp(await closed());
    await expect(rollout.change({ namedKeys: [] }, 'olga')).rejects.toMatchObject({
      code: 'flag_server_unavailable',
      message: expect.stringContaining('percentage'),
    });
    expect(isKilled()).toBe(false);
  });
});

describe('a decision of a release plan', () => {
  const rules: ReleaseRules = {
    runId: 'run_1',
    stepId: 'named',
    sequence: 3,
    scope: { models: ['gpt-4o-mini'] },
    armUnit: 'request',
    slow: { firstTokenMs: null, overheadMs: null, tokenMs: null },
    isRecorded: true,
  };

  it('that is older than the one in force is refused before the flag server is asked', async () => {
    let asked = 0;
    const url = await startLocalServer((_, response) => {
      asked += 1;
      response.end();
    });
    const { rollout, isKilled } = setUp(url);
    await rollout.change({ rules, armShare: 0.5 }, 'olga');
    const older = { enrolledPercent: 0, rules: { ...rules, sequence: 2 } };
    await expect(rollout.change(older, 'olga')).rejects.toMatchObject({ code: 'conflict' });
    expect([asked, isKilled()]).toEqual([0, false]);
    expect(rollout.drawArm('req_1', 'key_a')).toMatchObject({ share: 0.5, rules });
    expect(rollout.summary().rules).toEqual(rules);
  });
});
