import { Gauge, type Registry } from 'prom-client';
import { CANARY_STREAMS } from '../rollout/analysis/canary-streams.ts';
import { RUN_STATES } from '../rollout/release/release-run.ts';
import type { ReleaseView } from '../rollout/release/release-view.ts';

const VERDICTS = { fail: -1, inconclusive: 0, pass: 1 } as const;
/** All streams together. */
const ALL = 'all';

/** Makes the gauges of the release plan; each has all of its series, at 0 where there is nothing to say. */
export function createReleaseGauges(registry: Registry, view: () => ReleaseView | undefined): void {
  createVerdictGauges(registry, view);
  createRunGauges(registry, view);
}

function createVerdictGauges(registry: Registry, view: () => ReleaseView | undefined): void {
  const perMetric = (name: string, help: string, read: (metric: string, view: ReleaseView) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['metric'],
      registers: [registry],
      collect() {
        const now = view();
        for (const metric of [...CANARY_STREAMS, ALL]) {
          this.set({ metric }, now === undefined ? 0 : read(metric, now));
        }
      },
    });
  const streamOf = (metric: string, { verdict }: ReleaseView) =>
    verdict.canary.streams.find(({ stream }) => stream === metric);
  perMetric('gateway_canary_verdict', '-1 fail, 0 inconclusive, 1 pass.', (metric, now) => {
    const { verdict } = now.verdict.canary;
    const stream = streamOf(metric, now);
    // What fails a run is a stream that may, and that has something against it.
    const isGuilty = stream === undefined || (stream.mode === 'rollback' && stream.logE > 0);
    return verdict === 'fail' && !isGuilty ? 0 : VERDICTS[verdict];
  });
  perMetric(
    'gateway_canary_log_e_value',
    'Natural logarithm of the e-value of harm; of all streams that may roll back, the most that it ever was.',
    (metric, now) => streamOf(metric, now)?.logE ?? now.verdict.canary.maxLogE,
  );
  perMetric(
    'gateway_canary_risk_difference',
    'How much more often requests are bad on the new path, a share of requests, stratum by stratum.',
    (metric, now) => streamOf(metric === ALL ? 'any_failure' : metric, now)?.difference ?? 0,
  );
}

function createRunGauges(registry: Registry, view: () => ReleaseView | undefined): void {
  const gauge = (name: string, help: string, read: (view: ReleaseView) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const now = view();
        this.set(now === undefined ? 0 : read(now));
      },
    });
  gauge(
    'gateway_release_step',
    'Which step the plan is at, from 1; 0 without a plan.',
    ({ stored }) => stored.run.stepIndex + 1,
  );
  gauge('gateway_release_seconds_in_state', 'How long the run has been in its state.', ({ stored }) =>
    Math.max(0, (Date.now() - stored.run.stateSince) / 1000),
  );
  gauge(
    'gateway_canary_effective_share',
    'Share of the compared requests that took the new path.',
    ({ verdict }) => {
      const { candidate, control } = verdict.canary.requests;
      return candidate + control === 0 ? 0 : candidate / (candidate + control);
    },
  );
  new Gauge({
    name: 'gateway_release_state',
    help: '1 for the state that the latest run is in.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const now = view()?.stored.run.state;
      for (const state of RUN_STATES) this.set({ state }, Number(state === now));
    },
  });
}
