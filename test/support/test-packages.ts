import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';

/**
 * Where servers that only tests need are installed, once for all test runs. Every user must be able to read it:
 * PostgreSQL does not run as root.
 */
const FOLDER = process.env.BANYAN_TEST_PACKAGES ?? join(tmpdir(), `banyan-test-packages-${userInfo().uid}`);
const INSTALL_LIMIT_MS = 240_000;
const UNREACHABLE = /E(NOTFOUND|AI_AGAIN|TIMEDOUT|NETUNREACH|HOSTUNREACH|CONN[A-Z]+|40[134]|5\d\d)\b|ENOENT/;

const run = promisify(execFile);

/** A package of the registry that is no dependency of the gateway. */
export interface TestPackage {
  readonly name: string;
  readonly version: string;
  /** Is given the folder whose `node_modules` has the package; none of the packages' own scripts were run. */
  readonly afterInstall?: (folder: string) => Promise<void>;
}

/** Thrown where the registry cannot be reached, so that what needs the package is to be skipped. */
export class PackageUnavailable extends Error {
  override readonly name = 'PackageUnavailable';
}

/**
 * Installs the package where it is not installed yet; two test processes do not install it at once.
 * @returns the folder whose `node_modules` has it
 * @throws PackageUnavailable where the registry cannot be reached
 */
export async function installTestPackage(wanted: TestPackage): Promise<string> {
  return installOnce(`${wanted.name}-${wanted.version}`, (draft) => install(wanted, draft));
}

/**
 * Installs something into a folder of its own where it is not there yet; two test processes do not install it at once.
 * @param fill is given the empty folder
 * @returns the folder
 */
export async function installOnce(name: string, fill: (draft: string) => Promise<void>): Promise<string> {
  const folder = join(FOLDER, name);
  const lock = `${folder}.lock`;
  mkdirSync(FOLDER, { recursive: true });
  await eventually(() => existsSync(folder) || takeLock(lock), INSTALL_LIMIT_MS);
  // Installed, by this process before or by another one meanwhile.
  if (existsSync(folder)) return folder;
  try {
    await fillFolder(folder, fill);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return folder;
}

/** The folder appears when all is in it. */
async function fillFolder(folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${folder}.${process.pid}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  try {
    await fill(draft);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function install({ name, version, afterInstall }: TestPackage, draft: string): Promise<void> {
  writeFileSync(join(draft, 'package.json'), '{"private":true}');
  await runNpm(['install', '--prefix', draft, ...INSTALL_OPTIONS, `${name}@${version}`], draft);
  await afterInstall?.(draft);
}

/** Scripts of packages are not run: one wants a compiler, another reports to its maker. */
const INSTALL_OPTIONS = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock'];

async function runNpm(options: readonly string[], cwd: string): Promise<void> {
  try {
    await run('npm', options, { cwd, timeout: INSTALL_LIMIT_MS });
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    const [code] = UNREACHABLE.exec(told) ?? [];
    if (code === undefined) throw error;
    throw new PackageUnavailable(`npm says ${code}`, { cause: error });
  }
}

/** @returns whether it is ours now; one that was left behind by a process that is gone is taken over. */
function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const { mtimeMs } = statSync(lock, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > INSTALL_LIMIT_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
