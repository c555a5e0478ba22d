import { analysisSettings, type StreamModes } from '../../src/rollout/analysis/analysis-settings.ts';
import { emptyCanaryState } from '../../src/rollout/analysis/canary-state.ts';
import type { StratumCounts } from '../../src/rollout/analysis/canary-streams.ts';
import { judgeCanary } from '../../src/rollout/analysis/judge-canary.ts';
import { lookAt } from '../../src/rollout/analysis/look-at.ts';
import { createTraffic, type Effect, type Outage } from '../canary-traffic.ts';
import type { Scenario, ScenarioRow } from '../scenario.ts';

const SETTINGS = analysisSettings.parse({});
/** All that a plan may let roll back, as it would be set up. */
const MODES: StreamModes = {
  any_failure: 'rollback',
  gateway_error: 'rollback',
  upstream_error: 'rollback',
  provider_4xx: 'rollback',
  rate_limited: 'rollback',
  truncated: 'rollback',
  slow_first_token: 'rollback',
};
const LOOK = 50;
const MOST_REQUESTS = 12_000;
/** Of failures, on either path where the new one is as good. */
const BASE_RISK = 0.005;

/** What a rollout of the real analysis comes to on made-up traffic. */
export const canaryScenario: Scenario = {
  name: 'canary',
  summary: 'false rollbacks, and how soon harm is found, over simulated rollouts',
  async run({ quick, tell }) {
    const simulations = quick ? 200 : 2_000;
    const rows: ScenarioRow[] = [];
    for (const simulated of SETTINGS_OF_SIMULATION) {
      const row = simulate(simulated, simulations);
      rows.push(row);
      tell(`${row.name}: ${JSON.stringify(row.figures)}`);
    }
    const method = `${simulations} rollouts of up to ${MOST_REQUESTS} requests each, looked at every ${LOOK}: 60 keys with heavy-tailed traffic and risks of their own, ${BASE_RISK * 100} % failing on average, and where it says so bursts in which 80 % fail; all streams may roll back`;
    return { rows, charted: 'rolled_back', json: { simulations, ...toJson(rows) }, method };
  },
};

interface SimulationSetting {
  readonly name: string;
  readonly share: number;
  readonly effect: Effect;
  readonly bursts: boolean;
  readonly targets?: number;
  readonly outage?: Outage;
}

export const setting = (
  name: string,
  share: number,
  effect: Partial<Effect>,
  more: Partial<Pick<SimulationSetting, 'bursts' | 'targets' | 'outage'>> = {},
): SimulationSetting => ({
  name,
  share,
  effect: { failures: 1, slow: 1, ...effect },
  bursts: false,
  ...more,
});

/** Too mild for a look to show it, and long enough to be most of what fails. */
export const MILD_OUTAGE: Outage = { after: 2_500, requests: 1_500, risk: 0.06 };
/** The same before it is known what is usual. */
const EARLY_OUTAGE: Outage = { ...MILD_OUTAGE, after: 800 };
/** Below what is told from a risk that both paths have. */
const FAINT_OUTAGE: Outage = { after: 2_500, requests: 5_000, risk: 0.012 };

/** What is equal is tried with bursts, which is where a test that is not exact fails. */
const SETTINGS_OF_SIMULATION: readonly SimulationSetting[] = [
  setting('equal, bursts, half', 0.5, {}, { bursts: true }),
  setting('equal, bursts, a tenth', 0.1, {}, { bursts: true }),
  setting('equal, bursts, three targets', 0.5, {}, { bursts: true, targets: 3 }),
  setting('equal, half', 0.5, {}),
  setting('2x failures, outage, half', 0.5, { failures: 2 }, { outage: MILD_OUTAGE }),
  setting('3x failures, outage, half', 0.5, { failures: 3 }, { outage: MILD_OUTAGE }),
  setting('3x failures, early outage, half', 0.5, { failures: 3 }, { outage: EARLY_OUTAGE }),
  setting('2x failures, long faint outage, half', 0.5, { failures: 2 }, { outage: FAINT_OUTAGE }),
  setting('3x failures, long faint outage, half', 0.5, { failures: 3 }, { outage: FAINT_OUTAGE }),
  setting('3x failures, half', 0.5, { failures: 3 }),
  setting('5x failures, half', 0.5, { failures: 5 }),
  setting('5x failures, bursts, half', 0.5, { failures: 5 }, { bursts: true }),
  setting('10x failures, half', 0.5, { failures: 10 }),
  setting('5x failures, a tenth', 0.1, { failures: 5 }),
  setting('1.5x slow, half', 0.5, { slow: 1.5 }),
];

interface Ending {
  readonly isRolledBack: boolean;
  /** Whether it was shown to be safe at any look, and be it that it was rolled back later. */
  readonly isPassed: boolean;
  /** Requests until the end. */
  readonly requests: number;
}

/** What so many rollouts come to. */
export function simulate(simulated: SimulationSetting, simulations: number): ScenarioRow {
  const endings = Array.from({ length: simulations }, (_, index) => endingOf(simulated, index + 1));
  const failed = endings.filter(({ isRolledBack }) => isRolledBack);
  const shareOf = (count: number) => Number((count / simulations).toFixed(4));
  const figures = {
    rolled_back: shareOf(failed.length),
    within_2000: shareOf(failed.filter(({ requests }) => requests <= 2_000).length),
    promoted: shareOf(endings.filter(({ isPassed }) => isPassed).length),
    // Half of all rollouts have found it by then, those that never did among them.
    median_requests: medianOf(endings.map((each) => (each.isRolledBack ? each.requests : MOST_REQUESTS))),
  };
  return { name: simulated.name, figures };
}

/** Looked at until it is rolled back, or the traffic ends. */
function endingOf(simulated: SimulationSetting, seed: number): Ending {
  const traffic = createTraffic({ ...simulated, baseRisk: BASE_RISK, seed });
  let state = emptyCanaryState();
  let isPassed = false;
  for (let requests = LOOK; requests <= MOST_REQUESTS; requests += LOOK) {
    const counts: readonly StratumCounts[] = traffic.next(LOOK);
    state = lookAt(state, counts, MODES, SETTINGS);
    const isPlannedLook = requests === MOST_REQUESTS;
    const { verdict } = judgeCanary(state, MODES, SETTINGS, { minRequests: 1_000, isPlannedLook });
    if (verdict === 'fail') return { isRolledBack: true, isPassed, requests };
    isPassed ||= verdict === 'pass';
  }
  return { isRolledBack: false, isPassed, requests: MOST_REQUESTS };
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor((numbers.length - 1) / 2)] ?? 0;
}

function toJson(rows: readonly ScenarioRow[]): Record<string, unknown> {
  const of = (name: string) => rows.find((row) => row.name === name)?.figures ?? {};
  return {
    false_rollback_rate: of('equal, bursts, half').rolled_back,
    false_rollback_rate_targets: of('equal, bursts, three targets').rolled_back,
    false_rollback_rate_tenth: of('equal, bursts, a tenth').rolled_back,
    detect_5x_rate: of('5x failures, half').within_2000,
    detect_5x_rate_12000: of('5x failures, half').rolled_back,
    detect_5x_median_requests: of('5x failures, half').median_requests,
    detect_10x_median_requests: of('10x failures, half').median_requests,
    settings: Object.fromEntries(rows.map(({ name, figures }) => [name, figures])),
  };
}
