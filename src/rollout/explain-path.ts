import type { RouteExplanation, RouteReason, RouteStep, RouteStepName } from '../core/route-decision.ts';
import { decidePath, type PathQuestion, type PathSignals } from './decide-path.ts';
import type { PlanScope } from './plan/release-plan.ts';
import { createScopeCheck } from './scope-check.ts';

/** The steps in their order, each with what is found where it does not settle the path. */
const PASSED: readonly (readonly [RouteStepName, string])[] = [
  ['use_litellm', 'USE_LITELLM allows the new path.'],
  ['kill_switch', 'The kill switch is not engaged.'],
  ['support', 'The new path serves this endpoint at this provider.'],
  ['key_override', 'The key is pinned to no path.'],
  ['breaker', 'The new path is not shut in this process.'],
  ['flags', 'The flags are known.'],
  ['scope', 'What the release plan moves includes the request.'],
  ['enrolment', 'The key is enrolled.'],
];

/** Where each reason is found; a `failover` comes about when a request was sent, and no decision has it. */
const DECIDING: Readonly<Record<Exclude<RouteReason, 'failover'>, readonly [RouteStepName, string]>> = {
  legacy_retired: ['legacy_retired', 'The legacy path is retired: the new one carries all.'],
  use_litellm_off: ['use_litellm', 'USE_LITELLM is false: all goes to legacy, whatever else is said.'],
  kill_switch: ['kill_switch', 'The kill switch is engaged.'],
  unsupported: ['support', 'The new path does not serve this endpoint at this provider.'],
  key_override: ['key_override', 'The key is pinned to this path.'],
  breaker_open: ['breaker', 'The new path has failed by itself in this process, and is shut for a while.'],
  flags_unavailable: ['flags', 'The flags have never been loaded.'],
  not_enrolled: ['enrolment', 'The key is not enrolled.'],
  enrolled: ['arm', 'The new path was drawn.'],
  control_arm: ['arm', 'The legacy path was drawn.'],
};

const OUT_OF_SCOPE = ['scope', 'The release plan moves other providers, models or endpoints.'] as const;

/**
 * Says how the decision comes about, by making it; nothing else comes of it.
 * @param scope of the release plan in force, where there is one
 */
export function explainPath(
  question: PathQuestion,
  signals: PathSignals,
  scope: PlanScope | undefined,
): RouteExplanation {
  const { decision, draw } = decidePath(question, signals);
  const isOutOfScope =
    decision.reason === 'not_enrolled' && scope !== undefined && !createScopeCheck(scope)(question);
  const [last, found] = isOutOfScope ? OUT_OF_SCOPE : decidingStep(decision.reason);
  const isDrawnEachTime = draw !== undefined && draw.rules?.armUnit !== 'key';
  const finding = draw === undefined ? found : armFinding(draw.share, isDrawnEachTime, found);
  return {
    decision,
    steps: [...passedBefore(last), { step: last, finding, decides: true }],
    newShare: isDrawnEachTime ? draw.share : undefined,
  };
}

function decidingStep(reason: RouteReason): readonly [RouteStepName, string] {
  return DECIDING[reason === 'failover' ? 'enrolled' : reason];
}

function passedBefore(last: RouteStepName): readonly RouteStep[] {
  const end = PASSED.findIndex(([step]) => step === last);
  return PASSED.slice(0, end === -1 ? PASSED.length : end).map(([step, finding]) => ({
    step,
    finding,
    decides: false,
  }));
}

function armFinding(share: number, isDrawnEachTime: boolean, found: string): string {
  if (isDrawnEachTime) return `Each request is drawn: ${share} of them take the new path.`;
  return `The key is drawn once for all its requests, at ${share}. ${found}`;
}
