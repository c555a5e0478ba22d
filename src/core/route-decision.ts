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
