import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KEYS, postChat, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import type { RunningGateway } from '../../support/running-gateway.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { askAdmin } from '../admin/admin-client.ts';

/** Two gateways on one database, as on two machines: each has a data folder of its own. */
async function startTwo(): Promise<readonly [RunningGateway, RunningGateway]> {
  const database = `sqlite:${join(temporaryFolder(), 'gateway.db')}`;
  const start = async () => {
    const env = { PORTKEY_GATEWAY_URL: 'off', DATABASE_URL: database, DATA_DIR: temporaryFolder() };
    const gateway = await startEmulatedGateway({
      env: { ...env, ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') },
      dataDir: env.DATA_DIR,
    });
    onTestFinished(() => gateway.stop());
    return gateway;
  };
  return [await start(), await start()];
}

const reasonOf = async (gateway: RunningGateway) =>
  (await postChat(gateway, { key: KEYS.litellm })).headers.get('x-gateway-reason');
const fileOf = ({ dataDir }: RunningGateway) => join(dataDir, 'kill-switch');
const act = (gateway: RunningGateway, what: 'kill' | 'unkill') =>
  askAdmin(gateway, 'POST', `/rollout/${what}`, { body: { reason: 'a test' } });

describe('a kill', () => {
  it('is in force in every process within a second, and released in all of them by any', async () => {
    const [one, other] = await startTwo();
    expect([await reasonOf(one), await reasonOf(other)]).toEqual(['key_override', 'key_override']);
    await act(one, 'kill');
    expect(await reasonOf(one)).toBe('kill_switch');
    await eventually(async () => (await reasonOf(other)) === 'kill_switch');
    // Each has a file of its own by now: the database may go away.
    expect([one, other].map((gateway) => existsSync(fileOf(gateway)))).toEqual([true, true]);
    await act(other, 'unkill');
    expect(await reasonOf(other)).toBe('key_override');
    await eventually(async () => (await reasonOf(one)) === 'key_override');
    expect([one, other].map((gateway) => existsSync(fileOf(gateway)))).toEqual([false, false]);
  });
});
