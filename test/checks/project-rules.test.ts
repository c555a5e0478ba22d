import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { repositoryFiles } from './repository-files.ts';
import { REPOSITORY_ROOT } from './scratch-tree.ts';

const LOCK_FILE = 'package-lock.json';
const LONGEST_FILE = 410;
const COPIED_LINES = 6;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.ts$/;
// Both patterns are put together from parts, so that this file does not match itself.
const PERSONAL_FOLDER = new RegExp(`(?<![\\w.~-])/(${['work', 'root', 'home', 'Users'].join('|')})/`);
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME'].join('|')})\\b`);

describe('the files of the repository', () => {
  let paths: string[];
  let contents: Map<string, string>;

  beforeAll(async () => {
    const listed = await repositoryFiles(REPOSITORY_ROOT);
    paths = listed.filter((path) => existsSync(join(REPOSITORY_ROOT, path)));
    const entries = paths.map(
      async (path) => [path, await readFile(join(REPOSITORY_ROOT, path), 'utf8')] as const,
    );
    contents = new Map(await Promise.all(entries));
  });

  function filesMatching(pattern: RegExp): string[] {
    return paths.filter((path) => pattern.test(contents.get(path) ?? ''));
  }

  it('are found', () => {
    expect(paths).toEqual(expect.arrayContaining(['package.json', 'src/main.ts', LOCK_FILE]));
  });

  it('name no folder of the machine they were written on', () => {
    expect(filesMatching(PERSONAL_FOLDER)).toEqual([]);
  });

  it('leave nothing to be done later', () => {
    expect(filesMatching(UNFINISHED)).toEqual([]);
  });

  it('pin no registry: whoever installs decides where from', () => {
    expect(contents.get(LOCK_FILE)).not.toContain('"resolved": "http');
  });

  it('let no npm compile what ships its binaries: the lock file says so of each such package', async () => {
    const lock = JSON.parse(contents.get(LOCK_FILE) ?? '{}') as {
      packages: Record<string, { gypfile?: boolean }>;
    };
    const folders = Object.keys(lock.packages).filter((folder) =>
      existsSync(join(REPOSITORY_ROOT, folder, 'binding.gyp')),
    );
    expect(folders).toContain('node_modules/better-sqlite3');
    expect(folders.filter((folder) => lock.packages[folder]?.gypfile !== false)).toEqual([]);
  });

  it('are TypeScript files in kebab-case, named after what they hold', () => {
    const names = paths.filter((path) => path.endsWith('.ts')).map((path) => basename(path));
    expect(names.filter((name) => !KEBAB_CASE.test(name))).toEqual([]);
    expect(names.filter((name) => /^(utils|helpers)\.ts$/.test(name))).toEqual([]);
  });

  it('stay short enough to be read at one sitting', () => {
    const lengths = paths
      .filter((path) => path.endsWith('.ts'))
      .map((path) => [path, (contents.get(path) ?? '').split('\n').length] as const);
    expect(lengths.filter(([, length]) => length > LONGEST_FILE)).toEqual([]);
  });

  it('share no code by copy among the providers', () => {
    const owners = new Map<string, Set<string>>();
    for (const path of paths) {
      const provider = /^src\/services\/providers\/([^/]+)\/[^/]+\.ts$/.exec(path)?.[1];
      if (provider === undefined) continue;
      for (const run of runsOf(contents.get(path) ?? '')) {
        owners.set(run, (owners.get(run) ?? new Set()).add(provider));
      }
    }
    expect(owners.size).toBeGreaterThan(1000);
    expect([...owners].filter(([, providers]) => providers.size > 1).map(([run]) => run)).toEqual([]);
  });
});

/** Every run of six lines, without its imports and blank lines, which files have in common for other reasons. */
function runsOf(text: string): string[] {
  const code = text.replaceAll(/^import [^;]*;$/gm, '');
  const lines = code.split('\n').map((line) => line.trim());
  const written = lines.filter((line) => line !== '');
  return written.slice(COPIED_LINES - 1).map((_, end) => written.slice(end, end + COPIED_LINES).join('\n'));
}
