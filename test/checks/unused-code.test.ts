import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runTool, type ToolRun } from './run-tool.ts';
import { createScratchTree, type ScratchTree, VITEST_CONFIGURATION } from './scratch-tree.ts';

const namesSchema = z.array(z.object({ name: z.string() }));
const reportSchema = z.object({
  issues: z.array(
    z.object({
      file: z.string(),
      files: namesSchema,
      exports: namesSchema,
      types: namesSchema,
      dependencies: namesSchema,
      unlisted: namesSchema,
    }),
  ),
});
type Kind = 'files' | 'exports' | 'types' | 'dependencies' | 'unlisted';

/** What the repository's own configuration is tried on. A type that is part of an exported one is no dead export. */
const files: Record<string, string> = {
  'src/main.ts': `import 'pino';\nimport { start } from './start.ts';\n\nstart({ port: { number: 0 } });\n`,
  'src/start.ts': `export interface Port {
  number: number;
}
export interface StartOptions {
  port: Port;
}
export interface StopOptions {
  deadline: number;
}
export function start(options: StartOptions): void {
  options.port;
}
export function restart(): void {}
export function startForTest(): void {}
`,
  'src/__tests__/start.test.ts': `import { startForTest } from '../start.ts';\n\nstartForTest();\n`,
  'src/abandoned.ts': 'export {};\n',
  'src/cli/banyan.ts': `import 'picomatch';\n`,
};

const CONFIGURATION = ['knip.json', 'package.json', 'tsconfig.json', ...VITEST_CONFIGURATION, '.gitignore'];

describe('the check for unused code', () => {
  let tree: ScratchTree;
  let run: ToolRun;
  let issues: z.infer<typeof reportSchema>['issues'];

  beforeAll(async () => {
    tree = await createScratchTree(files, CONFIGURATION);
    run = await runTool('knip', ['--reporter', 'json'], { cwd: tree.root });
    issues = reportSchema.parse(JSON.parse(run.stdout)).issues;
  });
  afterAll(() => tree.remove());

  function reported(kind: Kind, file: string): string[] {
    return issues
      .filter((issue) => issue.file === file)
      .flatMap((issue) => issue[kind].map(({ name }) => name));
  }

  it('reports a file that nothing uses, and only that', () => {
    expect(issues.flatMap((issue) => issue.files.map(({ name }) => name))).toEqual(['src/abandoned.ts']);
  });

  it('reports exports that no other file uses', () => {
    expect(reported('exports', 'src/start.ts')).toEqual(['restart']);
    expect(reported('types', 'src/start.ts')).toEqual(['StopOptions']);
  });

  it('reports dependencies that are unused, and used ones that are undeclared', () => {
    expect(reported('dependencies', 'package.json')).toContain('express');
    expect(reported('dependencies', 'package.json')).not.toContain('pino');
    expect(reported('unlisted', 'src/cli/banyan.ts')).toEqual(['picomatch']);
  });

  it('fails the command', () => {
    expect(run.exitCode).toBe(1);
  });
});
