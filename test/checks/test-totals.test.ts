import { describe, expect, it } from 'vitest';
import { totalsLines, totalsOf } from './test-totals.ts';

function reportOf(...tests: { fullName: string; status: string; meta?: { reason?: string } }[]) {
  const status = tests.some((test) => test.status === 'failed') ? 'failed' : 'passed';
  return { testResults: [{ name: `${process.cwd()}/test/sample.test.ts`, status, assertionResults: tests }] };
}

describe('the test totals', () => {
  it('sum passed, failed and skipped tests, and name what was left out', () => {
    const report = reportOf(
      { fullName: 'serves', status: 'passed' },
      { fullName: 'streams', status: 'passed' },
      { fullName: 'breaks', status: 'failed' },
      { fullName: 'waits', status: 'todo' },
      { fullName: 'migrates', status: 'skipped', meta: { reason: 'no PostgreSQL' } },
    );

    expect(totalsLines(totalsOf(report))).toEqual([
      'skipped: test/sample.test.ts: waits',
      'skipped: test/sample.test.ts: migrates (no PostgreSQL)',
      '2 passed, 1 failed, 2 skipped',
    ]);
  });

  it('count a file that fails outside its tests as failed', () => {
    const report = { testResults: [{ name: 'test/broken.test.ts', status: 'failed', assertionResults: [] }] };

    expect(totalsLines(totalsOf(report))).toEqual(['0 passed, 1 failed, 0 skipped']);
  });

  it('refuse a report of another form', () => {
    expect(() => totalsOf({ tests: 3 })).toThrow('testResults');
  });
});
