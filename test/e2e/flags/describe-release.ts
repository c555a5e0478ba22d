import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createEmulator } from '../../../bench/emulator/emulator.ts';
import { isJsonObject } from '../../../src/core/json.ts';
import { emulatedFile, KEYS, PROVIDER_KEY, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningProcess, startGatewayProcess } from '../../support/gateway-process.ts';
import { ADMIN_TOKEN } from '../../support/running-gateway.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { askAdmin } from '../admin/admin-client.ts';
import { startTraffic } from '../release/steady-traffic.ts';
import { type FlagPerson, share } from './flag-person.ts';
import type { FlagProxy, ProxiedRequest } from './flag-proxy.ts';
import { FLAG, KILL, type ServedUnderTest } from './served-under-test.ts';

const PLAN = `
plan: served
analysis: {ceiling: 0.1, blind_after: 60s}
guards: {event_loop_lag_ms: 10000}
steps:
  - {id: third, traffic_share: 0.3, bake: 2s, min_requests: 30, deadline: 10m}
  - {id: most, traffic_share: 0.9, bake: 2s, min_requests: 30, deadline: 10m}
  - {id: final}
`;
/** Whose first step is a key that there are requests of. */
const NAMED_PLAN = PLAN.replace('id: third, traffic_share: 0.3', 'id: named, keys: [auto]');
const LIMIT_MS = 60_000;
const isPatch = ({ method, path }: ProxiedRequest) => method === 'PATCH' && path.includes(FLAG);

/** A release plan whose flags are on a server. @param served is called in tests only */
export function describeRelease(served: () => ServedUnderTest): void {
  describe('a release plan with a flag server', () => {
    let person: FlagPerson;
    let proxy: FlagProxy;
    beforeEach(async () => {
      ({ person, proxy } = served());
      proxy.forget();
      await person.makeFlag(FLAG, true, [share('0')]);
      await person.makeFlag(KILL, false, [{ name: 'default', parameters: {}, constraints: [] }]);
    });

    it('is held where the server dies at its second step, and goes on when it is back', {
      timeout: 4 * LIMIT_MS,
    }, async () => {
      const { server } = served();
      const gateway = await startEmulatedGateway({ settings: { flagServer: { ...server, pollMs: 300 } } });
      onTestFinished(() => gateway.stop());
      await begin(gateway, NAMED_PLAN);
      const traffic = startTraffic(gateway, [KEYS.auto], 4);
      onTestFinished(() => traffic.stop());
      await eventually(async () => (await runOf(gateway)).step === 'most', LIMIT_MS);
      proxy.setCut(true);
      await eventually(async () => (await runOf(gateway)).state === 'held', LIMIT_MS);
      expect(await runOf(gateway)).toMatchObject({ cause: 'flags_unavailable', step: 'most' });
      proxy.setCut(false);
      await eventually(async () => (await runOf(gateway)).state === 'promoted', LIMIT_MS);
      await traffic.stop();
      expect([...traffic.answers.keys()]).toEqual([200]);
    });

    it.each([
      ['before the server has it', 'unsent'],
      ['after the server has it', 'sent'],
    ] as const)(
      'makes a decided change once, though its process is killed %s',
      { timeout: 4 * LIMIT_MS },
      async (_, moment) => {
        const start = await processes(served());
        const first = await start();
        const before = await changesOf(person);
        const struck = Promise.withResolvers<void>();
        const kill = async () => {
          first.child.kill('SIGKILL');
          await once(first.child, 'exit');
          struck.resolve();
        };
        if (moment === 'unsent') {
          proxy.beforeNext(isPatch, async () => {
            await kill();
            proxy.setCut(true);
          });
        } else {
          proxy.afterNext(isPatch, kill);
        }
        void begin(first).catch(() => {});
        await struck.promise;
        const percent = async () => (await person.strategiesOf(FLAG))[0]?.parameters.rollout;
        expect(await percent()).toBe(moment === 'unsent' ? '0' : '60');
        proxy.setCut(false);
        const second = await start();
        await eventually(async () => (await runOf(second)).state === 'running', LIMIT_MS);
        await eventually(async () => {
          const { body } = await askAdmin(second, 'GET', '/releases/history');
          return JSON.stringify(body.decisions).includes('"done"');
        }, LIMIT_MS);
        expect((await changesOf(person)) - before).toBe(1);
        expect(await percent()).toBe('60');
        const { body } = await askAdmin(second, 'GET', '/releases/history');
        expect(body.decisions).toMatchObject([{ kind: 'start', status: 'done' }]);
      },
    );
  });
}

async function begin(gateway: { readonly url: string }, document = PLAN): Promise<void> {
  await askAdmin(gateway, 'POST', '/releases/plans', { body: { document } });
  await askAdmin(gateway, 'POST', '/releases/start', { body: { plan: 'served', reason: 'a test' } });
}

async function runOf(gateway: { readonly url: string }) {
  const { run } = (await askAdmin(gateway, 'GET', '/releases/status')).body;
  if (!isJsonObject(run)) return {};
  const { state, hold_cause: cause, step } = run;
  return { state, cause, step: isJsonObject(step) ? step.id : undefined };
}

/** How often the strategies of the flag were changed, by what the server has written down. */
async function changesOf(person: FlagPerson): Promise<number> {
  const found = await person.call('GET', `/api/admin/search/events?feature=IS:${FLAG}&limit=1000`);
  const { events } = z.object({ events: z.array(z.object({ type: z.string() })) }).parse(found);
  return events.filter(({ type }) => type === 'feature-strategy-update').length;
}

/** Starts gateways of one installation, one after the other, each in a process of its own. */
async function processes({ server }: ServedUnderTest): Promise<() => Promise<RunningProcess>> {
  const emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
  onTestFinished(() => emulator.close());
  const folder = temporaryFolder();
  const config = join(folder, 'gateway.yaml');
  writeFileSync(config, JSON.stringify(emulatedFile(emulator.url)));
  return async () => {
    const running = await startGatewayProcess(
      {
        DATABASE_URL: `sqlite:${join(folder, 'gateway.db')}`,
        GATEWAY_CONFIG: config,
        ALLOW_PRIVATE_UPSTREAMS: 'true',
        USE_LITELLM: 'true',
        PORTKEY_GATEWAY_URL: 'off',
        ADMIN_TOKEN,
        LOG_LEVEL: 'warn',
        UNLEASH_URL: server.url,
        UNLEASH_API_TOKEN: server.apiToken.reveal(),
        UNLEASH_ADMIN_TOKEN: server.adminToken?.reveal() ?? '',
        UNLEASH_ENVIRONMENT: server.environment,
      },
      folder,
    );
    onTestFinished(async () => {
      if (running.child.exitCode !== null || running.child.signalCode !== null) return;
      const ended = once(running.child, 'exit');
      running.child.kill('SIGKILL');
      await ended;
    });
    return running;
  };
}
