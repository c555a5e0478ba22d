import { GatewayError } from '../../core/gateway-error.ts';
import { type Exposure, exposureOf, type KeyTraffic } from '../plan/exposure.ts';
import type { PlanScope, ReleasePlan } from '../plan/release-plan.ts';
import type { ReleaseDecision } from './release-decision.ts';
import type { ReleaseRun } from './release-run.ts';

/** What there is to be known of the traffic before a step begins. */
export interface TrafficFacts {
  /** Each key's share of what the scope had lately; empty where there was nothing. */
  keyShares(scope: PlanScope): Promise<readonly KeyTraffic[]>;
  /**
   * The legacy path's 95th percentile of the time to the first token, lately and within the scope, in milliseconds;
   * undefined where there were too few streams to say.
   */
  legacyFirstTokenP95(scope: PlanScope): Promise<number | undefined>;
  /** The id of the virtual key of that name or id; undefined where there is none. */
  keyId(nameOrId: string): string | undefined;
}

/**
 * How much of the traffic a step exposes, as it is now.
 * @throws GatewayError `conflict` where a key that it names is not there any more
 */
export async function stepExposure(
  plan: ReleasePlan,
  stepIndex: number,
  reached: ReleaseRun['exposure'],
  facts: TrafficFacts,
): Promise<Exposure> {
  const step = plan.steps[stepIndex];
  if (step === undefined) throw new GatewayError('conflict', 'The plan has no further step.');
  const names = 'keys' in step ? (step.keys ?? []) : [];
  return exposureOf(step, plan, {
    namedKeys: names.map((name) => requireKey(name, facts)),
    keyShares: names.length > 0 ? [] : await facts.keyShares(plan.scope),
    reached: reached ?? { enrolledPercent: 0, namedKeys: [] },
  });
}

/** What changes of the rollout where a step begins. */
export function changeForStep(
  run: Pick<ReleaseRun, 'id' | 'slow'>,
  plan: ReleasePlan,
  stepId: string,
  exposure: Exposure,
): NonNullable<ReleaseDecision['change']> {
  return {
    enrolledPercent: exposure.enrolledPercent,
    namedKeys: [...exposure.namedKeys],
    armShare: exposure.armShare,
    rules: {
      runId: run.id,
      stepId,
      scope: plan.scope,
      armUnit: plan.analysis.arm_unit,
      slow: run.slow,
      isRecorded: true,
    },
  };
}

/** What brings back what the run has, where something later may be in force, or on its way. */
export function changeToStay(
  run: Pick<ReleaseRun, 'id' | 'slow' | 'stepId' | 'exposure'>,
  plan: ReleasePlan,
): NonNullable<ReleaseDecision['change']> {
  if (run.exposure === null) return changeForRollback(run, plan);
  return changeForStep(run, plan, run.stepId, run.exposure);
}

/** What changes where everybody goes back. */
export function changeForRollback(
  run: Pick<ReleaseRun, 'id' | 'slow' | 'stepId' | 'exposure'>,
  plan: ReleasePlan,
): NonNullable<ReleaseDecision['change']> {
  const armShare = run.exposure?.armShare ?? plan.analysis.arm_share;
  const change = changeForStep(run, plan, run.stepId, { enrolledPercent: 0, namedKeys: [], armShare });
  return { ...change, rules: { ...change.rules, isRecorded: false } };
}

function requireKey(name: string, { keyId }: TrafficFacts): string {
  const id = keyId(name);
  if (id === undefined) throw new GatewayError('conflict', `There is no virtual key "${name}".`);
  return id;
}
