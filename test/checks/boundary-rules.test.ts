import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runTool } from './run-tool.ts';
import { createScratchTree, type ScratchTree } from './scratch-tree.ts';

const cruiseSchema = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        rule: z.object({ name: z.string(), severity: z.string() }),
      }),
    ),
    ruleSetUsed: z.object({ forbidden: z.array(z.object({ name: z.string(), severity: z.string() })) }),
  }),
});
type CruiseSummary = z.infer<typeof cruiseSchema>['summary'];

interface Violation {
  rule: string;
  file: string;
  source: string;
  /** The dependency that is refused, as the end of its resolved path. */
  target: string;
}

const violations: Violation[] = [
  {
    rule: 'legacy-only-from-paths',
    file: 'src/services/reaches-legacy.ts',
    source: `export type { LegacyPath } from '../../legacy/index.ts';`,
    target: 'legacy/index.ts',
  },
  {
    rule: 'legacy-only-from-paths',
    file: 'src/compose.ts',
    source: `export const legacy = () => import('../legacy/index.ts');`,
    target: 'legacy/index.ts',
  },
  {
    rule: 'legacy-only-from-paths',
    file: 'test/e2e/reaches-legacy.test.ts',
    source: `import '../../legacy/index.ts';`,
    target: 'legacy/index.ts',
  },
  {
    rule: 'paths-only-legacy-door',
    file: 'src/paths.ts',
    source: `import '../legacy/portkey-router.ts';`,
    target: 'legacy/portkey-router.ts',
  },
  {
    rule: 'legacy-sees-core-only',
    file: 'legacy/reads-configuration.ts',
    source: `export type Door = typeof import('../src/config/environment.ts');`,
    target: 'src/config/environment.ts',
  },
  {
    rule: 'legacy-sees-core-only',
    file: 'legacy/reads-migration.ts',
    source: `import '../migrations/expand/first.ts';`,
    target: 'migrations/expand/first.ts',
  },
  {
    rule: 'legacy-sees-core-only',
    file: 'legacy/__tests__/reads-configuration.test.ts',
    source: `import '../../src/config/environment.ts';`,
    target: 'src/config/environment.ts',
  },
  {
    rule: 'core-imports-nothing',
    file: 'src/core/uses-package.ts',
    source: `import type { z } from 'zod'; export type Schema = z.ZodType;`,
    target: 'zod/index.d.cts',
  },
  {
    rule: 'core-imports-nothing',
    file: 'src/core/uses-built-in.ts',
    source: `import 'node:fs';`,
    target: 'fs',
  },
  {
    rule: 'core-imports-nothing',
    file: 'src/core/gets-built-in.ts',
    source: `export const files = process.getBuiltinModule('node:fs');`,
    target: 'fs',
  },
  {
    rule: 'core-imports-nothing',
    file: 'src/core/uses-neighbour.ts',
    source: `import '../config/environment.ts';`,
    target: 'src/config/environment.ts',
  },
  {
    rule: 'core-imports-nothing',
    file: 'src/core/__tests__/uses-neighbour.test.ts',
    source: `import '../../config/environment.ts';`,
    target: 'src/config/environment.ts',
  },
  {
    rule: 'no-circular',
    file: 'src/telemetry/chicken.ts',
    source: `import type { Egg } from './egg.ts'; export type Chicken = { lays: Egg };`,
    target: 'src/telemetry/egg.ts',
  },
  {
    rule: 'no-prod-to-test',
    file: 'src/services/uses-test-support.ts',
    source: `import '../../test/support/ports.ts';`,
    target: 'test/support/ports.ts',
  },
  {
    rule: 'no-prod-to-test',
    file: 'src/services/uses-bench.ts',
    source: `import '../../bench/emulator/main.ts';`,
    target: 'bench/emulator/main.ts',
  },
  {
    rule: 'no-prod-to-test',
    file: 'src/services/uses-fake.ts',
    source: `import '../db/key-store.fake.ts';`,
    target: 'src/db/key-store.fake.ts',
  },
  {
    rule: 'no-prod-to-test',
    file: 'legacy/uses-own-test.ts',
    source: `import './__tests__/router-cases.ts';`,
    target: 'legacy/__tests__/router-cases.ts',
  },
  {
    rule: 'no-provider-to-provider',
    file: 'src/services/providers/anthropic/borrows.ts',
    source: `import '../google/decoder.ts';`,
    target: 'src/services/providers/google/decoder.ts',
  },
  {
    rule: 'no-provider-to-provider',
    file: 'src/services/providers/openai-compatible/borrows.ts',
    source: `import '../google/decoder.ts';`,
    target: 'src/services/providers/google/decoder.ts',
  },
  {
    rule: 'not-to-unresolvable',
    file: 'src/services/imports-nothing.ts',
    source: `import './never-written.ts';`,
    target: './never-written.ts',
  },
  {
    rule: 'no-dev-dependency-in-prod',
    file: 'src/services/uses-dev-dependency.ts',
    source: `import autocannon from 'autocannon'; export { autocannon };`,
    target: 'autocannon/autocannon.js',
  },
  {
    rule: 'admin-features-by-door',
    file: 'src/routes/admin/keys/reaches-in.ts',
    source: `import '../usage/usage-view.ts';`,
    target: 'src/routes/admin/usage/usage-view.ts',
  },
  {
    rule: 'domain-knows-no-transport',
    file: 'src/services/takes-request.ts',
    source: `export type { Request } from 'express';`,
    target: 'express/index.js',
  },
  {
    rule: 'domain-knows-no-transport',
    file: 'src/rollout/takes-parameters.ts',
    source: `export type { ParamsDictionary } from 'express-serve-static-core';`,
    target: '@types/express-serve-static-core/index.d.ts',
  },
  {
    rule: 'domain-knows-no-database',
    file: 'src/rollout/takes-knex.ts',
    source: `export type { Knex } from 'knex';`,
    target: 'knex/knex.js',
  },
];

