/** The two ways to reach a provider. */
export const PATH_NAMES = ['legacy', 'litellm'] as const;
export type PathName = (typeof PATH_NAMES)[number];

/** Why a path was chosen: the values of `x-gateway-reason`. */
export const ROUTE_REASONS = [
  'use_litellm_off',
  'kill_switch',
  'key_override',
  'not_enrolled',
  'enrolled',
  'control_arm',
  'unsupported',
  'breaker_open',
  'failover',
  'flags_unavailable',
  'legacy_retired',
] as const;
export type RouteReason = (typeof ROUTE_REASONS)[number];

export interface RouteDecision {
  readonly path: PathName;
  readonly reason: RouteReason;
}

/** What is asked for a decision, in this order. */
export type RouteStepName =
  | 'legacy_retired'
  | 'use_litellm'
  | 'kill_switch'
  | 'support'
  | 'key_override'
  | 'breaker'
  | 'flags'
  | 'scope'
  | 'enrolment'
  | 'arm';

/** One step towards a decision. */
export interface RouteStep {
  readonly step: RouteStepName;
  /** For people. */
  readonly finding: string;
  /** Whether it settles the path: it is the last one then. */
  readonly decides: boolean;
}

/** How a decision comes about. */
export interface RouteExplanation {
  readonly decision: RouteDecision;
  readonly steps: readonly RouteStep[];
  /** The share, 0 to 1, of such requests that take the new path; undefined where no coin is thrown for each of them. */
  readonly newShare: number | undefined;
}
