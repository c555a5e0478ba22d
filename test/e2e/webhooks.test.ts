import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseJson } from '../../src/core/json.ts';
import { connectDatabase } from '../../src/db/connect-database.ts';
import { alertsOf, firingAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { startLocalServer } from '../support/local-server.ts';
import { type GatewayOptions, type RunningGateway, startGateway } from '../support/running-gateway.ts';
import { addByAdmin, askAdmin } from './admin/admin-client.ts';

const ALERTS_TOKEN = 'a-token-for-alerts';
const ENV = { PORTKEY_GATEWAY_URL: 'off', ALERTS_TOKEN };

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** @param failures how many requests are answered with 500 first */
async function startReceiver(failures: number) {
  const received: Received[] = [];
  const url = await startLocalServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(received.length <= failures ? 500 : 200).end('read');
    });
  });
  return { url: `${url}/hook?team=gateway`, received };
}

async function start(options: GatewayOptions = {}): Promise<RunningGateway> {
  const gateway = await startGateway({ ...options, env: { ...ENV, ...options.env } });
  onTestFinished(() => gateway.stop());
  return gateway;
}

const kill = (gateway: RunningGateway) =>
  askAdmin(gateway, 'POST', '/rollout/kill', { body: { reason: 'errors' } });

const deliveriesOf = async (gateway: RunningGateway, id: unknown) => {
  const { deliveries } = (await askAdmin(gateway, 'GET', `/webhooks/${id}/deliveries`)).body;
  return Array.isArray(deliveries) ? deliveries : [];
};

describe('a webhook', () => {
  it('is told of a kill by a signed request, again until it takes it', async () => {
    const receiver = await startReceiver(2);
    const gateway = await start();
    const { id, secret } = await addByAdmin(gateway, '/webhooks', { url: receiver.url });
    await kill(gateway);
    await eventually(async () => JSON.stringify(await deliveriesOf(gateway, id)).includes('"delivered"'));
    expect(await deliveriesOf(gateway, id)).toMatchObject([{ event: 'rollout.killed', attempts: 3 }]);
    expect(receiver.received).toHaveLength(3);
    for (const { headers, body } of receiver.received) {
      const signed = `${headers['x-banyan-timestamp']}.${body}`;
      const signature = createHmac('sha256', String(secret)).update(signed).digest('hex');
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        'x-banyan-event': 'rollout.killed',
        'x-banyan-signature': `v1=${signature}`,
      });
      expect(parseJson(body)).toMatchObject({
        type: 'rollout.killed',
        at: expect.any(Number),
        actor: 'admin-token',
        reason: 'errors',
      });
    }
    expect(new Set(receiver.received.map(({ headers }) => headers['x-banyan-delivery'])).size).toBe(1);
  }, 30_000);

  it('is told once by two gateways on one database', async () => {
    const receiver = await startReceiver(0);
    const dataDir = mkdtempSync(join(tmpdir(), 'banyan-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
    const one = await start({ dataDir });
    const other = await start({ dataDir });
    const { id } = await addByAdmin(one, '/webhooks', { url: receiver.url });
    for (let round = 0; round < 5; round += 1) {
      await askAdmin(one, 'POST', `/webhooks/${id}/test`);
      await askAdmin(other, 'POST', `/webhooks/${id}/test`);
    }
    const settled = async () => {
      const texts = (await deliveriesOf(one, id)).map((delivery) => JSON.stringify(delivery));
      return texts.filter((text) => text.includes('"delivered"')).length === 10;
    };
    await eventually(settled);
    const ids = receiver.received.map(({ headers }) => headers['x-banyan-delivery']);
    expect(ids).toHaveLength(10);
    expect(new Set(ids).size).toBe(10);
  }, 30_000);

  it('is not at a private address where none is allowed', async () => {
    const receiver = await startReceiver(0);
    const gateway = await start({ env: { ALLOW_PRIVATE_UPSTREAMS: 'false' } });
    const answer = await askAdmin(gateway, 'POST', '/webhooks', { body: { url: receiver.url } });
    expect(answer).toMatchObject({ status: 400, body: { error: { param: 'url' } } });
    expect(receiver.received).toEqual([]);
  });
});

describe('an alert', () => {
  it('kills within a second where the database is unusable', async () => {
    const gateway = await start();
    const db = connectDatabase(gateway.database);
    for (const table of ['audit_log', 'users', 'webhooks', 'webhook_deliveries']) {
      await db.schema.dropTable(table);
    }
    await db.destroy();
    const began = performance.now();
    const answer = await askAdmin(gateway, 'POST', '/rollout/alerts', {
      body: alertsOf([firingAlert()]),
      token: ALERTS_TOKEN,
    });
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(answer).toMatchObject({ status: 200, body: { acted: true } });
    const rollout = await askAdmin(gateway, 'GET', '/rollout');
    expect(rollout.body).toMatchObject({ killed: true });
  });

  it('is reported by its own token, which nothing else takes', async () => {
    const gateway = await start();
    const options = { token: ALERTS_TOKEN, body: { reason: 'no' } };
    expect((await askAdmin(gateway, 'POST', '/rollout/unkill', options)).status).toBe(401);
    expect((await askAdmin(gateway, 'GET', '/rollout', { token: ALERTS_TOKEN })).status).toBe(401);
    const empty = { token: ALERTS_TOKEN, body: alertsOf([]) };
    expect((await askAdmin(gateway, 'POST', '/rollout/alerts', empty)).body).toEqual({ acted: false });
  });
});
