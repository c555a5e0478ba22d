import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { comparePaths } from '../../bench/compare-paths.ts';

const BENCH = fileURLToPath(new URL('../../bench/', import.meta.url));

const canaryFigures = z.object({
  simulations: z.number(),
  false_rollback_rate: z.number(),
  false_rollback_rate_tenth: z.number(),
  detect_5x_rate: z.number(),
  detect_5x_rate_12000: z.number(),
  detect_5x_median_requests: z.number(),
  detect_10x_median_requests: z.number(),
});

function run(script: string, ...parameters: string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [`${BENCH}${script}`, ...parameters],
      { timeout: 170_000 },
      (error, stdout) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout });
      },
    );
  });
}

describe('npm run demo', () => {
  it('sends traffic on both paths and prints their comparison', async () => {
    const { code, stdout } = await run('demo.ts', '--seconds', '3');
    expect(code).toBe(0);
    expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\//);
    for (const path of ['legacy', 'litellm']) {
      const [, requests, errors] = new RegExp(`^${path} +(\\d+) +(\\d+) +[\\d.]+ ms`, 'm').exec(stdout) ?? [];
      expect(Number(requests)).toBeGreaterThan(10);
      expect(Number(errors)).toBeLessThan(Number(requests) / 4);
    }
  });
});

describe('npm run bench', () => {
  it('prints the scenarios on --help and exits 2 on an unknown one', async () => {
    const help = await run('bench.ts', '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/paths .*\n +routing .*\n +catalog .*\n +propagation .*\n +canary /);
    expect((await run('bench.ts', 'nothing')).code).toBe(2);
  });

  it('paths --quick --json: one object with the rate of each target and the ratio', async () => {
    const { code, stdout } = await run('bench.ts', 'paths', '--quick', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      rps: {
        direct: expect.any(Number),
        relay: expect.any(Number),
        litellm: expect.any(Number),
        legacy: expect.any(Number),
      },
      ratio_litellm_legacy: expect.any(Number),
    });
  }, 180_000);

  it('routing --quick --json: decides by the real flag, for about half of the keys', async () => {
    const { stdout } = await run('bench.ts', 'routing', '--quick', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ us_per_decision: { 'flag and arm': expect.any(Number) } });
  });

  it('catalog --quick --json: looks up keys and models, few and many of them', async () => {
    const { stdout } = await run('bench.ts', 'catalog', '--quick', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      us_per_lookup: {
        '10 keys, 10 models': expect.any(Number),
        '10000 keys, 1000 models': expect.any(Number),
      },
    });
  });

  it('propagation --quick --json: says how long changes of each kind take to the other process', async () => {
    const { code, stdout } = await run('bench.ts', 'propagation', '--quick', '--json');
    expect(code).toBe(0);
    const delay = { median_ms: expect.any(Number), max_ms: expect.any(Number) };
    const kinds = ['key, of few', 'rollout', 'kill switch', 'key, of many'];
    expect(JSON.parse(stdout).delays).toEqual(Object.fromEntries(kinds.map((kind) => [kind, delay])));
  }, 180_000);

  it('canary --quick --json: rolls nothing back for nothing, and finds harm soon', async () => {
    const { code, stdout } = await run('bench.ts', 'canary', '--quick', '--json');
    expect(code).toBe(0);
    const figures = canaryFigures.parse(JSON.parse(stdout));
    expect(figures.simulations).toBe(200);
    expect(Math.max(figures.false_rollback_rate, figures.false_rollback_rate_tenth)).toBeLessThan(0.05);
    expect(figures.detect_5x_rate).toBeGreaterThanOrEqual(0.8);
    expect(figures.detect_5x_rate_12000).toBeGreaterThanOrEqual(0.99);
    expect(figures.detect_5x_median_requests).toBeLessThanOrEqual(1_200);
    expect(figures.detect_10x_median_requests).toBeLessThanOrEqual(600);
  }, 180_000);
});

describe('the comparison of the paths', () => {
  it('takes quantiles by nearest rank over what succeeded', () => {
    const observation = (durationMs: number, failed: boolean, firstTokenMs?: number) => ({
      path: 'legacy',
      stream: firstTokenMs !== undefined,
      failed,
      durationMs,
      firstTokenMs,
    });
    const observations = [
      observation(10, false),
      observation(30, false, 5),
      observation(20, false),
      observation(999, true),
    ];
    expect(comparePaths(observations, ['legacy', 'litellm'])).toEqual([
      {
        path: 'legacy',
        requests: 4,
        errors: 1,
        p50Ms: 20,
        p95Ms: 30,
        firstTokenP50Ms: 5,
        firstTokenP95Ms: 5,
      },
      { path: 'litellm', requests: 0, errors: 0, p50Ms: 0, p95Ms: 0, firstTokenP50Ms: 0, firstTokenP95Ms: 0 },
    ]);
  });
});
