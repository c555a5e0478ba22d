import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  type EmulatedGateway,
  KEYS,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { ADMIN_TOKEN } from '../../support/running-gateway.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type FlagPerson, share } from './flag-person.ts';
import type { FlagProxy, ProxiedRequest } from './flag-proxy.ts';
import { FLAG, KILL, type ServedUnderTest } from './served-under-test.ts';

const BANYAN = fileURLToPath(new URL('../../../src/cli/banyan.ts', import.meta.url));

/** The whole gateway with its flags on a server. @param served is called in tests only */
export function describeGateway(served: () => ServedUnderTest): void {
  describe('a gateway with a flag server', () => {
    let person: FlagPerson;
    let proxy: FlagProxy;
    beforeEach(() => {
      ({ person, proxy } = served());
      proxy.forget();
    });

    it('moves keys as the flag says, by command as in Unleash, and says how old that is', async () => {
      await person.makeFlag(FLAG, false, []);
      await person.makeFlag(KILL, false, [{ name: 'default', parameters: {}, constraints: [] }]);
      const gateway = await startWith(served());
      // The server itself takes a second to forget what was there before.
      await eventually(async () => (await reasonOf(gateway)) === 'not_enrolled');
      expect(await flagsPart(gateway)).toEqual({ code: 200, flags: 'up' });
      expect((await banyan(gateway, ['rollout', 'set', '--enrolled-percent', '100'])).code).toBe(0);
      expect(await reasonOf(gateway)).toBe('enrolled');
      expect(await gauge(gateway, 'gateway_rollout_enrolled_percent')).toBe(100);
      expect(await gauge(gateway, 'gateway_flag_snapshot_age_seconds')).toBeLessThan(5);
      await person.setEnabled(KILL, true);
      await eventually(async () => (await reasonOf(gateway)) === 'kill_switch');
      await person.setEnabled(KILL, false);
      await eventually(async () => (await reasonOf(gateway)) === 'enrolled');
      await person.setEnabled(FLAG, false);
      await eventually(async () => (await reasonOf(gateway)) === 'not_enrolled');
    });

    it('tells the operator what the server refuses, and goes to 0 without it', async () => {
      await person.makeFlag(FLAG, true, [share('100')]);
      const gateway = await startWith(served());
      await eventually(async () => (await reasonOf(gateway)) === 'enrolled');
      proxy.beforeEach(isWrite, async () => proxy.setCut(true));
      const refused = await banyan(gateway, ['rollout', 'set', '--enrolled-percent', '50']);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('does not answer') });
      expect(await reasonOf(gateway)).toBe('enrolled');
      const rolledBack = await banyan(gateway, ['rollout', 'set', '--enrolled-percent', '0']);
      expect(rolledBack).toMatchObject({ code: 1, stderr: expect.stringContaining('kill switch') });
      expect(await reasonOf(gateway)).toBe('kill_switch');
    });

    it('serves on legacy reasons and is degraded, not out of service, while it knows no flags', async () => {
      await person.makeFlag(FLAG, true, [share('100')]);
      proxy.setCut(true);
      const gateway = await startWith(served());
      expect(await reasonOf(gateway)).toBe('flags_unavailable');
      expect(await flagsPart(gateway)).toEqual({ code: 200, flags: 'down' });
      expect((await postChat(gateway, { key: KEYS.litellm })).status).toBe(200);
      proxy.setCut(false);
      await eventually(async () => (await reasonOf(gateway)) === 'enrolled');
    });

    it('knows after a restart without the server what it knew before', async () => {
      await person.makeFlag(FLAG, true, [share('100')]);
      const dataDir = temporaryFolder();
      const first = await startWith(served(), dataDir);
      await eventually(async () => (await reasonOf(first)) === 'enrolled');
      await first.stop();
      proxy.setCut(true);
      const second = await startWith(served(), dataDir);
      expect(await reasonOf(second)).toBe('enrolled');
      await eventually(async () => (await flagsPart(second)).flags === 'stale');
      expect(await flagsPart(second)).toEqual({ code: 200, flags: 'stale' });
    });
  });
}

const isWrite = ({ method, path }: ProxiedRequest) => path.startsWith('/api/admin/') && method !== 'GET';

/** Without a legacy gateway: which path was chosen shows in the answer's head, whether or not it can serve. */
async function startWith({ server }: ServedUnderTest, dataDir?: string): Promise<EmulatedGateway> {
  const gateway = await startEmulatedGateway({
    env: { PORTKEY_GATEWAY_URL: 'off' },
    settings: { flagServer: { ...server, changeMs: 8_000 } },
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  onTestFinished(() => gateway.stop());
  return gateway;
}

async function reasonOf(gateway: EmulatedGateway): Promise<string | null> {
  return (await postChat(gateway, { key: KEYS.auto })).headers.get('x-gateway-reason');
}

async function flagsPart(gateway: EmulatedGateway): Promise<{ code: number; flags: string | undefined }> {
  const response = await fetch(`${gateway.url}/health/ready`);
  const flags = /"flags":\{"status":"(\w+)"/.exec(await response.text())?.[1];
  return { code: response.status, flags };
}

async function gauge(gateway: EmulatedGateway, name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
}

function banyan(
  gateway: EmulatedGateway,
  parameters: readonly string[],
): Promise<{ code: number; stderr: string }> {
  const variables = { PATH: process.env.PATH, BANYAN_URL: gateway.url, ADMIN_TOKEN };
  return new Promise((resolve) => {
    execFile(process.execPath, [BANYAN, ...parameters], { env: variables }, (error, _stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stderr });
    });
  });
}
