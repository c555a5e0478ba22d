import { type ErrorCode, toGatewayError } from '../core/gateway-error.ts';
import type { RouteDecision } from '../core/route-decision.ts';

/** Faults of the gateway's own that the other path would meet as well. */
const SAME_EVERYWHERE: ReadonlySet<ErrorCode> = new Set(['upstream_address_refused', 'draining']);

/**
 * Whether the legacy path may serve what the new one failed to: for faults of the path itself only, as what the
 * provider said it would say again, and never where a key is pinned, as its owner asked for this very path.
 */
export function mayFailOver({ path, reason }: RouteDecision, error: unknown): boolean {
  if (path !== 'litellm' || reason === 'key_override') return false;
  const { outcome, code } = toGatewayError(error);
  return outcome === 'gateway_error' && !SAME_EVERYWHERE.has(code);
}
