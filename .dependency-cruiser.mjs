/**
 * The boundaries of the codebase. Every rule is an error, and type imports count: a type that crosses a
 * boundary couples both sides as firmly as a call does. `test/checks/boundary-rules.test.ts` shows each rule
 * to fire.
 */

// Packages are matched by their node_modules folder wherever it lies, so that a linked node_modules works too.
const EXPRESS = '(^|/)node_modules/(@types/)?express(-serve-static-core)?/';
const KNEX = '(^|/)node_modules/knex/';
const VITEST = '(^|/)node_modules/vitest/';

const PRODUCTION = '^(src|legacy|migrations)/';
const TEST_CODE = ['/__tests__/', '\\.test\\.ts$', '\\.fake\\.ts$'];

/** The way to the legacy path: one file in, through one door, and out again only to the core. */
const legacyRules = [
  {
    name: 'legacy-only-from-paths',
    comment: 'src/paths.ts is the one file that names legacy/, so that deleting legacy/ changes one file.',
    severity: 'error',
    from: { pathNot: ['^legacy/', '^src/paths\\.ts$'] },
    to: { path: '^legacy/' },
  },
  {
    name: 'paths-only-legacy-door',
    comment: 'src/paths.ts enters legacy/ by its index.ts; what lies behind is not its business.',
    severity: 'error',
    from: { path: '^src/paths\\.ts$' },
    to: { path: '^legacy/', pathNot: '^legacy/index\\.ts$' },
  },
  {
    name: 'legacy-sees-core-only',
    comment: 'legacy/ gets everything but the contracts in src/core as arguments.',
    severity: 'error',
    from: { path: '^legacy/', pathNot: '/__tests__/' },
    to: { pathNot: ['^legacy/', '^src/core/'], dependencyTypes: ['local'] },
  },
  {
    name: 'legacy-sees-core-only',
    comment: 'Tests of legacy/ may besides use the provider emulator and the support code of the tests.',
    severity: 'error',
    from: { path: '^legacy/.*__tests__/' },
    to: {
      pathNot: ['^legacy/', '^src/core/', '^bench/emulator/', '^test/support/'],
      dependencyTypes: ['local'],
    },
  },
];

/** What the domain may know of the outside: nothing (core), no transport, no database. */
const domainRules = [
  {
    name: 'core-imports-nothing',
    comment:
      'src/core holds the contracts both paths share; it depends on no package and no built-in module.',
    severity: 'error',
    from: { path: '^src/core/', pathNot: TEST_CODE },
    to: { pathNot: '^src/core/' },
  },
  {
    name: 'core-imports-nothing',
    comment: 'Tests of the core need the test runner and files to read, and nothing else of the codebase.',
    severity: 'error',
    from: { path: '^src/core/.*(__tests__/|\\.test\\.ts$|\\.fake\\.ts$)' },
    to: { pathNot: ['^src/core/', '^test/support/', VITEST], dependencyTypesNot: ['core'] },
  },
  {
    name: 'domain-knows-no-transport',
    comment: 'Express types are mapped at the edge, in src/routes; the domain is called with its own types.',
    severity: 'error',
    from: { path: '^src/(core|rollout|services)/', pathNot: TEST_CODE },
    to: { path: EXPRESS },
  },
  {
    name: 'domain-knows-no-database',
    comment: 'The rollout reads and writes through repositories that it is given.',
    severity: 'error',
    from: { path: '^src/(core|rollout)/', pathNot: TEST_CODE },
    to: { path: KNEX },
  },
];

/** Neighbours that must not reach into one another. */
const neighbourRules = [
  {
    name: 'no-provider-to-provider',
    comment: 'A provider must be removable alone. openai-compatible is the dialect others build on.',
    severity: 'error',
    from: { path: '^src/services/providers/([^/]+)/', pathNot: '^src/services/providers/__tests__/' },
    to: {
      path: '^src/services/providers/[^/]+/',
      pathNot: '^src/services/providers/($1|openai-compatible)/',
    },
  },
  {
    name: 'admin-features-by-door',
    comment: 'An admin feature is used by another one through its index.ts.',
    severity: 'error',
    from: { path: '^src/routes/admin/([^/]+)/', pathNot: '^src/routes/admin/__tests__/' },
    to: {
      path: '^src/routes/admin/[^/]+/',
      pathNot: ['^src/routes/admin/$1/', '^src/routes/admin/[^/]+/index\\.ts$'],
    },
  },
];

/** What holds everywhere. */
const generalRules = [
  {
    name: 'no-circular',
    comment: 'Modules in a cycle can only be understood, tested and moved together.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-prod-to-test',
    comment: 'Code that ships does not depend on tests, fakes or the bench.',
    severity: 'error',
    from: { path: PRODUCTION, pathNot: TEST_CODE },
    to: { path: ['^(test|bench)/', ...TEST_CODE] },
  },
  {
    name: 'not-to-unresolvable',
    comment: 'An import that nothing answers fails at run time at the latest.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-dev-dependency-in-prod',
    comment:
      'devDependencies are absent where the gateway runs. Types are erased, so they may come from there.',
    severity: 'error',
    from: { path: PRODUCTION, pathNot: TEST_CODE },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'type-import'] },
  },
];

export default {
  forbidden: [...legacyRules, ...domainRules, ...neighbourRules, ...generalRules],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: '(^|/)node_modules/' },
    // A built-in module can be had without an import statement; it counts as one.
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      // Our imports spell out .ts; the others are for the entry points of packages.
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
