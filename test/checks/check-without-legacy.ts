/**
 * Proves that legacy/ can be deleted today: deletes it in a copy of the repository, puts
 * src/paths.one-path.ts in the place of src/paths.ts, and runs the type check, the boundary rules and the unit
 * tests there. Run from the root of the repository.
 */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryFiles } from './repository-files.ts';
import { runTool } from './run-tool.ts';

const PATHS = 'src/paths.ts';
const ONE_PATH = 'src/paths.one-path.ts';
const CODE_FOLDERS = ['src', 'migrations', 'bench', 'test'];
const STEP_TIMEOUT_MS = 5 * 60_000;

const ALREADY_GONE = `legacy/ is already gone, so there is nothing left to prove. Remove what was there for it:
- test/checks/check-without-legacy.ts and its test, and check:without-legacy in package.json
- ${ONE_PATH}
- legacy in the other scripts of package.json, in tsconfig.json, vitest.config.ts, knip.json, biome.json and
  .dependency-cruiser.mjs`;

/**
 * A path into legacy/ in a string: a relative one, or the name of a file there. Imports are found by the types;
 * a child process to start or a file to read is named by such a string only.
 */
const PATH_INTO_LEGACY = /(['"`])(?:(?:\.{1,2}\/)+legacy\/[^'"`]*|legacy\/[^'"`]*\.\w+)\1/;

/** The repository as it is after the deletion. */
interface Copy {
  root: string;
  paths: string[];
  signal: AbortSignal;
}

interface StepResult {
  passed: boolean;
  output: string;
}

interface Step {
  name: string;
  run(copy: Copy): Promise<StepResult>;
}

const steps: Step[] = [
  { name: 'types', run: (copy) => runStep(copy, 'tsc', []) },
  { name: 'boundaries', run: (copy) => runStep(copy, 'depcruise', presentFolders(copy)) },
  { name: 'no path into legacy/', run: findPathsIntoLegacy },
  { name: 'unit tests', run: (copy) => runStep(copy, 'vitest', ['run', '--project', 'unit']) },
];

async function runStep(copy: Copy, tool: string, args: string[]): Promise<StepResult> {
  const limits = { timeoutMs: STEP_TIMEOUT_MS, signal: copy.signal };
  const { exitCode, output } = await runTool(tool, args, { cwd: copy.root, ...limits });
  if (exitCode === null) return { passed: false, output: `${output}\n${tool} was stopped before its end.` };
  return { passed: exitCode === 0, output };
}

function presentFolders({ root }: Copy): string[] {
  return CODE_FOLDERS.filter((folder) => existsSync(join(root, folder)));
}

async function findPathsIntoLegacy({ root, paths }: Copy): Promise<StepResult> {
  // The checks are about legacy/ and go with it.
  const code = paths.filter((path) => path.endsWith('.ts') && !path.startsWith('test/checks/'));
  const findings: string[] = [];
  for (const path of code) {
    const lines = (await readFile(join(root, path), 'utf8')).split('\n');
    lines.forEach((line, index) => {
      if (PATH_INTO_LEGACY.test(line)) findings.push(`${path}:${index + 1}: ${line.trim()}`);
    });
  }
  return { passed: findings.length === 0, output: findings.join('\n') };
}

function obstacleIn(root: string): string | undefined {
  if (!existsSync(join(root, 'legacy'))) return ALREADY_GONE;
  if (existsSync(join(root, ONE_PATH))) return undefined;
  return `${ONE_PATH} is missing: it takes the place of ${PATHS} when legacy/ is deleted.`;
}

async function copyWithoutLegacy(from: string, to: string): Promise<string[]> {
  const listed = await repositoryFiles(from);
  // A file that is deleted but not yet committed so is still listed.
  const kept = listed.filter((path) => !path.startsWith('legacy/') && existsSync(join(from, path)));
  for (const path of kept) {
    await cp(join(from, path), join(to, path), { verbatimSymlinks: true });
  }
  await rename(join(to, ONE_PATH), join(to, PATHS));
  await symlink(join(from, 'node_modules'), join(to, 'node_modules'));
  return kept.filter((path) => path !== ONE_PATH);
}

/** Runs and reports all steps, also those after a failure. Tells whether all passed. */
async function runSteps(copy: Copy): Promise<boolean> {
  let allPassed = true;
  for (const { name, run } of steps) {
    if (copy.signal.aborted) return false;
    const start = performance.now();
    const { passed, output } = await run(copy);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`without legacy/: ${name}: ${passed ? 'passed' : 'FAILED'} (${seconds} s)`);
    if (!passed) console.error(output);
    allPassed &&= passed;
  }
  return allPassed;
}

/** A signal that fires when the process is asked to end, so that the copy is removed then, too. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

async function check(repository: string): Promise<boolean> {
  const obstacle = obstacleIn(repository);
  if (obstacle !== undefined) {
    console.error(obstacle);
    return false;
  }
  const signal = interruption();
  const root = await mkdtemp(join(tmpdir(), 'banyan-without-legacy-'));
  try {
    return await runSteps({ root, paths: await copyWithoutLegacy(repository, root), signal });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

process.exitCode = (await check(process.cwd())) ? 0 : 1;
