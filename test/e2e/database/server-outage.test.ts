import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { missingEngine } from '../../support/database-engines.ts';
import { KEYS, postChat, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { type PostgresServer, startPostgresServer } from '../../support/postgres-server.ts';
import { askAdmin } from '../admin/admin-client.ts';

const missing = await missingEngine('postgres');
const OUTAGE_LIMIT_MS = 60_000;

const readiness = z.object({
  status: z.string(),
  parts: z.record(z.string(), z.object({ status: z.string() })),
});
const listed = z.object({ total: z.number() });

const why = missing === undefined ? '' : ` (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(`a database server that is gone for a while${why}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
  });
  afterAll(() => server?.stop());

  it('keeps no request from being served, is named, and misses nothing when it is back', {
    timeout: 3 * OUTAGE_LIMIT_MS,
  }, async () => {
    const gateway = await startEmulatedGateway({
      env: { DATABASE_URL: server.url, PORTKEY_GATEWAY_URL: 'off' },
    });
    onTestFinished(() => gateway.stop());
    const ask = async () => (await postChat(gateway, { key: KEYS.litellm })).status;
    const ready = async () => {
      const answer = await fetch(`${gateway.url}/health/ready`);
      return { code: answer.status, ...readiness.parse(await answer.json()) };
    };
    expect(await ask()).toBe(200);
    await server.kill();
    const during: number[] = [];
    await eventually(async () => {
      during.push(await ask());
      return (await ready()).parts.database?.status === 'down';
    }, OUTAGE_LIMIT_MS);
    expect(new Set(during)).toEqual(new Set([200]));
    expect(await ready()).toMatchObject({ code: 200, status: 'degraded' });
    const refused = await askAdmin(gateway, 'POST', '/virtual-keys', { body: { name: 'made-meanwhile' } });
    expect(refused.status).toBeGreaterThanOrEqual(500);

    await server.restart();
    await eventually(async () => (await ready()).parts.database?.status === 'up', OUTAGE_LIMIT_MS);
    expect(
      (await askAdmin(gateway, 'POST', '/virtual-keys', { body: { name: 'made-afterwards' } })).status,
    ).toBeLessThan(300);
    // Every request of the outage is in the log.
    await eventually(async () => {
      const { body } = await askAdmin(gateway, 'GET', '/config/api-requests?pageSize=1');
      return listed.parse(body).total === during.length + 1;
    }, OUTAGE_LIMIT_MS);
  });
});
