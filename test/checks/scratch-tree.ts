import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The repository that the checks check. */
export const REPOSITORY_ROOT = resolve(import.meta.dirname, '../..');

/** The configuration of the test runner, with what it imports. */
export const VITEST_CONFIGURATION = [
  'vitest.config.ts',
  'test/engines/engine-projects.ts',
  'test/support/database-engines.ts',
  'test/support/eventually.ts',
  'test/support/loopback-port.ts',
  'test/support/mariadb-server.ts',
  'test/support/postgres-server.ts',
  'test/support/test-packages.ts',
];

/** A temporary folder that looks like the repository to the tools. */
export interface ScratchTree {
  root: string;
  remove(): Promise<void>;
}

/**
 * Creates a temporary folder with the given files (path → content), the named files and folders of the
 * repository, and a link to its node_modules.
 */
export async function createScratchTree(
  files: Record<string, string>,
  copied: readonly string[],
): Promise<ScratchTree> {
  const root = await mkdtemp(join(tmpdir(), 'banyan-checks-'));
  for (const path of copied) {
    await cp(join(REPOSITORY_ROOT, path), join(root, path), { recursive: true });
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(root, 'node_modules'));
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}