/** What the violations above reach for. None of these files violates anything. */
const targets: Record<string, string> = {
  'legacy/index.ts': 'export type LegacyPath = { name: string };',
  'legacy/portkey-router.ts': 'export {};',
  'legacy/__tests__/router-cases.ts': 'export {};',
  'src/config/environment.ts': 'export {};',
  'src/db/key-store.fake.ts': 'export {};',
  'src/routes/admin/usage/usage-view.ts': 'export {};',
  'src/services/providers/google/decoder.ts': 'export {};',
  'src/telemetry/egg.ts': `import type { Chicken } from './chicken.ts'; export type Egg = { from: Chicken };`,
  'migrations/expand/first.ts': 'export {};',
  'bench/emulator/main.ts': 'export {};',
  'test/support/ports.ts': 'export {};',
};

/** Every crossing that is allowed, so that a rule that grows too wide is noticed as well. */
const permitted: Record<string, string> = {
  'src/paths.ts': `export type { LegacyPath } from '../legacy/index.ts';`,
  'src/compose.ts': `import './paths.ts'; import './routes/admin/keys/keys-controller.ts'; import 'express';`,
  'src/core/request-path.ts': `export type { Reply } from './reply.ts';`,
  'src/core/reply.ts': 'export type Reply = { status: number };',
  'src/core/__tests__/reply.test.ts': `import 'vitest'; import 'node:fs'; import '../reply.ts'; import '../../../test/support/ports.ts';`,
  'src/db/key-store.ts': `export type { Knex } from 'knex';`,
  'src/db/key-store.fake.ts': `import './key-store.ts'; import './clock.fake.ts';`,
  'src/db/clock.fake.ts': 'export {};',
  'src/db/__tests__/key-store.test.ts': `import 'vitest'; import '../key-store.fake.ts'; import '../../../test/support/ports.ts';`,
  'src/rollout/plan.ts': `import 'zod'; import '../core/reply.ts';`,
  'src/rollout/__tests__/plan.test.ts': `import 'vitest'; import 'knex'; import '../plan.ts';`,
  'src/routes/admin/keys/keys-controller.ts': `import 'express'; import './keys-view.ts'; import '../usage/index.ts';`,
  'src/routes/admin/keys/keys-view.ts': 'export {};',
  'src/routes/admin/usage/index.ts': `import './usage-view.ts';`,
  'src/routes/admin/usage/usage-view.ts': 'export {};',
  'src/services/providers/anthropic/decoder.ts': `import '../openai-compatible/decoder.ts'; import '../sse.ts';`,
  'src/services/providers/openai-compatible/decoder.ts': 'export {};',
  'src/services/providers/__tests__/decoders.test.ts': `import '../anthropic/decoder.ts'; import '../openai-compatible/decoder.ts';`,
  'src/routes/admin/__tests__/features.test.ts': `import '../keys/keys-view.ts'; import '../usage/usage-view.ts';`,
  'src/services/providers/sse.ts': `export type { Result } from 'autocannon'; export type Node = import('typescript').Node;`,
  'legacy/index.ts': `export type { LegacyPath } from './portkey-router.ts';`,
  'legacy/portkey-router.ts': `import 'http-proxy-middleware'; import 'express'; import 'node:stream'; export type { Reply as LegacyPath } from '../src/core/reply.ts';`,
  'legacy/__tests__/portkey-router.test.ts': `import 'vitest'; import '../portkey-router.ts'; import '../../bench/emulator/main.ts'; import '../../test/support/ports.ts';`,
  'migrations/expand/first.ts': `import type { Knex } from 'knex'; export type Database = Knex;`,
  'bench/emulator/main.ts': `import 'node:http'; import 'autocannon';`,
  'test/support/ports.ts': `import '../../src/core/reply.ts';`,
  'test/e2e/start.test.ts': `import 'vitest'; import '../../src/compose.ts'; import '../../bench/emulator/main.ts';`,
};

