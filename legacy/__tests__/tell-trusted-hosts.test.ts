import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { type RawProvider, startRawProvider } from '../../test/support/raw-provider.ts';
import { createRecordingLogger } from '../../test/support/recording-logger.ts';
import { createGatewayProcess, type GatewayProcess } from '../gateway-process.ts';

const TIMES = {
  startLimitMs: 20_000,
  probeEveryMs: 50,
  backoffMs: { first: 20, most: 60 },
  stableMs: 60_000,
  killAfterMs: 1_000,
};

let provider: RawProvider;
let gateway: GatewayProcess | undefined;
beforeEach(async () => {
  provider = await startRawProvider();
  provider.answerWith((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json').end('{"choices":[]}');
  });
});
afterEach(async () => {
  await gateway?.stop();
  provider.close();
});

/** Starts the real Portkey, which trusts what `hosts` has. */
async function start(hosts: string[]) {
  const logger = createRecordingLogger();
  const started = createGatewayProcess({
    logger,
    trustedHosts: () => hosts,
    tlsEnvironment: {},
    times: TIMES,
  });
  gateway = started;
  await started.trustHosts();
  started.start();
  await eventually(() => started.state().status === 'up');
  const starts = () => logger.entries.filter(({ message }) => message === 'legacy gateway is up');
  const pid = () => Number(starts().at(-1)?.fields.pid);
  return { gateway: started, logger, starts, pid };
}

/** The status of Portkey's answer to a call for a provider at this host, on the provider's port. */
async function ask(asked: GatewayProcess, host: string): Promise<number> {
  const custom_host = provider.url.replace('127.0.0.1', host);
  const response = await fetch(`${asked.state().url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-portkey-config': JSON.stringify({ provider: 'openai', api_key: 'k', custom_host }),
    },
    body: '{"model":"m","messages":[]}',
  });
  await response.arrayBuffer();
  return response.status;
}

// Real processes on a slow machine: the limit bounds a wait and measures nothing.
describe('the hosts that a running Portkey trusts', { timeout: 90_000 }, () => {
  it('are those of its start, and those that it was told of last', async () => {
    const hosts = ['llm.example'];
    const { gateway, starts } = await start(hosts);
    expect(await ask(gateway, '127.0.0.1')).toBe(400);
    hosts.push('127.0.0.1');
    await gateway.trustHosts();
    expect(await ask(gateway, '127.0.0.1')).toBe(200);
    // Portkey itself has nothing against this name; what it stands for is refused at the connection.
    expect(await ask(gateway, 'localhost')).toBe(500);
    hosts.push('localhost');
    await gateway.trustHosts();
    expect(await ask(gateway, 'localhost')).toBe(200);
    hosts.length = 0;
    await gateway.trustHosts();
    expect(await ask(gateway, '127.0.0.1')).toBe(400);
    expect(starts()).toHaveLength(1);
  });

  it('are those of now after a restart', async () => {
    const hosts: string[] = [];
    const { gateway, starts, pid } = await start(hosts);
    hosts.push('127.0.0.1');
    process.kill(pid(), 'SIGKILL');
    await eventually(() => starts().length === 2);
    expect(await ask(gateway, '127.0.0.1')).toBe(200);
  });

  it('are waited for no longer than a limit where it hangs, and are there when it is back', async () => {
    const hosts: string[] = [];
    const { gateway, starts, pid, logger } = await start(hosts);
    process.kill(pid(), 'SIGSTOP');
    hosts.push('127.0.0.1');
    await gateway.trustHosts();
    expect(logger.entries.filter(({ message }) => message.includes('has not heard'))).toHaveLength(1);
    await eventually(() => starts().length === 2, 40_000);
    expect(await ask(gateway, '127.0.0.1')).toBe(200);
  });
});
