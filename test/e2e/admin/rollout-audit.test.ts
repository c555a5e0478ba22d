import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseLocation } from '../../../src/core/database-location.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import {
  type EmulatedGateway,
  KEYS,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { ADMIN_TOKEN } from '../../support/running-gateway.ts';
import { askAdmin } from './admin-client.ts';

const BANYAN = fileURLToPath(new URL('../../../src/cli/banyan.ts', import.meta.url));
const PASSWORD = 'a long enough password';

let gateway: EmulatedGateway;
beforeEach(async () => {
  gateway = await startEmulatedGateway({ env: { ADMIN_PASSWORD: PASSWORD } });
});
afterEach(() => gateway.stop());

async function logIn(): Promise<string> {
  const response = await fetch(`${gateway.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  const { token } = Object(await response.json());
  return String(token);
}

const kill = (token?: string) =>
  askAdmin(gateway, 'POST', '/rollout/kill', {
    body: { reason: 'errors on the new path' },
    ...(token === undefined ? {} : { token }),
  });

/** Why the next request took its path. */
async function reason(): Promise<string | null> {
  const response = await postChat(gateway, { key: KEYS.litellm });
  await response.arrayBuffer();
  return response.headers.get('x-gateway-reason');
}

/** Runs the operator's command and gives its exit code. */
function banyan(...parameters: string[]): Promise<number> {
  const env = { PATH: process.env.PATH, BANYAN_URL: gateway.url, ADMIN_TOKEN };
  const { promise, resolve } = Promise.withResolvers<number>();
  execFile(process.execPath, [BANYAN, ...parameters], { env }, (error) =>
    resolve(typeof error?.code === 'number' ? error.code : 0),
  );
  return promise;
}

/** Has the database lose these tables: what asks for them fails from then on. */
async function lose(...tables: string[]): Promise<void> {
  const db = connectDatabase(gateway.database);
  for (const table of tables) await db.schema.dropTable(table);
  await db.destroy();
}

describe('what an operator does to the rollout by command', () => {
  it('is in the audit log: the percentage, the kill and its end, with who, before and after', async () => {
    expect(await banyan('rollout', 'set', '--enrolled-percent', '10', '--arm-share', '0.5')).toBe(0);
    expect(await banyan('rollout', 'kill', '--reason', 'too many errors')).toBe(0);
    expect(await banyan('rollout', 'unkill', '--reason', 'mended')).toBe(0);
    const { entries } = (await askAdmin(gateway, 'GET', '/audit?entity=rollout')).body;
    const told = [
      {
        action: 'update',
        before: { enrolled_percent: 0, arm_share: 1 },
        after: { enrolled_percent: 10, arm_share: 0.5 },
      },
      { action: 'kill', before: { killed: false }, after: { killed: true, reason: 'too many errors' } },
      { action: 'unkill', before: { killed: true }, after: { killed: false, reason: 'mended' } },
    ];
    expect(entries).toHaveLength(told.length);
    expect(entries).toEqual(
      expect.arrayContaining(
        told.map((entry) => expect.objectContaining({ ...entry, actor: 'admin-token', entity: 'rollout' })),
      ),
    );
  });
});

describe('a kill while the database fails', () => {
  it('stands at once, by the token of automation and by an account, and a log line has what is not recorded', async () => {
    const token = await logIn();
    await lose('audit_log', 'users');
    // What else an account asks for is refused: the database cannot say who it is.
    expect((await askAdmin(gateway, 'GET', '/models', { token })).status).toBe(500);
    expect(await kill(token)).toMatchObject({ status: 200, body: { killed: true } });
    expect(await reason()).toBe('kill_switch');
    expect(existsSync(join(gateway.dataDir, 'kill-switch'))).toBe(true);
    expect((await kill()).status).toBe(200);
    const lines = gateway.logLines.filter((line) => line.includes('is not in the audit log'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        actor: 'admin',
        action: 'kill',
        before: { killed: false },
        after: { reason: 'errors on the new path' },
      },
      { actor: 'admin-token', action: 'kill', before: { killed: true } },
    ]);
  });

  it('stands where another process keeps the database locked, and a log line says what is not recorded', async () => {
    const token = await logIn();
    const other = connectDatabase(gateway.database);
    const lock = await other.transaction();
    await lockAgainstEntries(lock, gateway.database);
    expect(await kill(token)).toMatchObject({ status: 200, body: { killed: true } });
    expect(await reason()).toBe('kill_switch');
    await eventually(() => gateway.logLines.some((line) => line.includes('is not in the audit log')));
    await lock.rollback();
    await other.destroy();
  });
});

/** SQLite has one writer at a time, whatever it writes; on MySQL the lock is of the connection. */
async function lockAgainstEntries(lock: Knex.Transaction, { engine }: DatabaseLocation): Promise<void> {
  if (engine === 'postgres') await lock.raw('LOCK TABLE audit_log IN EXCLUSIVE MODE');
  else if (engine === 'mysql') await lock.raw('LOCK TABLES audit_log WRITE');
  else await lock('users').update({ updated_at: 1 });
}
