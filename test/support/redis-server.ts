import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort, takesConnections } from './loopback-port.ts';

const BINARY = 'redis-server';
const HOST = '127.0.0.1';

/** Whether this machine can run a Redis of its own. */
export const HAS_REDIS = spawnSync(BINARY, ['--version']).status === 0;

/** To be put into the name of what needs Redis, so that a skipped run says why. */
export const MISSING_REDIS = HAS_REDIS ? '' : ` (skipped: there is no ${BINARY} on this machine)`;

/** A real Redis on a free loopback port, that keeps nothing on disk. */
export interface RedisServer {
  readonly url: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
  /** It answers nothing any more, and its connections stay open. */
  freeze(): void;
  /** It answers again, what it was asked meanwhile as well. */
  thaw(): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Starts it and waits until it takes connections. Whoever starts it stops it. */
export async function startRedisServer(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-redis-'));
  const port = await freePort();
  let server = await spawnServer(port, folder);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://${HOST}:${port}`,
    kill,
    async restart() {
      server = await spawnServer(port, folder);
    },
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function spawnServer(port: number, folder: string): Promise<ChildProcess> {
  const options = ['--port', `${port}`, '--bind', HOST, '--dir', folder, '--save', '', '--appendonly', 'no'];
  const child = spawn(BINARY, options, { stdio: 'ignore' });
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(`${BINARY} ended with ${child.exitCode}.`);
    return takesConnections(port);
  });
  return child;
}
