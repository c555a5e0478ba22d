import { afterEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../src/core/logger.ts';
import { eventually } from '../../test/support/eventually.ts';
import { isAlive } from '../../test/support/gateway-process.ts';
import { createGatewayProcess, type GatewayProcess, type SupervisionTimes } from '../gateway-process.ts';

const QUICK: SupervisionTimes = {
  startLimitMs: 20_000,
  probeEveryMs: 50,
  backoffMs: { first: 20, most: 60 },
  stableMs: 60_000,
  killAfterMs: 1_000,
};

interface Line {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

let gateway: GatewayProcess | undefined;
afterEach(() => gateway?.stop());

/** Starts the real Portkey gateway under supervision and waits until it answers. */
async function start(times: SupervisionTimes = QUICK) {
  const lines: Line[] = [];
  const log = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void lines.push({ fields, message });
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
  const started = createGatewayProcess({ logger, trustedHosts: () => [], tlsEnvironment: {}, times });
  gateway = started;
  started.start();
  const pids = () =>
    lines.filter(({ message }) => message.endsWith('is up')).map(({ fields }) => Number(fields.pid));
  return { gateway: started, lines, pids };
}

// Real processes on a slow machine: the limit bounds a wait and measures nothing.
describe('the supervised gateway', { timeout: 90_000 }, () => {
  it('goes from starting to up and gives its address', async () => {
    const { gateway, pids } = await start();
    expect(gateway.state()).toEqual({ status: 'starting', url: undefined });
    await gateway.whenStarted(20_000);
    expect(gateway.state()).toEqual({
      status: 'up',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(await (await fetch(gateway.state().url ?? '')).text()).toContain('AI Gateway');
    expect(pids()).toHaveLength(1);
  });

  it('is started again each time it ends, after waits that double up to a limit', async () => {
    const { lines, pids } = await start();
    for (const number of [1, 2, 3, 4]) {
      await eventually(() => pids().length === number);
      process.kill(pids().at(-1) ?? 0, 'SIGKILL');
    }
    await eventually(() => pids().length === 5);
    const waits = lines.flatMap(({ fields }) => ('restartInMs' in fields ? [fields.restartInMs] : []));
    expect(waits).toEqual([20, 40, 60, 60]);
  });

  it('is killed and started again when it hangs', async () => {
    const { lines, pids } = await start();
    await eventually(() => pids().length === 1);
    process.kill(pids()[0] ?? 0, 'SIGSTOP');
    await eventually(() => pids().length === 2, 40_000);
    expect(lines.some(({ message }) => message.includes('hangs'))).toBe(true);
    expect(isAlive(pids()[0] ?? 0)).toBe(false);
  });

  it('is gone when stopped, and stays gone', async () => {
    const { gateway, pids } = await start();
    await eventually(() => pids().length === 1);
    await gateway.stop();
    expect(isAlive(pids()[0] ?? 0)).toBe(false);
    expect(gateway.state()).toEqual({ status: 'stopped', url: undefined });
  });

  it('can be stopped before it ever answered, and whoever waits for it is released', async () => {
    const { gateway, pids } = await start();
    const waiting = gateway.whenStarted(60_000);
    await gateway.stop();
    await waiting;
    expect(pids()).toEqual([]);
    expect(gateway.state().status).toBe('stopped');
  });

  it('is given up for hung when its start takes too long, and tried again', async () => {
    const { gateway, lines } = await start({ ...QUICK, startLimitMs: 1 });
    await gateway.whenStarted(20_000);
    await eventually(() => lines.filter(({ fields }) => 'restartInMs' in fields).length >= 2);
    expect(gateway.state().url).toBeUndefined();
    expect(lines.some(({ message }) => message.includes('did not start in time'))).toBe(true);
  });
});
