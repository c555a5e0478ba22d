import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePort } from './loopback-port.ts';
import { POSTGRES_PACKAGE, startPostgresServer } from './postgres-server.ts';
import { installTestPackage, PackageUnavailable, type TestPackage } from './test-packages.ts';

const HOST = '127.0.0.1';
const UNLEASH_PACKAGE: TestPackage = { name: 'unleash-server', version: '8.2.0' };
const START_LIMIT_MS = 60_000;

/** A real Unleash server on a PostgreSQL of its own. */
export interface UnleashServer {
  readonly url: string;
  /** Of a backend of the environment `production`. */
  readonly apiToken: string;
  readonly adminToken: string;
  /** Runs statements in its database. */
  query(sql: string): Promise<void>;
  /** Ends it at once, as a crash would; its database stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
  /** Ends it and its database. */
  stop(): Promise<void>;
}

/**
 * Installs what the server needs where it is not installed yet.
 * @returns to be put into the name of what needs it, so that a skipped run says why; empty where all is there
 */
export async function missingUnleash(): Promise<string> {
  try {
    await installTestPackage(POSTGRES_PACKAGE);
    await installTestPackage(UNLEASH_PACKAGE);
    return '';
  } catch (error) {
    if (error instanceof PackageUnavailable)
      return ` (skipped: the registry cannot be reached: ${error.message})`;
    throw error;
  }
}

/** Starts it and waits until it answers. Whoever starts it stops it. */
export async function startUnleashServer(): Promise<UnleashServer> {
  const folder = await installTestPackage(UNLEASH_PACKAGE);
  const postgres = await startPostgresServer();
  const port = await freePort();
  const url = `http://${HOST}:${port}`;
  const apiToken = 'default:production.backend-token-for-tests';
  const adminToken = '*:*.admin-token-for-tests';
  const start = () =>
    spawnServer(folder, url, {
      DATABASE_URL: postgres.url,
      DATABASE_SSL: 'false',
      HTTP_HOST: HOST,
      PORT: `${port}`,
      CHECK_VERSION: 'false',
      SEND_TELEMETRY: 'false',
      UNLEASH_DEFAULT_ADMIN_USERNAME: 'admin',
      UNLEASH_DEFAULT_ADMIN_PASSWORD: 'unleash-for-tests',
      INIT_BACKEND_API_TOKENS: apiToken,
      INIT_ADMIN_API_TOKENS: adminToken,
    });
  let server = await start().catch(async (error: unknown) => {
    await postgres.stop();
    throw error;
  });
  return {
    url,
    apiToken,
    adminToken,
    query: postgres.query,
    kill: () => kill(server),
    async restart() {
      server = await start();
    },
    async stop() {
      await kill(server);
      await postgres.stop();
    },
  };
}

async function spawnServer(
  folder: string,
  url: string,
  env: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const program = join('node_modules', 'unleash-server', 'dist', 'server.js');
  const server = spawn(process.execPath, [program], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  tellUnexpectedEnd(server);
  await eventually(() => {
    if (server.exitCode !== null) throw new Error(`unleash-server ended with ${server.exitCode}.`);
    return fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  }, START_LIMIT_MS);
  return server;
}

/** Tests then fail by a connection that is reset or refused, which says nothing of why. */
function tellUnexpectedEnd(server: ChildProcess): void {
  let lastWords = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-4_000);
  });
  server.once('close', (code, signal) => {
    if (signal === 'SIGKILL' && server.killed) return;
    process.stderr.write(`unleash-server ended with ${code ?? signal}, its last words were:\n${lastWords}\n`);
  });
}

async function kill(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}
