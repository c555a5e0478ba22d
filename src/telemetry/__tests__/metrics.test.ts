import { describe, expect, it } from 'vitest';
import { OUTCOME_KINDS } from '../../core/call-outcome.ts';
import { PATH_NAMES, ROUTE_REASONS } from '../../core/route-decision.ts';
import { type CallLabels, createMetrics, type GaugeSources } from '../metrics.ts';

const SPANS = { total: 0.5, firstToken: undefined, overhead: undefined };
const labels = (fields: Partial<CallLabels> = {}): CallLabels => ({
  path: 'litellm',
  endpoint: 'chat.completions',
  provider: 'openai',
  model: 'gpt',
  stream: true,
  ...fields,
});

function create(sources: Partial<GaugeSources> = {}) {
  return createMetrics({
    enrolledPercent: () => 0,
    hasNamedKeys: () => false,
    armShare: () => 1,
    useLitellm: () => true,
    snapshotAgeSeconds: () => 0,
    isBreakerOpen: () => false,
    release: () => undefined,
    ...sources,
  });
}

/** The samples of one metric: label text to value. */
async function samples(metrics: ReturnType<typeof create>, name: string): Promise<Map<string, number>> {
  const lines = (await metrics.expose()).split('\n').filter((line) => /^\w/.test(line));
  const found = lines.flatMap((line) => {
    const [, metric, text = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return metric === name ? [[text, Number(value?.replace('Inf', 'Infinity'))] as const] : [];
  });
  return new Map(found);
}

/** The samples whose labels include these. */
async function matching(metrics: ReturnType<typeof create>, name: string, ...parts: string[]) {
  const found = [...(await samples(metrics, name))];
  return found.filter(([text]) => parts.every((part) => text.includes(part)));
}

const sum = (entries: readonly (readonly [string, number])[]) =>
  entries.reduce((total, [, value]) => total + value, 0);

describe('before anything has counted', () => {
  it('each path and reason of routing stands at 0', async () => {
    const routed = await samples(create(), 'gateway_routed_total');
    expect(routed.size).toBe(PATH_NAMES.length * ROUTE_REASONS.length);
    expect(new Set(routed.values())).toEqual(new Set([0]));
    expect(routed.has('path="legacy",reason="flags_unavailable"')).toBe(true);
  });

  it('the cache results stand at 0, and no request of any model', async () => {
    const metrics = create();
    expect(await samples(metrics, 'gateway_cache_total')).toEqual(
      new Map([
        ['result="hit"', 0],
        ['result="miss"', 0],
        ['result="bypass"', 0],
      ]),
    );
    expect((await samples(metrics, 'gateway_requests_total')).size).toBe(0);
  });

  it('the chat series of configured models stand at 0, on both paths, streaming or not, for all outcomes', async () => {
    const metrics = create();
    metrics.prepareModels([{ provider: 'openai', model: 'gpt' }]);
    const requests = await samples(metrics, 'gateway_requests_total');
    expect(requests.size).toBe(2 * 2 * OUTCOME_KINDS.length);
    expect(new Set(requests.values())).toEqual(new Set([0]));
    for (const path of PATH_NAMES) {
      for (const stream of [true, false]) {
        for (const outcome of OUTCOME_KINDS) {
          const text = `path="${path}",endpoint="chat.completions",provider="openai",model="gpt",stream="${stream}",outcome="${outcome}"`;
          expect(requests.has(text), text).toBe(true);
        }
      }
    }
    expect((await matching(metrics, 'gateway_tokens_total', 'model="gpt"')).length).toBe(2 * 4);
  });

  it('the series of 50 models are made and no more', async () => {
    const metrics = create();
    metrics.prepareModels(
      Array.from({ length: 60 }, (_, index) => ({ provider: 'openai', model: `m${index}` })),
    );
    expect(await matching(metrics, 'gateway_requests_total', 'model="m49"')).not.toEqual([]);
    expect(await matching(metrics, 'gateway_requests_total', 'model="m50"')).toEqual([]);
    metrics.prepare(labels({ model: 'm50' }));
    expect(await matching(metrics, 'gateway_requests_total', 'model="m50"')).toHaveLength(
      OUTCOME_KINDS.length,
    );
  });

  it('all outcomes of a label set stand at 0 once it is routed, and only those', async () => {
    const metrics = create();
    metrics.prepare(labels({ endpoint: 'embeddings', stream: false }));
    metrics.prepare(labels({ endpoint: 'embeddings', stream: false }));
    const requests = await samples(metrics, 'gateway_requests_total');
    expect(requests.size).toBe(OUTCOME_KINDS.length);
    expect(sum([...requests])).toBe(0);
  });
});

describe('a routed request', () => {
  it('counts under its path and reason', async () => {
    const metrics = create();
    metrics.countRouted({ path: 'legacy', reason: 'control_arm' });
    metrics.countRouted({ path: 'legacy', reason: 'control_arm' });
    const routed = await samples(metrics, 'gateway_routed_total');
    expect(routed.get('path="legacy",reason="control_arm"')).toBe(2);
    expect(sum([...routed])).toBe(2);
  });
});

describe('a finished request', () => {
  it.each(OUTCOME_KINDS)('counts once, as %s', async (kind) => {
    const metrics = create();
    metrics.countFinished(labels(), { kind }, SPANS, 'bypass');
    const requests = await samples(metrics, 'gateway_requests_total');
    expect(sum([...requests])).toBe(1);
    expect(sum(await matching(metrics, 'gateway_requests_total', `outcome="${kind}"`))).toBe(1);
  });

  it('is measured in seconds, under the labels of the contract', async () => {
    const metrics = create();
    metrics.countFinished(
      labels(),
      { kind: 'success' },
      { total: 2, firstToken: 0.3, overhead: 0.001 },
      'bypass',
    );
    const sums = async (name: string) => [...(await samples(metrics, `${name}_sum`))];
    expect(await sums('gateway_request_duration_seconds')).toEqual([
      ['path="litellm",endpoint="chat.completions",provider="openai",stream="true"', 2],
    ]);
    expect(await sums('gateway_time_to_first_token_seconds')).toEqual([
      ['path="litellm",provider="openai"', 0.3],
    ]);
    expect(await sums('gateway_overhead_seconds')).toEqual([['path="litellm"', 0.001]]);
  });

  it('without first token or upstream is not measured there', async () => {
    const metrics = create();
    metrics.countFinished(labels(), { kind: 'success' }, SPANS, 'bypass');
    for (const name of ['gateway_time_to_first_token_seconds_count', 'gateway_overhead_seconds_count']) {
      expect(sum([...(await samples(metrics, name))])).toBe(0);
    }
    expect(sum([...(await samples(metrics, 'gateway_request_duration_seconds_count'))])).toBe(1);
  });

  it('counts its tokens by type, and keeps no model of another apart', async () => {
    const metrics = create();
    const usage = { prompt: 10, completion: 7, cached: 4, reasoning: 2 };
    metrics.countFinished(labels(), { kind: 'success', usage }, SPANS, 'bypass');
    metrics.countFinished(labels(), { kind: 'success', usage }, SPANS, 'bypass');
    metrics.countFinished(labels({ model: 'other' }), { kind: 'success', usage }, SPANS, 'bypass');
    const tokens = await samples(metrics, 'gateway_tokens_total');
    const of = (type: string) => tokens.get(`path="litellm",provider="openai",model="gpt",type="${type}"`);
    expect([of('prompt'), of('completion'), of('cached'), of('reasoning')]).toEqual([20, 14, 8, 4]);
  });

  it('passed by the cache', async () => {
    const metrics = create();
    metrics.countFinished(labels(), { kind: 'success' }, SPANS, 'bypass');
    expect((await samples(metrics, 'gateway_cache_total')).get('result="bypass"')).toBe(1);
  });

  it('counts under path none where no path was chosen, and touches neither cache nor tokens', async () => {
    const metrics = create();
    metrics.countFinished(
      labels({ path: 'none', provider: 'none', model: 'other' }),
      { kind: 'client_error' },
      SPANS,
      undefined,
    );
    expect(
      sum(await matching(metrics, 'gateway_requests_total', 'path="none"', 'outcome="client_error"')),
    ).toBe(1);
    expect((await samples(metrics, 'gateway_cache_total')).get('result="bypass"')).toBe(0);
    expect((await samples(metrics, 'gateway_tokens_total')).size).toBe(0);
  });

  it('names no virtual key in any label', async () => {
    const metrics = create();
    metrics.countFinished(labels(), { kind: 'success' }, { total: 1, firstToken: 1, overhead: 1 }, 'bypass');
    const names = [...(await metrics.expose()).matchAll(/(\w+)="/g)].map(([, name]) => name ?? '');
    expect([...new Set(names)].sort()).toEqual(
      [
        'endpoint',
        'le',
        'metric',
        'model',
        'outcome',
        'path',
        'provider',
        'reason',
        'result',
        'state',
        'stream',
        'type',
      ].sort(),
    );
  });
});

describe('a comparison of token counts', () => {
  const NAME = 'gateway_token_count_error_ratio';

  it('has its help and its type before the first is made, and no series', async () => {
    const metrics = create();
    const text = await metrics.expose();
    expect(text).toContain(`# HELP ${NAME} `);
    expect(text).toContain(`# TYPE ${NAME} histogram`);
    expect((await samples(metrics, `${NAME}_count`)).size).toBe(0);
  });

  it('is kept by provider, finely around one in a hundred', async () => {
    const metrics = create();
    for (const ratio of [0, 0.009, 0.011, 3]) metrics.observeTokenCountError('openai', ratio);
    metrics.observeTokenCountError('other', 0.5);
    const upTo = async (bound: string) =>
      (await samples(metrics, `${NAME}_bucket`)).get(`le="${bound}",provider="openai"`);
    expect([await upTo('0.001'), await upTo('0.01'), await upTo('0.015'), await upTo('1')]).toEqual([
      1, 2, 3, 3,
    ]);
    expect(await samples(metrics, `${NAME}_count`)).toEqual(
      new Map([
        ['provider="openai"', 4],
        ['provider="other"', 1],
      ]),
    );
  });
});

describe('the gauges', () => {
  const gaugeOf = async (metrics: ReturnType<typeof create>, name: string) =>
    (await samples(metrics, name)).get('');

  it('read their sources when they are asked for', async () => {
    let percent = 5;
    const metrics = create({
      enrolledPercent: () => percent,
      armShare: () => 0.5,
      snapshotAgeSeconds: () => 7,
    });
    expect(await gaugeOf(metrics, 'gateway_rollout_enrolled_percent')).toBe(5);
    percent = 10;
    expect(await gaugeOf(metrics, 'gateway_rollout_enrolled_percent')).toBe(10);
    expect(await gaugeOf(metrics, 'gateway_rollout_arm_share')).toBe(0.5);
    expect(await gaugeOf(metrics, 'gateway_flag_snapshot_age_seconds')).toBe(7);
    expect(await gaugeOf(metrics, 'gateway_use_litellm')).toBe(1);
    expect(await gaugeOf(create({ useLitellm: () => false }), 'gateway_use_litellm')).toBe(0);
  });

  it('say of definitions that were never confirmed that they are infinitely old', async () => {
    const metrics = create({ snapshotAgeSeconds: () => Number.POSITIVE_INFINITY });
    expect(await metrics.expose()).toMatch(/^gateway_flag_snapshot_age_seconds \+Inf$/m);
  });

  it.each([
    [false, 100, 1, 0],
    [true, 0, 1, 0],
    [true, 1, 1, 1],
    [true, 99, 1, 1],
    [true, 100, 0.5, 1],
    [true, 100, 1, 2],
  ])(
    'with USE_LITELLM %s, %i percent and arm share %d the phase is %i',
    async (useLitellm, percent, share, phase) => {
      const metrics = create({
        useLitellm: () => useLitellm,
        enrolledPercent: () => percent,
        armShare: () => share,
      });
      expect(await gaugeOf(metrics, 'gateway_migration_phase')).toBe(phase);
    },
  );
});

it('two sets of metrics in one process count apart', async () => {
  const [one, other] = [create(), create()];
  one.countRouted({ path: 'legacy', reason: 'kill_switch' });
  expect(sum([...(await samples(other, 'gateway_routed_total'))])).toBe(0);
  expect(one.contentType).toContain('text/plain');
});
