import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { Secret } from '../../../core/secret.ts';
import { createRolloutStore, writeRollout } from '../../../db/rollout-repository.ts';
import { createSharedKillStore } from '../../../db/shared-kill-repository.ts';
import { createAnnouncer } from '../../../db/webhook-deliveries-repository.ts';
import { createEmbeddedRollout } from '../../../rollout/embedded-rollout.ts';
import { createFlagEvaluator } from '../../../rollout/flag-evaluator.ts';
import { createKillRelay } from '../../../rollout/kill-relay.ts';
import { createKillSwitch } from '../../../rollout/kill-switch.ts';
import type { ReleaseRules } from '../../../rollout/release-rules.ts';
import { initialRollout } from '../../../rollout/rollout-state.ts';
import { rolloutOperations } from '../rollout/index.ts';
import { type AdminCall, startAdminApi } from './admin-fixture.ts';

const ALERTS_TOKEN = 'a-token-for-alerts';

/** @param folder of the kill switch; one that is not there cannot be written to */
async function startWithRollout(folder = temporaryFolder()) {
  const logger = createRecordingLogger();
  const killSwitch = createKillSwitch(join(folder, 'kill-switch'), logger);
  const flags = createFlagEvaluator('production', logger);
  const fixture = await startAdminApi({}, ({ db }) => {
    const rollout = createEmbeddedRollout({ store: createRolloutStore(db), flags, logger });
    onTestFinished(() => rollout.stop());
    const announcer = createAnnouncer(db);
    const alertsToken = new Secret(ALERTS_TOKEN);
    const killRelay = createKillRelay({ killSwitch, store: createSharedKillStore(db), logger });
    return rolloutOperations({
      rollout,
      killRelay,
      killSwitch,
      useLitellm: true,
      db,
      announcer,
      alertsToken,
      logger,
    });
  });
  await writeRollout(fixture.db, initialRollout({ enrolledPercent: 5, armShare: 1 }, 'salt'));
  const { call } = fixture;
  const kill = (as?: string) => change(call, 'kill', 'errors', as);
  const unkill = (as?: string) => change(call, 'unkill', 'mended', as);
  const entries = async () => (await call('GET', '/admin/audit?entity=rollout')).body.entries;
  return { ...fixture, killSwitch, logger, kill, unkill, entries };
}

function change(call: AdminCall, action: string, reason: string, as?: string) {
  return call('POST', `/admin/rollout/${action}`, { body: { reason }, ...(as === undefined ? {} : { as }) });
}

it('the rollout has the keys that are named, and the step of the plan that was carried out last', async () => {
  const { call, db } = await startWithRollout();
  const change = async (share: number) =>
    (await call('PATCH', '/admin/rollout', { as: 'olga', body: { arm_share: share } })).body;
  expect(await change(0.9)).toMatchObject({ named_keys: [], run_id: null, step_id: null });
  const rules: ReleaseRules = {
    runId: 'run_1',
    stepId: 'named',
    sequence: 1,
    scope: {},
    armUnit: 'request',
    slow: { firstTokenMs: null, overheadMs: null, tokenMs: null },
    isRecorded: true,
  };
  await writeRollout(db, initialRollout({ namedKeys: ['key_b'], rules }, 'salt'));
  expect(await change(0.5)).toMatchObject({ named_keys: ['key_b'], run_id: 'run_1', step_id: 'named' });
});

describe('a change of the rollout', () => {
  it('is in the audit log: who, what, before and after', async () => {
    const { call, entries } = await startWithRollout();
    const patch = (body: object, as: string) => call('PATCH', '/admin/rollout', { as, body });
    expect((await patch({ enrolled_percent: 25 }, 'olga')).body).toMatchObject({ enrolled_percent: 25 });
    expect(await entries()).toMatchObject([
      {
        actor: 'olga',
        action: 'update',
        before: { enrolled_percent: 5, arm_share: 1 },
        after: { enrolled_percent: 25, arm_share: 1 },
      },
    ]);
    await patch({ arm_share: 0.5 }, 'otto');
    expect(await entries()).toContainEqual(
      expect.objectContaining({
        actor: 'otto',
        before: { enrolled_percent: 25, arm_share: 1 },
        after: { enrolled_percent: 25, arm_share: 0.5 },
      }),
    );
  });

  it('that is refused is not in it', async () => {
    const { call, entries } = await startWithRollout();
    expect((await call('PATCH', '/admin/rollout', { body: { enrolled_percent: 101 } })).status).toBe(400);
    expect((await change(call, 'kill', ' ')).status).toBe(400);
    expect((await change(call, 'kill', 'no', 'vera')).status).toBe(403);
    expect(await entries()).toEqual([]);
  });

  it('is not made where the database cannot keep it', async () => {
    const { call, db } = await startWithRollout();
    const store = createRolloutStore(db);
    const before = await store.read();
    await db.schema.dropTable('audit_log');
    expect((await call('PATCH', '/admin/rollout', { body: { enrolled_percent: 50 } })).status).toBe(500);
    expect(await store.read()).toEqual(before);
  });
});

