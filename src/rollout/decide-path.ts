import type { PathOverride } from '../core/catalog.ts';
import type { RouteDecision } from '../core/route-decision.ts';

/** What the decision for one request needs to know. */
export interface PathQuestion {
  readonly keyId: string;
  readonly requestId: string;
  readonly override: PathOverride;
  /** Whether the new path can carry the request at all. */
  readonly supported: boolean;
}

/** What the decision asks, each answer from memory. */
export interface PathSignals {
  /** `USE_LITELLM`. */
  readonly useLitellm: boolean;
  isKilled(): boolean;
  /** Undefined while the flags have never been loaded. */
  isEnrolled(keyId: string): boolean | undefined;
  drawsNewArm(requestId: string): boolean;
}

/**
 * Chooses the path of one request. The order is fixed: what forbids the new path comes before what allows it, and
 * whatever is not known means legacy.
 */
export function decidePath(question: PathQuestion, signals: PathSignals): RouteDecision {
  if (!signals.useLitellm) return USE_LITELLM_OFF;
  if (signals.isKilled()) return KILL_SWITCH;
  if (!question.supported) return UNSUPPORTED;
  if (question.override !== 'auto') return question.override === 'litellm' ? PINNED_LITELLM : PINNED_LEGACY;
  const enrolled = signals.isEnrolled(question.keyId);
  if (enrolled === undefined) return FLAGS_UNAVAILABLE;
  if (!enrolled) return NOT_ENROLLED;
  return signals.drawsNewArm(question.requestId) ? ENROLLED : CONTROL_ARM;
}

const USE_LITELLM_OFF: RouteDecision = { path: 'legacy', reason: 'use_litellm_off' };
const KILL_SWITCH: RouteDecision = { path: 'legacy', reason: 'kill_switch' };
const UNSUPPORTED: RouteDecision = { path: 'legacy', reason: 'unsupported' };
const PINNED_LITELLM: RouteDecision = { path: 'litellm', reason: 'key_override' };
const PINNED_LEGACY: RouteDecision = { path: 'legacy', reason: 'key_override' };
const FLAGS_UNAVAILABLE: RouteDecision = { path: 'legacy', reason: 'flags_unavailable' };
const NOT_ENROLLED: RouteDecision = { path: 'legacy', reason: 'not_enrolled' };
const CONTROL_ARM: RouteDecision = { path: 'legacy', reason: 'control_arm' };
const ENROLLED: RouteDecision = { path: 'litellm', reason: 'enrolled' };
