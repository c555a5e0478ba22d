import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type CallOutcome, OUTCOME_KINDS } from '../core/call-outcome.ts';
import type { ErrorCode } from '../core/gateway-error.ts';
import { PATH_NAMES, ROUTE_REASONS, type RouteDecision } from '../core/route-decision.ts';
import type { Usage } from '../core/usage.ts';
import type { ReleaseView } from '../rollout/release/release-view.ts';
import { createReleaseGauges } from './release-gauges.ts';

/** Seconds from 1 ms to 10 min: a cached answer and a long reasoning answer both fall well inside. */
const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10, 20, 30, 60, 120, 300, 600,
];
const OVERHEAD_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
/** Shares of the provider's count: closest around the one in a hundred that is aimed at. */
const TOKEN_COUNT_ERROR_BUCKETS = [0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.05, 0.1, 0.25, 0.5, 1];
const TOKEN_TYPES = ['prompt', 'completion', 'cached', 'reasoning'] as const;
/** Above this many models, a model's series are made when it is first routed. */
const MAX_PREPARED_MODELS = 50;

/** What a request's series are labelled with. Models that are not configured are `other`. */
export interface CallLabels {
  /** `none` where no path was chosen. */
  readonly path: 'legacy' | 'litellm' | 'none';
  readonly endpoint: string;
  readonly provider: string;
  readonly model: string;
  readonly stream: boolean;
}

/** Spans of one request, in seconds. */
export interface CallSpans {
  readonly total: number;
  readonly firstToken: number | undefined;
  /** Time spent in this process, the upstream's left out; undefined where no upstream was reached. */
  readonly overhead: number | undefined;
}

/** What the cache did for a request. */
export type CacheResult = 'hit' | 'miss' | 'bypass';

/** Where gauges read their values when they are asked for. */
export interface GaugeSources {
  enrolledPercent(): number;
  /** Whether any key is enrolled by name. */
  hasNamedKeys(): boolean;
  armShare(): number;
  useLitellm(): boolean;
  snapshotAgeSeconds(): number;
  isBreakerOpen(): boolean;
  /** The latest run of a release plan; undefined where there never was one. */
  release(): ReleaseView | undefined;
}

/** The gateway's metrics; the contract has their names and labels. */
export interface Metrics {
  countRouted(decision: RouteDecision): void;
  /** @param reason code of the fault for which another path stood in */
  countFailover(reason: ErrorCode): void;
  /** Makes the series of these labels, at 0, before the first of them counts. */
  prepare(labels: CallLabels): void;
  /** Makes the series of requests for which no path is chosen. */
  prepareUnrouted(endpoints: readonly string[]): void;
  /** Makes the chat series of the first 50 models, on both paths. */
  prepareModels(models: readonly { readonly provider: string; readonly model: string }[]): void;
  /** @param cache what the cache did; undefined where no path was chosen. A hit used no tokens. */
  countFinished(
    labels: CallLabels,
    outcome: CallOutcome,
    spans: CallSpans,
    cache: CacheResult | undefined,
  ): void;
  /** Counts tokens that were used beside a request's own call, such as by the classifier that chose its model. */
  countTokens(labels: Pick<CallLabels, 'path' | 'provider' | 'model'>, usage: Usage): void;
  /**
   * Takes in how far a local count of tokens was from its provider's.
   * @param ratio the difference as a share of the provider's count
   */
  observeTokenCountError(provider: string, ratio: number): void;
  /** The exposition text. */
  expose(): Promise<string>;
  readonly contentType: string;
}

type Collectors = ReturnType<typeof createCollectors>;

