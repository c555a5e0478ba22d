import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createReleaseBench, HOUR } from '../../../test/support/release-bench.ts';
import { CANARY_STREAMS } from '../../rollout/analysis/canary-streams.ts';
import type { ReleaseView } from '../../rollout/release/release-view.ts';
import { createReleaseGauges } from '../release-gauges.ts';

const PLAN =
  'plan: p\nanalysis: {ceiling: 0.02}\nsteps: [{id: named, keys: [own], bake: 1h, min_requests: 100}, {id: final}]';

async function valuesOf(view: () => ReleaseView | undefined): Promise<ReadonlyMap<string, number>> {
  const registry = new Registry();
  createReleaseGauges(registry, view);
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('gateway_'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function started() {
  const bench = await createReleaseBench();
  await bench.control.addPlan(PLAN, 'olga');
  await bench.control.start('p', { actor: 'olga', reason: 'a test' });
  return { ...bench, values: () => valuesOf(bench.controller.view) };
}

describe('the gauges of a release', () => {
  it('are all there at 0 without a plan', async () => {
    const values = await valuesOf(() => undefined);
    for (const name of ['verdict', 'log_e_value', 'risk_difference']) {
      for (const metric of [...CANARY_STREAMS, 'all']) {
        expect(values.get(`gateway_canary_${name}{metric="${metric}"}`)).toBe(0);
      }
    }
    expect(values.get('gateway_release_step')).toBe(0);
    expect(values.get('gateway_release_state{state="running"}')).toBe(0);
  });

  it('say 0 while nothing is known, 1 for a pass and -1 for a failure of what is guilty', async () => {
    const { feed, look, values } = await started();
    expect((await values()).get('gateway_canary_verdict{metric="all"}')).toBe(0);
    await feed({ requests: { candidate: 300, control: 300 } });
    await look();
    expect((await values()).get('gateway_release_state{state="running"}')).toBe(1);
    expect((await values()).get('gateway_release_step')).toBe(1);
    await feed({
      requests: { candidate: 200, control: 200 },
      bad: { any_failure: { candidate: 40, control: 0 } },
    });
    await look();
    const failed = await values();
    expect(failed.get('gateway_canary_verdict{metric="all"}')).toBe(-1);
    expect(failed.get('gateway_canary_verdict{metric="any_failure"}')).toBe(-1);
    expect(failed.get('gateway_canary_verdict{metric="truncated"}')).toBe(0);
    expect(failed.get('gateway_canary_log_e_value{metric="all"}')).toBeGreaterThan(3);
    expect(failed.get('gateway_canary_risk_difference{metric="all"}')).toBeCloseTo(40 / 500);
    expect(failed.get('gateway_canary_effective_share')).toBeCloseTo(0.5);
    expect(failed.get('gateway_release_state{state="rolled_back"}')).toBe(1);
    expect(failed.get('gateway_release_state{state="running"}')).toBe(0);
  });

  it('know how long a run has been in its state', async () => {
    const { clock, controller, values } = await started();
    clock.now = Date.now() + HOUR;
    await controller.look();
    expect((await values()).get('gateway_release_seconds_in_state')).toBeGreaterThanOrEqual(0);
  });
});
