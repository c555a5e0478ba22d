import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { startLocalServer } from '../../../../test/support/local-server.ts';
import { createMigratedDatabase } from '../../../../test/support/migrated-database.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { Secret } from '../../../core/secret.ts';
import {
  createAnnouncer,
  createDeliveryOutbox,
  listDeliveries,
} from '../../../db/webhook-deliveries-repository.ts';
import { insertWebhook, updateWebhook } from '../../../db/webhooks-repository.ts';
import { createCredentialCipher } from '../../credential-cipher.ts';
import { createUpstreamTransport } from '../../upstream-transport.ts';
import { createWebhookSender, SENDER_LIMITS, type SenderLimits } from '../webhook-sender.ts';

const cipher = createCredentialCipher(Buffer.alloc(32, 7));
const EVENT = { type: 'release.promoted', at: 1, step: 2 };

/** A database with one webhook, and senders on it whose clock the test moves. */
async function startOutbox(url: string) {
  const { db } = await createMigratedDatabase();
  // Ahead of the clock that announcements are stored by.
  let clock = Date.now() + 60_000;
  const secret = new Secret('a secret of sixteen');
  await insertWebhook(db, cipher, { id: 'hook', url, secret, enabled: true });
  const outbox = createDeliveryOutbox(db, cipher);
  const startSender = (limits: Partial<SenderLimits> = {}, allowPrivate = true) => {
    const transport = createUpstreamTransport(
      { connectMs: 5_000, headersMs: 5_000, idleMs: 5_000 },
      allowPrivate,
    );
    const sender = createWebhookSender({
      outbox,
      transport,
      logger: createRecordingLogger(),
      limits: { ...SENDER_LIMITS, pollMs: 5, ...limits },
      now: () => clock,
      random: () => 0,
    });
    onTestFinished(async () => {
      await sender.stop();
      await transport.close();
    });
    sender.start();
    return sender;
  };
  return {
    db,
    outbox,
    startSender,
    announce: createAnnouncer(db).announce,
    deliveries: () => listDeliveries(db, 'hook', 100),
    pass: (ms: number) => {
      clock += ms;
    },
    now: () => clock,
  };
}

/** Answers with these statuses in turn, the last one from then on. */
async function startReceiver(...statuses: number[]) {
  const asked: string[] = [];
  const url = await startLocalServer((request, response) => {
    const status = statuses[Math.min(asked.length, statuses.length - 1)] ?? 200;
    asked.push(String(request.headers['x-banyan-delivery']));
    response.writeHead(status, { location: '/elsewhere' }).end();
  });
  return { url, asked };
}

describe('the sender of webhooks', () => {
  it('sends again, each time later, until the receiver takes it', async () => {
    const { url, asked } = await startReceiver(500, 302, 204);
    const { announce, startSender, deliveries, pass, now } = await startOutbox(url);
    await announce(EVENT);
    startSender();
    for (const wait of [1_000, 2_000]) {
      await eventually(async () => (await deliveries())[0]?.nextAttemptAt === now() + wait);
      pass(wait);
    }
    await eventually(async () => (await deliveries())[0]?.status === 'delivered');
    expect(await deliveries()).toMatchObject([{ attempts: 3, lastError: null, nextAttemptAt: null }]);
    expect(new Set(asked).size).toBe(1);
    expect(asked).toHaveLength(3);
  });

  it('gives up after the last attempt, and says why', async () => {
    const { url, asked } = await startReceiver(503);
    const { announce, startSender, deliveries, pass } = await startOutbox(url);
    await announce(EVENT);
    startSender({ maxAttempts: 2 });
    await eventually(async () => (await deliveries())[0]?.lastError !== null);
    pass(1_000);
    await eventually(async () => (await deliveries())[0]?.status === 'failed');
    expect(await deliveries()).toMatchObject([{ attempts: 2, lastError: 'The answer was HTTP 503.' }]);
    expect(asked).toHaveLength(2);
  });

  it('waits for no receiver beyond its limit', async () => {
    const url = await startLocalServer(() => {});
    const { announce, startSender, deliveries } = await startOutbox(url);
    await announce(EVENT);
    startSender({ sendMs: 50 });
    await eventually(async () => (await deliveries())[0]?.lastError !== null);
    expect(await deliveries()).toMatchObject([{ lastError: 'There was no answer within 50 ms.' }]);
  });

  it('connects to no private address where none is allowed', async () => {
    const { url, asked } = await startReceiver(200);
    const { announce, startSender, deliveries } = await startOutbox(url);
    await announce(EVENT);
    startSender({}, false);
    await eventually(async () => (await deliveries())[0]?.lastError !== null);
    expect(await deliveries()).toMatchObject([{ lastError: 'The host has a loopback or private address.' }]);
    expect(asked).toEqual([]);
  });

  it('removes deliveries that are too old', async () => {
    const { url } = await startReceiver(200);
    const { announce, startSender, deliveries, pass } = await startOutbox(url);
    await announce(EVENT);
    pass(SENDER_LIMITS.keepMs + 1_000);
    startSender();
    await eventually(async () => (await deliveries()).length === 0);
  });
});

describe('the outbox', () => {
  it('gives a due delivery to one process, and to another where that one said nothing', async () => {
    const { announce, outbox, now } = await startOutbox('http://127.0.0.1:1/');
    await announce(EVENT);
    const claim = (at: number) => outbox.claimDue(at, at + 30_000, 10);
    const both = (await Promise.all([claim(now()), claim(now())])).flat();
    expect(both).toMatchObject([{ event: 'release.promoted', attempts: 1 }]);
    expect(await claim(now() + 29_999)).toEqual([]);
    expect(await claim(now() + 30_000)).toMatchObject([{ attempts: 2 }]);
  });

  it('keeps what came of a later attempt', async () => {
    const { announce, outbox, now, deliveries } = await startOutbox('http://127.0.0.1:1/');
    await announce(EVENT);
    const [first] = await outbox.claimDue(now(), now(), 10);
    await outbox.claimDue(now(), now(), 10);
    if (first === undefined) throw new Error('Nothing was claimed.');
    await outbox.settle(first, { status: 'delivered', at: now() });
    expect(await deliveries()).toMatchObject([{ status: 'pending', attempts: 2 }]);
  });

  it('has nothing of a transaction that was rolled back', async () => {
    const { db, announce, deliveries } = await startOutbox('http://127.0.0.1:1/');
    const transaction = await db.transaction();
    await announce(EVENT, transaction);
    await transaction.rollback();
    expect(await deliveries()).toEqual([]);
  });

  it('tells nobody who is switched off, and keeps what was to be told before', async () => {
    const { db, announce, outbox, now, deliveries } = await startOutbox('http://127.0.0.1:1/');
    await announce(EVENT);
    await updateWebhook(db, cipher, 'hook', { enabled: false });
    await announce(EVENT);
    expect(await deliveries()).toHaveLength(1);
    expect(await outbox.claimDue(now(), now(), 10)).toEqual([]);
  });

  it('shortens an event that is too long', async () => {
    const { announce, outbox, now } = await startOutbox('http://127.0.0.1:1/');
    await announce({ ...EVENT, detail: 'x'.repeat(65 * 1024) });
    const [claimed] = await outbox.claimDue(now(), now(), 10);
    expect(claimed?.body).toBe('{"type":"release.promoted","at":1,"shortened":true}');
  });
});