/** Creates the metrics in a registry of their own. */
export function createMetrics(sources: GaugeSources): Metrics {
  const registry = new Registry();
  const collectors = createCollectors(registry);
  createGauges(registry, sources);
  createReleaseGauges(registry, sources.release);
  prepareRouted(collectors);
  const series = new Map<string, CallSeries>();
  const seriesOf = (labels: CallLabels) => {
    const key = `${labels.path}\n${labels.endpoint}\n${labels.provider}\n${labels.model}\n${labels.stream}`;
    const known = series.get(key);
    if (known !== undefined) return known;
    const made = createSeries(collectors, labels);
    series.set(key, made);
    return made;
  };
  return {
    countRouted: ({ path, reason }) => collectors.routed.inc({ path, reason }),
    countFailover: (reason) => collectors.failovers.inc({ reason }),
    prepare: (labels) => void seriesOf(labels),
    prepareUnrouted(endpoints) {
      for (const endpoint of endpoints) {
        seriesOf({ path: 'none', endpoint, provider: 'none', model: 'other', stream: false });
      }
    },
    prepareModels(models) {
      for (const { provider, model } of models.slice(0, MAX_PREPARED_MODELS)) {
        for (const path of PATH_NAMES) {
          for (const stream of [false, true]) {
            seriesOf({ path, endpoint: 'chat.completions', provider, model, stream });
          }
        }
      }
    },
    countFinished(labels, outcome, spans, cache) {
      const made = seriesOf(labels);
      made.outcomes[outcome.kind].inc();
      made.duration.observe(spans.total);
      if (spans.firstToken !== undefined) made.firstToken.observe(spans.firstToken);
      if (spans.overhead !== undefined) made.overhead.observe(spans.overhead);
      if (cache !== undefined) collectors.cache.inc({ result: cache });
      if (outcome.usage !== undefined && cache !== 'hit') {
        for (const type of TOKEN_TYPES) made.tokens[type].inc(outcome.usage[type]);
      }
    },
    countTokens({ path, provider, model }, usage) {
      for (const type of TOKEN_TYPES) collectors.tokens.inc({ path, provider, model, type }, usage[type]);
    },
    observeTokenCountError: (provider, ratio) => collectors.tokenCountError.observe({ provider }, ratio),
    expose: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function createCollectors(registry: Registry) {
  const registers = [registry];
  return {
    routed: new Counter({
      name: 'gateway_routed_total',
      help: 'Requests by the path chosen for them and the reason, counted before dispatch.',
      labelNames: ['path', 'reason'],
      registers,
    }),
    requests: new Counter({
      name: 'gateway_requests_total',
      help: 'Requests by what the client got.',
      labelNames: ['path', 'endpoint', 'provider', 'model', 'stream', 'outcome'],
      registers,
    }),
    duration: new Histogram({
      name: 'gateway_request_duration_seconds',
      help: 'From the first byte received to the last sent.',
      labelNames: ['path', 'endpoint', 'provider', 'stream'],
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    firstToken: new Histogram({
      name: 'gateway_time_to_first_token_seconds',
      help: 'From the request to the first generated token of a stream.',
      labelNames: ['path', 'provider'],
      buckets: LATENCY_BUCKETS,
      registers,
    }),
    overhead: new Histogram({
      name: 'gateway_overhead_seconds',
      help: 'Time spent in this process until the first byte went out, the upstream left out.',
      labelNames: ['path'],
      buckets: OVERHEAD_BUCKETS,
      registers,
    }),
    tokens: new Counter({
      name: 'gateway_tokens_total',
      help: 'Tokens as the provider counted them; cached are part of prompt, reasoning of completion.',
      labelNames: ['path', 'provider', 'model', 'type'],
      registers,
    }),
    tokenCountError: new Histogram({
      name: 'gateway_token_count_error_ratio',
      help: 'How far a local count of tokens is from what the provider states, as a share of it; of a sample.',
      labelNames: ['provider'],
      buckets: TOKEN_COUNT_ERROR_BUCKETS,
      registers,
    }),
    failovers: new Counter({
      name: 'gateway_failovers_total',
      help: 'Requests that the legacy path served because the new one failed by itself, by the fault.',
      labelNames: ['reason'],
      registers,
    }),
    cache: new Counter({
      name: 'gateway_cache_total',
      help: 'Requests by what the response cache did.',
      labelNames: ['result'],
      registers,
    }),
  };
}

function createSeries(collectors: Collectors, labels: CallLabels) {
  const { path, endpoint, provider, model } = labels;
  const stream = String(labels.stream);
  const outcomes = OUTCOME_KINDS.map((outcome) => {
    const counter = collectors.requests.labels({ path, endpoint, provider, model, stream, outcome });
    counter.inc(0);
    return [outcome, counter] as const;
  });
  const tokens = TOKEN_TYPES.map((type) => {
    const counter = collectors.tokens.labels({ path, provider, model, type });
    if (path !== 'none') counter.inc(0);
    return [type, counter] as const;
  });
  return {
    outcomes: Object.fromEntries(outcomes) as Record<(typeof OUTCOME_KINDS)[number], Counter.Internal>,
    tokens: Object.fromEntries(tokens) as Record<(typeof TOKEN_TYPES)[number], Counter.Internal>,
    duration: collectors.duration.labels({ path, endpoint, provider, stream }),
    firstToken: collectors.firstToken.labels({ path, provider }),
    overhead: collectors.overhead.labels({ path }),
  };
}

type CallSeries = ReturnType<typeof createSeries>;

/** The faults of the new path itself: whatever is unexpected there is this one. */
const FAILOVER_REASONS: readonly ErrorCode[] = ['internal_error'];

function prepareRouted({ routed, cache, failovers }: Collectors): void {
  for (const reason of FAILOVER_REASONS) failovers.inc({ reason }, 0);
  for (const path of PATH_NAMES) for (const reason of ROUTE_REASONS) routed.inc({ path, reason }, 0);
  for (const result of ['hit', 'miss', 'bypass']) cache.inc({ result }, 0);
}

function createGauges(registry: Registry, sources: GaugeSources): void {
  const gauges: readonly (readonly [string, string, () => number])[] = [
    [
      'gateway_rollout_enrolled_percent',
      'Percentage of keys that the rollout flag enrols.',
      () => sources.enrolledPercent(),
    ],
    [
      'gateway_rollout_arm_share',
      "Share of an enrolled key's requests that take the new path.",
      () => sources.armShare(),
    ],
    [
      'gateway_use_litellm',
      '1 where USE_LITELLM allows the new path at all.',
      () => Number(sources.useLitellm()),
    ],
    [
      'gateway_flag_snapshot_age_seconds',
      'Seconds since the flag definitions were last confirmed.',
      () => sources.snapshotAgeSeconds(),
    ],
    [
      'gateway_path_breaker_open',
      '1 while the new path is not trusted, as it has failed by itself in this process.',
      () => Number(sources.isBreakerOpen()),
    ],
    [
      'gateway_migration_phase',
      '0 legacy, 1 canary, 2 all litellm, 3 legacy retired.',
      () => migrationPhase(sources),
    ],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}

function migrationPhase(sources: GaugeSources): number {
  if (!sources.useLitellm() || (sources.enrolledPercent() === 0 && !sources.hasNamedKeys())) return 0;
  return sources.enrolledPercent() === 100 && sources.armShare() === 1 ? 2 : 1;
}