const FOLDERS = ['src', 'legacy', 'migrations', 'bench', 'test'];
const CONFIGURATION = ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'];

async function cruise(tree: ScratchTree): Promise<CruiseSummary> {
  const run = await runTool('depcruise', ['--output-type', 'json', ...FOLDERS], { cwd: tree.root });
  expect(run.exitCode, run.output).toBe(0);
  return cruiseSchema.parse(JSON.parse(run.stdout)).summary;
}

async function cruiseFiles(files: Record<string, string>): Promise<CruiseSummary> {
  const tree = await createScratchTree(files, CONFIGURATION);
  try {
    return await cruise(tree);
  } finally {
    await tree.remove();
  }
}

describe('the boundary rules', () => {
  let violating: CruiseSummary;
  let clean: CruiseSummary;

  beforeAll(async () => {
    const violators = Object.fromEntries(violations.map(({ file, source }) => [file, source]));
    [violating, clean] = await Promise.all([
      cruiseFiles({ ...targets, ...violators }),
      cruiseFiles(permitted),
    ]);
  });

  it.each(violations)('$rule refuses $file', ({ rule, file, target }) => {
    const fired = violating.violations.filter(({ from }) => from === file);
    expect(fired).toEqual([
      { from: file, to: expect.stringMatching(endOfPath(target)), rule: { name: rule, severity: 'error' } },
    ]);
  });

  it('accuse no other file', () => {
    const accused = new Set(violating.violations.map(({ from }) => from));
    expect([...accused].sort()).toEqual(violations.map(({ file }) => file).sort());
  });

  it('are each shown to fire, and are all errors', () => {
    const rules = violating.ruleSetUsed.forbidden;
    expect(new Set(violations.map(({ rule }) => rule))).toEqual(new Set(rules.map(({ name }) => name)));
    expect(rules.filter(({ severity }) => severity !== 'error')).toEqual([]);
  });

  it('leave every permitted crossing alone', () => {
    expect(clean.violations).toEqual([]);
  });

  // A cruiser that cannot read TypeScript finds no dependency, hence no violation.
  it('are applied to every file', () => {
    expect(clean.totalCruised).toBeGreaterThanOrEqual(Object.keys(permitted).length);
  });
});

function endOfPath(path: string): RegExp {
  return new RegExp(`(^|/)${path.replaceAll('.', '\\.')}$`);
}
