import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ChildServer, startChildServer } from './child-server.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const READY_LIMIT_MS = 30_000;

/**
 * Starts the real gateway, with the bundled Portkey gateway behind it, in a process and a folder of its own, and
 * waits until it is ready. What it wrote is removed when it stops.
 * @param file the gateway's configuration file, as an object
 */
export async function startGatewayServer(
  file: object,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildServer> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-bench-'));
  const config = join(folder, 'gateway.yaml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(file));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const server = await startChildServer(MAIN, {
      env: {
        PORT: '0',
        DATABASE_URL: `sqlite:${join(folder, 'gateway.db')}`,
        GATEWAY_CONFIG: config,
        ALLOW_PRIVATE_UPSTREAMS: 'true',
        USE_LITELLM: 'true',
        ...env,
      },
      readUrl: (line) => /^Banyan listens on (\S+)$/.exec(line)?.[1],
    });
    await waitUntilReady(server.url).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return { url: server.url, stop: () => server.stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

async function waitUntilReady(url: string): Promise<void> {
  const until = performance.now() + READY_LIMIT_MS;
  while (!(await fetch(`${url}/health/ready`)).ok) {
    if (performance.now() > until) throw new Error('The gateway was not ready in time.');
    await sleep(50);
  }
}