describe('the kill switch', () => {
  it('is in the audit log when it is engaged and when it is released, with the reason', async () => {
    const { kill, unkill, entries } = await startWithRollout();
    expect((await kill('olga')).body).toMatchObject({ killed: true });
    const killed = {
      actor: 'olga',
      action: 'kill',
      before: { killed: false },
      after: { killed: true, reason: 'errors' },
    };
    expect(await entries()).toMatchObject([killed]);
    expect((await unkill('otto')).body).toMatchObject({ killed: false });
    const released = {
      actor: 'otto',
      action: 'unkill',
      before: { killed: true },
      after: { killed: false, reason: 'mended' },
    };
    expect(await entries()).toEqual(
      expect.arrayContaining([killed, released].map((entry) => expect.objectContaining(entry))),
    );
  });

  it.each([
    ['the token of automation', undefined, 'admin-token'],
    ['an operator', 'olga', 'olga'],
  ])(
    'is engaged by %s while the database is gone, and the log has what the audit log has not',
    async (...given) => {
      const [, as, actor] = given;
      const { kill, db, killSwitch, logger } = await startWithRollout();
      await db.destroy();
      expect(await kill(as)).toMatchObject({ status: 200, body: { killed: true } });
      expect(killSwitch.isEngaged()).toBe(true);
      expect(logger.entries.filter(({ level }) => level === 'error')).toMatchObject([
        {
          fields: {
            actor,
            action: 'kill',
            before: { killed: false },
            after: { killed: true, reason: 'errors' },
          },
          message: 'a switch of the rollout is not in the audit log',
        },
        { fields: { event: 'rollout.killed' }, message: 'a switch of the rollout is not announced' },
        { fields: { action: 'kill' }, message: 'other processes are not told of a switch of the rollout' },
      ]);
    },
  );

  it('is engaged where only the audit log fails', async () => {
    const { kill, unkill, db, killSwitch, logger } = await startWithRollout();
    await db.schema.dropTable('audit_log');
    expect((await kill('olga')).status).toBe(200);
    expect(killSwitch.isEngaged()).toBe(true);
    expect((await unkill('olga')).status).toBe(200);
    expect(killSwitch.isEngaged()).toBe(false);
    const faults = logger.entries.filter(({ level }) => level === 'error');
    expect(faults.map(({ fields }) => fields.action)).toEqual(['kill', 'unkill']);
  });

  it('waits for no lock: it is engaged and answered while a change has the database, and has its entry later', async () => {
    const { kill, db, killSwitch, entries } = await startWithRollout();
    const transaction = await db.transaction();
    expect((await kill('olga')).status).toBe(200);
    expect(killSwitch.isEngaged()).toBe(true);
    expect(transaction.isCompleted()).toBe(false);
    await transaction.rollback();
    await eventually(async () => JSON.stringify(await entries()).includes('"action":"kill"'));
  });

  it('is engaged by nobody else because the database is gone', async () => {
    const { kill, db, killSwitch } = await startWithRollout();
    await db.destroy();
    expect(await kill('vera')).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    expect((await kill('forged.token')).status).toBe(401);
    expect(killSwitch.isEngaged()).toBe(false);
  });

  it('is released by an account only where the database can say that it still may', async () => {
    const { kill, unkill, db, killSwitch } = await startWithRollout();
    await kill();
    await db.destroy();
    expect((await unkill('olga')).status).toBe(500);
    expect(killSwitch.isEngaged()).toBe(true);
    expect((await unkill()).status).toBe(200);
    expect(killSwitch.isEngaged()).toBe(false);
  });

  it('that this process alone could take on, for want of a file, is in the audit log, too', async () => {
    const { kill, killSwitch, entries } = await startWithRollout(join(temporaryFolder(), 'missing'));
    expect((await kill('olga')).status).toBe(500);
    expect(killSwitch.isEngaged()).toBe(true);
    expect(await entries()).toMatchObject([{ actor: 'olga', after: { killed: true } }]);
  });
});
