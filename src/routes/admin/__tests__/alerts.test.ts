import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { alertsOf, firingAlert } from '../../../../test/support/alerts.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { Secret } from '../../../core/secret.ts';
import { insertAuditEntries } from '../../../db/audit-log-repository.ts';
import { createRolloutStore } from '../../../db/rollout-repository.ts';
import { createSharedKillStore } from '../../../db/shared-kill-repository.ts';
import { createAnnouncer } from '../../../db/webhook-deliveries-repository.ts';
import { createEmbeddedRollout } from '../../../rollout/embedded-rollout.ts';
import { createFlagEvaluator } from '../../../rollout/flag-evaluator.ts';
import { createKillRelay } from '../../../rollout/kill-relay.ts';
import { createKillSwitch } from '../../../rollout/kill-switch.ts';
import { rolloutOperations } from '../rollout/index.ts';
import { startAdminApi } from './admin-fixture.ts';

const ALERTS_TOKEN = 'a-token-for-alerts';

async function startWithAlerts() {
  const logger = createRecordingLogger();
  const killSwitch = createKillSwitch(join(temporaryFolder(), 'kill-switch'), logger);
  const flags = createFlagEvaluator('production', logger);
  const fixture = await startAdminApi({}, ({ db }) => {
    const rollout = createEmbeddedRollout({ store: createRolloutStore(db), flags, logger });
    onTestFinished(() => rollout.stop());
    const killRelay = createKillRelay({ killSwitch, store: createSharedKillStore(db), logger });
    const shared = {
      rollout,
      killRelay,
      killSwitch,
      useLitellm: true,
      db,
      announcer: createAnnouncer(db),
      logger,
    };
    return rolloutOperations({ ...shared, alertsToken: new Secret(ALERTS_TOKEN) });
  });
  const { call } = fixture;
  const send = (body: unknown, as = ALERTS_TOKEN) => call('POST', '/admin/rollout/alerts', { body, as });
  await call('POST', '/admin/webhooks', { body: { url: 'https://hooks.example/' } });
  return {
    ...fixture,
    killSwitch,
    send,
    fire: (fields: object = {}) => send(alertsOf([firingAlert(fields)])),
    kills: async () => (await call('GET', '/admin/audit?entity=rollout&action=kill')).body.entries,
    announced: () => fixture.db('webhook_deliveries').pluck('event'),
  };
}

const ACTED = { status: 200, body: { acted: true } };
const NOT_ACTED = { status: 200, body: { acted: false } };

describe('an alert', () => {
  it('that fires and asks for it engages the kill switch, and says which it was', async () => {
    const { fire, killSwitch, kills, announced } = await startWithAlerts();
    expect(await fire()).toMatchObject(ACTED);
    expect(killSwitch.isEngaged()).toBe(true);
    expect(await kills()).toMatchObject([
      {
        actor: 'alerts-token',
        after: {
          killed: true,
          reason: expect.stringMatching(/NewPathErrors.*c0ffee0123456789/),
          alerts: [{ fingerprint: 'c0ffee0123456789' }],
        },
      },
    ]);
    expect(await announced()).toEqual(['rollout.killed']);
  });

  it('that is sent again changes nothing, at the same time or later', async () => {
    const { fire, kills, announced } = await startWithAlerts();
    const answers = await Promise.all([fire(), fire(), fire()]);
    expect(answers.filter(({ body }) => body.acted === true)).toHaveLength(1);
    expect(await fire()).toMatchObject(NOT_ACTED);
    expect(await kills()).toHaveLength(1);
    expect(await announced()).toEqual(['rollout.killed']);
  });

  it('that still fires does not kill again what an operator has released; one that fires anew does', async () => {
    const { fire, call, killSwitch } = await startWithAlerts();
    await fire();
    await call('POST', '/admin/rollout/unkill', { body: { reason: 'known' } });
    expect(await fire()).toMatchObject(NOT_ACTED);
    expect(killSwitch.isEngaged()).toBe(false);
    expect(await fire({ startsAt: '2026-03-01T11:00:00Z' })).toMatchObject(ACTED);
    expect(killSwitch.isEngaged()).toBe(true);
  });

  it('that another process has acted on is told from the audit log', async () => {
    const { fire, db, killSwitch } = await startWithAlerts();
    const { fingerprint, startsAt } = firingAlert();
    const after = { killed: true, reason: 'an alert', alerts: [{ fingerprint, startsAt }] };
    const entry = { actor: 'alerts-token', action: 'kill', entity: 'rollout', entityId: 'rollout', after };
    await insertAuditEntries(db, [entry]);
    expect(await fire()).toMatchObject(NOT_ACTED);
    expect(killSwitch.isEngaged()).toBe(false);
  });

  it.each([
    ['is resolved', { status: 'resolved' }],
    ['asks for something else', { labels: { alertname: 'Other', action: 'page' } }],
    ['asks for nothing', { labels: {} }],
  ])('that %s neither kills nor releases', async (_, fields) => {
    const { fire, killSwitch, kills } = await startWithAlerts();
    expect(await fire(fields)).toMatchObject(NOT_ACTED);
    expect(killSwitch.isEngaged()).toBe(false);
    await fire();
    await fire({ ...fields, startsAt: '2026-03-01T12:00:00Z' });
    expect(killSwitch.isEngaged()).toBe(true);
    expect(await kills()).toHaveLength(1);
  });

  it.each([
    ['version', { ...alertsOf([]), version: '3' }, 'version'],
    ['start', alertsOf([firingAlert({ startsAt: 'noon' })]), 'alerts.0.startsAt'],
    ['fingerprint', alertsOf([firingAlert({ fingerprint: undefined })]), 'alerts.0.fingerprint'],
  ])('with a wrong %s is refused by name', async (_, body, param) => {
    const { send, killSwitch } = await startWithAlerts();
    expect(await send(body)).toMatchObject({ status: 400, body: { error: { param } } });
    expect(killSwitch.isEngaged()).toBe(false);
  });

  it('kills where the database does not answer, and once', async () => {
    const { fire, db, killSwitch } = await startWithAlerts();
    await db.destroy();
    expect(await fire()).toMatchObject(ACTED);
    expect(killSwitch.isEngaged()).toBe(true);
    // The audit log cannot tell: this process remembers.
    expect(await fire()).toMatchObject(NOT_ACTED);
  });
});

describe('the token of alerts', () => {
  it('is no token for any other operation', async () => {
    const { operations, call } = await startWithAlerts();
    const others = operations.filter((name) => name !== 'POST /admin/rollout/alerts');
    const opened: string[] = [];
    for (const name of others) {
      const [method = '', path = ''] = name.split(' ');
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
      const { status } = await call(method, path.replaceAll(/\{\w+\}/g, 'x'), { ...body, as: ALERTS_TOKEN });
      if (status !== 401) opened.push(name);
    }
    expect(opened.toSorted()).toEqual([
      'GET /public/system-settings',
      'POST /auth/login',
      'POST /auth/register',
    ]);
  });

  it('is one of two ways: operators may as well, viewers and others may not', async () => {
    const { send } = await startWithAlerts();
    expect((await send(alertsOf([]), 'olga')).status).toBe(200);
    expect((await send(alertsOf([]), 'vera')).status).toBe(403);
    expect((await send(alertsOf([]), 'another-token-here')).status).toBe(401);
  });
});
