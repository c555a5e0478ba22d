import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningProcess, startGatewayProcess } from './gateway-process.ts';
import { ADMIN_TOKEN } from './running-gateway.ts';

const STOP_LIMIT_MS = 20_000;

/** Several gateways of one installation, each in a process of its own. */
export interface GatewayProcesses {
  readonly processes: readonly RunningProcess[];
  /** Ends them all and removes what they wrote. */
  stop(): Promise<void>;
}

/**
 * Starts them one after the other over one database file and waits until each is ready. They have no legacy gateway.
 * @param count how many
 * @param file the configuration file, as an object
 */
export async function startGatewayProcesses(
  count: number,
  file: object,
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-processes-'));
  const config = join(folder, 'gateway.yaml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(file));
  const processes: RunningProcess[] = [];
  const stop = async () => {
    await Promise.all(processes.map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    while (processes.length < count) {
      const variables = {
        DATABASE_URL: `sqlite:${join(folder, 'gateway.db')}`,
        GATEWAY_CONFIG: config,
        ALLOW_PRIVATE_UPSTREAMS: 'true',
        USE_LITELLM: 'true',
        PORTKEY_GATEWAY_URL: 'off',
        ADMIN_TOKEN,
        LOG_LEVEL: 'warn',
        ...env,
      };
      processes.push(await startGatewayProcess(variables, folder));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { processes, stop };
}

async function end({ child }: RunningProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(killer);
}
