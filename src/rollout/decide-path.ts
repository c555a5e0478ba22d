import type { PathOverride } from '../core/catalog.ts';
import type { RouteDecision } from '../core/route-decision.ts';
import type { ArmDraw, EnrolmentQuestion } from './rollout.ts';

/** What the decision for one request needs to know. */
export interface PathQuestion extends EnrolmentQuestion {
  /** What the coin of the arm is thrown for. */
  readonly drawId: string;
  readonly override: PathOverride;
  /** Whether the new path can carry the request at all. */
  readonly supported: boolean;
}

/** What the decision asks, each answer from memory. */
export interface PathSignals {
  /** `USE_LITELLM`. */
  readonly useLitellm: boolean;
  isKilled(): boolean;
  /** Whether the new path has just failed too often by itself. */
  isBreakerOpen(): boolean;
  /** Undefined while the flags have never been loaded. */
  isEnrolled(request: EnrolmentQuestion): boolean | undefined;
  drawArm(drawId: string, keyId: string): ArmDraw;
}

/** A decision, with the draw that it came of where an arm was drawn. */
export interface PathChoice {
  readonly decision: RouteDecision;
  readonly draw: ArmDraw | undefined;
}

/**
 * Chooses the path of one request. The order is fixed: what forbids the new path comes before what allows it, and
 * whatever is not known means legacy.
 */
export function decidePath(question: PathQuestion, signals: PathSignals): PathChoice {
  if (!signals.useLitellm) return USE_LITELLM_OFF;
  if (signals.isKilled()) return KILL_SWITCH;
  if (!question.supported) return UNSUPPORTED;
  if (question.override !== 'auto') return question.override === 'litellm' ? PINNED_LITELLM : PINNED_LEGACY;
  if (signals.isBreakerOpen()) return BREAKER_OPEN;
  const enrolled = signals.isEnrolled(question);
  if (enrolled === undefined) return FLAGS_UNAVAILABLE;
  if (!enrolled) return NOT_ENROLLED;
  const draw = signals.drawArm(question.drawId, question.keyId);
  return { decision: draw.isNew ? ENROLLED : CONTROL_ARM, draw };
}

const ENROLLED: RouteDecision = { path: 'litellm', reason: 'enrolled' };
const CONTROL_ARM: RouteDecision = { path: 'legacy', reason: 'control_arm' };

const USE_LITELLM_OFF = undrawn({ path: 'legacy', reason: 'use_litellm_off' });
const KILL_SWITCH = undrawn({ path: 'legacy', reason: 'kill_switch' });
const UNSUPPORTED = undrawn({ path: 'legacy', reason: 'unsupported' });
const PINNED_LITELLM = undrawn({ path: 'litellm', reason: 'key_override' });
const PINNED_LEGACY = undrawn({ path: 'legacy', reason: 'key_override' });
const BREAKER_OPEN = undrawn({ path: 'legacy', reason: 'breaker_open' });
const FLAGS_UNAVAILABLE = undrawn({ path: 'legacy', reason: 'flags_unavailable' });
const NOT_ENROLLED = undrawn({ path: 'legacy', reason: 'not_enrolled' });

function undrawn(decision: RouteDecision): PathChoice {
  return { decision, draw: undefined };
}
