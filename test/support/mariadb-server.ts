import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';
import { freePort, takesConnections } from './loopback-port.ts';
import { installOnce, PackageUnavailable } from './test-packages.ts';

const HOST = '127.0.0.1';
const PASSWORD = 'mariadb-for-tests';
/** The server refuses to run as root without being told whom to be. */
const NOBODY = userInfo().uid === 0 ? { uid: 65534, gid: 65534, options: ['--user=nobody'] } : undefined;
const SERVER = 'mariadb-server-core';
const PROGRAM = 'usr/sbin/mariadbd';
/** Every machine has them, in the version that its other programs were linked with. */
const OWN_LIBRARIES = new Set(['libc6', 'libgcc-s1', 'libstdc++6']);
/** What is lost in a crash does not matter here. */
const FAST = [
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--innodb-flush-method=nosync',
  '--innodb-flush-method=nosync',
  '--skip-log-bin',
];
const SMALL = ['--innodb-buffer-pool-size=64M', '--performance-schema=OFF', '--max-connections=300'];
const TABLES = [
  'mysql_system_tables.sql',
  'mysql_performance_tables.sql',
  'mysql_system_tables_data.sql',
] as const;
const ACCOUNT = `
CREATE USER 'banyan'@'%' IDENTIFIED BY '${PASSWORD}';
GRANT ALL ON *.* TO 'banyan'@'%';
`;

const run = promisify(execFile);

/** A real MariaDB on a free loopback port, without any database of the gateway's. */
export interface MariadbServer {
  /** Without the name of a database at its end. */
  readonly url: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/**
 * Unpacks Debian's packages into a folder, where they are not there yet; nothing of the machine is changed.
 * @returns the folder
 * @throws PackageUnavailable where there are none to be had
 */
export function installMariadb(): Promise<string> {
  return installOnce(SERVER, async (draft) => {
    const { stdout } = await ask('apt-cache', ['depends', '--no-recommends', '--no-suggests', SERVER], draft);
    const needed = [...stdout.matchAll(/^ {2}Depends: (\S+)$/gm)].flatMap(([, name]) => name ?? []);
    const libraries = needed.filter((name) => name.startsWith('lib') && !OWN_LIBRARIES.has(name));
    await ask('apt-get', ['download', SERVER, ...libraries], draft);
    const files = readdirSync(draft).filter((name) => name.endsWith('.deb'));
    for (const file of files) await ask('dpkg-deb', ['-x', file, '.'], draft);
    for (const file of files) rmSync(join(draft, file));
    // Another system may want other libraries.
    await ask(join(draft, PROGRAM), ['--no-defaults', '--version'], draft, librariesOf(draft));
  });
}

async function ask(program: string, options: readonly string[], cwd: string, env = process.env) {
  try {
    return await run(program, options, { cwd, env, timeout: 120_000 });
  } catch (error) {
    const told = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new PackageUnavailable(`${program}: ${told}`, { cause: error });
  }
}

/** Starts it and waits until it takes connections. Whoever starts it stops it. */
export async function startMariadbServer(): Promise<MariadbServer> {
  const folder = await installMariadb();
  const data = mkdtempSync(join(tmpdir(), 'banyan-mariadb-'));
  if (NOBODY !== undefined) chownSync(data, NOBODY.uid, NOBODY.gid);
  const common = [
    '--no-defaults',
    `--datadir=${data}`,
    `--lc-messages-dir=${join(folder, 'usr/share/mysql')}`,
    ...SMALL,
    ...FAST,
    ...(NOBODY?.options ?? []),
  ];
  await makeTables(folder, common);
  const init = join(data, 'account.sql');
  writeFileSync(init, ACCOUNT.trim());
  if (NOBODY !== undefined) chownSync(init, NOBODY.uid, NOBODY.gid);
  const port = await freePort();
  const own = [`--port=${port}`, `--bind-address=${HOST}`, `--socket=${join(data, 'socket')}`];
  const server = spawnServer(folder, [...common, ...own, '--skip-name-resolve', `--init-file=${init}`]);
  await eventually(() => {
    if (server.exitCode !== null) throw new Error(`mariadbd ended with ${server.exitCode}.`);
    return takesConnections(port);
  }, 60_000);
  return {
    url: `mysql://banyan:${PASSWORD}@${HOST}:${port}`,
    async stop() {
      await end(server);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** As its own script does it, which needs programs that are in other packages. */
async function makeTables(folder: string, common: readonly string[]): Promise<void> {
  const scripts = TABLES.map((name) => readFileSync(join(folder, 'usr/share/mysql', name), 'utf8'));
  const server = spawnServer(folder, [...common, '--bootstrap']);
  const ended = once(server, 'exit');
  server.stdin?.end(['CREATE DATABASE mysql;', 'USE mysql;', ...scripts].join('\n'));
  const [code] = await ended;
  if (code !== 0) throw new Error(`mariadbd could not make its tables: ${code}`);
}

function spawnServer(folder: string, options: readonly string[]): ChildProcess {
  const stdio = ['pipe', 'ignore', 'ignore'] as const;
  return spawn(join(folder, PROGRAM), options, { env: librariesOf(folder), stdio: [...stdio] });
}

/** Where the loader finds what came with the program. */
function librariesOf(folder: string): { readonly LD_LIBRARY_PATH: string } {
  const libraries = readdirSync(join(folder, 'usr/lib'))
    .filter((name) => name.endsWith('-linux-gnu'))
    .flatMap((name) => [join(folder, 'usr/lib', name), join(folder, 'lib', name)])
    .filter((path) => existsSync(path));
  return { LD_LIBRARY_PATH: libraries.join(':') };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}
