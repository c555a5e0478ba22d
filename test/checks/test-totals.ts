import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { z } from 'zod';

/** What is read of the report that Vitest's JSON reporter writes. */
const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          // A test may say here why it is left out: test(name, { meta: { reason } }).
          meta: z.object({ reason: z.string().optional() }).optional(),
        }),
      ),
    }),
  ),
});
type Report = z.infer<typeof reportSchema>;

/** A test that did not run. */
export interface SkippedTest {
  file: string;
  name: string;
  reason?: string;
}

/** The sums over all tests of a run. */
export interface TestTotals {
  passed: number;
  failed: number;
  skipped: SkippedTest[];
}

/** Reads the totals from a parsed report of Vitest's JSON reporter; rejects another form by a ZodError. */
export function totalsOf(report: unknown): TestTotals {
  const files = reportSchema.parse(report).testResults;
  const statuses = files.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  return {
    passed: statuses.filter((status) => status === 'passed').length,
    failed: statuses.filter((status) => status === 'failed').length + files.filter(failedOutsideTests).length,
    skipped: files.flatMap(skippedTestsOf),
  };
}

/** The lines to print: each test left out, then the totals. */
export function totalsLines({ passed, failed, skipped }: TestTotals): string[] {
  return [
    ...skipped.map(({ file, name, reason }) => `skipped: ${file}: ${name}${reason ? ` (${reason})` : ''}`),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ];
}

type FileResult = Report['testResults'][number];

// A file that cannot be loaded, or whose hooks fail, has no failed test of its own. It counts as one, so that no
// failing run reads "0 failed".
function failedOutsideTests({ status, assertionResults }: FileResult): boolean {
  return status === 'failed' && assertionResults.every((test) => test.status !== 'failed');
}

function skippedTestsOf({ name: path, assertionResults }: FileResult): SkippedTest[] {
  return assertionResults
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName, meta }) => ({
      file: relative(process.cwd(), path),
      name: fullName.trim(),
      ...(meta?.reason === undefined ? {} : { reason: meta.reason }),
    }));
}

function readTotals(path: string): TestTotals {
  if (!existsSync(path)) {
    process.exitCode = 1;
    console.error('The test run left no report: it ended before its first result.');
    return { passed: 0, failed: 0, skipped: [] };
  }
  return totalsOf(JSON.parse(readFileSync(path, 'utf8')));
}

if (import.meta.main) {
  const [path] = process.argv.slice(2);
  if (path === undefined)
    throw new Error('usage: node test/checks/test-totals.ts <report of the JSON reporter>');
  for (const line of totalsLines(readTotals(path))) console.log(line);
}
