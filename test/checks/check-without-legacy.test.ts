import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runTool, type ToolRun } from './run-tool.ts';
import {
  createScratchTree,
  REPOSITORY_ROOT,
  type ScratchTree,
  VITEST_CONFIGURATION,
} from './scratch-tree.ts';

const CONFIGURATION = [
  '.dependency-cruiser.mjs',
  '.gitignore',
  'package.json',
  'tsconfig.json',
  ...VITEST_CONFIGURATION,
];

const twoPaths: Record<string, string> = {
  'legacy/index.ts': `export const legacy = 'legacy';\n`,
  'legacy/__tests__/index.test.ts': `import '../gone-with-legacy.ts';\n`,
  'src/paths.ts': `import { legacy } from '../legacy/index.ts';\n\nexport const paths: string[] = [legacy, 'litellm'];\n`,
  'src/paths.one-path.ts': `export const paths: string[] = ['litellm'];\n`,
  'src/__tests__/paths.test.ts': `import { expect, it } from 'vitest';
import { paths } from '../paths.ts';

it('serves', () => {
  expect(paths).toContain('litellm');
});\n`,
};

describe('the check that deletes legacy/', () => {
  let tree: ScratchTree | undefined;

  async function checkTree(changes: Record<string, string>, removed: string[] = []): Promise<ToolRun> {
    tree = await createScratchTree({ ...twoPaths, ...changes }, CONFIGURATION);
    const { root } = tree;
    for (const path of removed) await rm(join(root, path), { recursive: true });
    await runTool('git', ['init', '--quiet'], { cwd: root });
    return runTool('node', [join(REPOSITORY_ROOT, 'test/checks/check-without-legacy.ts')], { cwd: root });
  }

  afterEach(() => tree?.remove());

  it('passes when only src/paths.ts knows legacy/', async () => {
    const { exitCode, output } = await checkTree({});

    expect(output.match(/: passed/g)).toHaveLength(4);
    expect(exitCode).toBe(0);
  });

  it('fails on a type that comes from legacy/', async () => {
    const { exitCode, output } = await checkTree({
      'src/compose.ts': `import type { legacy } from '../legacy/index.ts';\n\nexport type Legacy = typeof legacy;\n`,
    });

    expect(output).toContain('types: FAILED');
    expect(output).toContain('boundaries: FAILED');
    expect(output).toContain(`src/compose.ts(1,`);
    expect(exitCode).toBe(1);
  });

  it('fails on a path into legacy/ that no import shows', async () => {
    const { exitCode, output } = await checkTree({
      'src/start.ts': `export const entry = new URL('../legacy/gateway-process.ts', import.meta.url);\n`,
    });

    expect(output).toContain('types: passed');
    expect(output).toContain('no path into legacy/: FAILED');
    expect(output).toContain('src/start.ts:1:');
    expect(exitCode).toBe(1);
  });

  it('fails on a unit test that needs two paths', async () => {
    const { exitCode, output } = await checkTree({
      'src/paths.one-path.ts': 'export const paths: string[] = [];\n',
    });

    expect(output).toContain('unit tests: FAILED');
    expect(exitCode).toBe(1);
  });

  it('asks for the replacement of src/paths.ts', async () => {
    const { exitCode, output } = await checkTree({}, ['src/paths.one-path.ts']);

    expect(output).toContain('src/paths.one-path.ts is missing');
    expect(exitCode).toBe(1);
  });

  it('says what to remove once legacy/ is gone', async () => {
    const { exitCode, output } = await checkTree({}, ['legacy']);

    expect(output).toContain('legacy/ is already gone');
    expect(exitCode).toBe(1);
  });
});
