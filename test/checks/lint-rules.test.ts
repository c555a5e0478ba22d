import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runTool, type ToolRun } from './run-tool.ts';
import { createScratchTree, type ScratchTree } from './scratch-tree.ts';

const reportSchema = z.object({
  diagnostics: z.array(
    z.object({
      severity: z.string(),
      category: z.string(),
      message: z.string(),
      location: z.object({ path: z.string() }),
    }),
  ),
});
type Diagnostic = z.infer<typeof reportSchema>['diagnostics'][number];

interface Refusal {
  /** The rule's category; all plugins share one and are told apart by their message. */
  category: string;
  message?: string;
  file: string;
  source: string;
}

const COMPUTED_IMPORT = 'No computed import(): name the module in a plain string.';
const DETACHED_ENVIRONMENT = 'No destructuring of process: its environment is read in src/config only.';

const refusals: Refusal[] = [
  {
    category: 'plugin',
    message: COMPUTED_IMPORT,
    file: 'src/computed-import.ts',
    source: `export const load = (name: string) => import(name);`,
  },
  {
    category: 'plugin',
    message: COMPUTED_IMPORT,
    file: 'src/templated-import.ts',
    source: 'export const load = () => import(`../legacy/index.ts`);',
  },
  {
    category: 'plugin',
    message: COMPUTED_IMPORT,
    file: 'test/e2e/computed-import.ts',
    source: `export const load = (name: string) => import(name, { with: { type: 'json' } });`,
  },
  {
    category: 'lint/style/noProcessEnv',
    file: 'src/services/reads-environment.ts',
    source: `export const port = process.env.PORT;`,
  },
  {
    category: 'lint/style/noProcessEnv',
    file: 'legacy/reads-environment.ts',
    source: `export const port = globalThis.process.env.PORT;`,
  },
  {
    category: 'plugin',
    message: DETACHED_ENVIRONMENT,
    file: 'src/services/detaches-environment.ts',
    source: `export const { env } = process;`,
  },
  {
    category: 'lint/style/noRestrictedImports',
    file: 'src/services/imports-process.ts',
    source: `import current from 'node:process';\n\nexport const port = current.env.PORT;`,
  },
  {
    category: 'lint/nursery/noFloatingPromises',
    file: 'src/floats-promise.ts',
    source: `async function save(): Promise<void> {}\n\nexport function run(): void {\n  save();\n}`,
  },
  {
    category: 'lint/nursery/noFloatingPromises',
    file: 'src/floats-imported-promise.ts',
    source: `import { close } from './close.ts';\n\nexport function run(): void {\n  close();\n}`,
  },
  {
    category: 'lint/nursery/noMisusedPromises',
    file: 'src/tests-promise.ts',
    source: `async function isReady(): Promise<boolean> {\n  return true;\n}\n\nexport const state = () => (isReady() ? 'ready' : 'starting');`,
  },
  {
    category: 'lint/suspicious/noExplicitAny',
    file: 'src/says-any.ts',
    source: `export const parse = (text: string): any => JSON.parse(text);`,
  },
  {
    category: 'lint/style/noDefaultExport',
    file: 'src/exports-default.ts',
    source: `export default function start(): void {}`,
  },
  {
    category: 'lint/style/noNonNullAssertion',
    file: 'src/asserts-presence.ts',
    source: `export const first = (names: string[]): string => names[0]!;`,
  },
  {
    category: 'lint/suspicious/noConsole',
    file: 'src/prints.ts',
    source: `console.log('ready');`,
  },
  {
    category: 'lint/correctness/useImportExtensions',
    file: 'src/imports-javascript.ts',
    source: `export { close } from './close.js';`,
  },
  {
    category: 'lint/style/useFilenamingConvention',
    file: 'src/camelCase.ts',
    source: `export const name = 'camel';`,
  },
];

const permitted: Record<string, string> = {
  'src/close.ts': `export async function close(): Promise<void> {}`,
  'src/imports-plainly.ts': `export const load = () => import('./close.ts');\nexport const table = () => import('./table.json', { with: { type: 'json' } });`,
  'src/table.json': '{}',
  'src/awaits.ts': `import { close } from './close.ts';\n\nexport async function run(): Promise<void> {\n  await close();\n}`,
  'src/config/environment.ts': `export const port = process.env.PORT;`,
  'src/config/whole-environment.ts': `export const { env } = process;`,
  'src/db/__tests__/database-address.ts': `export const address = process.env.DATABASE_URL;`,
  'src/cli/banyan.ts': `console.log(process.argv);`,
  'bench/bench.ts': `console.log(process.env.BENCH_SECONDS);`,
  'test/e2e/scratch-database.ts': `export const address = process.env.DATABASE_URL;`,
};

const CONFIGURATION = ['biome.json', '.gitignore', 'tsconfig.json', 'package.json', 'test/checks/lint'];

function lint(tree: ScratchTree): Promise<ToolRun> {
  // The newline at a file's end is the formatter's concern, hence lint and not check.
  return runTool(
    'biome',
    [
      'lint',
      '--error-on-warnings',
      '--reporter=json',
      '--max-diagnostics=none',
      'src',
      'legacy',
      'bench',
      'test',
    ],
    { cwd: tree.root },
  );
}

describe('the lint rules', () => {
  let tree: ScratchTree;
  let run: ToolRun;
  let diagnostics: Diagnostic[];

  beforeAll(async () => {
    const refused = Object.fromEntries(refusals.map(({ file, source }) => [file, source]));
    tree = await createScratchTree({ ...permitted, ...refused }, CONFIGURATION);
    run = await lint(tree);
    diagnostics = reportSchema.parse(JSON.parse(run.stdout)).diagnostics;
  });
  afterAll(() => tree.remove());

  it.each(refusals)('$category refuses $file', ({ category, message, file }) => {
    const errors = diagnostics.filter(({ location }) => location.path === file);
    expect(errors).toEqual([
      expect.objectContaining({ severity: 'error', category, ...(message === undefined ? {} : { message }) }),
    ]);
  });

  it('leave every permitted form alone', () => {
    const accused = new Set(diagnostics.map(({ location }) => location.path));
    expect([...accused].sort()).toEqual(refusals.map(({ file }) => file).sort());
  });

  it('fail the command', () => {
    expect(run.exitCode).toBe(1);
  });
});
