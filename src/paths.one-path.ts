import { GatewayError } from './core/gateway-error.ts';
import type { RequestPath } from './core/request-path.ts';
import type { CallWatch, RequestPaths } from './core/request-paths.ts';
import type { RouteDecision } from './core/route-decision.ts';
import type { PathSignals } from './rollout/decide-path.ts';
import type { LocalBreakerDependencies } from './rollout/local-breaker.ts';
import type { AdminOperation } from './routes/admin/admin-operation.ts';

export interface PathsDependencies {
  readonly litellm: RequestPath;
  /** The two-path choice asks these and is watched by those; with one path there is nothing to choose. */
  readonly signals: Omit<PathSignals, 'isBreakerOpen'>;
  readonly scope: unknown;
  readonly recorder: unknown;
  readonly breaker: Omit<LocalBreakerDependencies, 'canLegacyServe'>;
  readonly legacy: unknown;
}

const RETIRED: RouteDecision = { path: 'litellm', reason: 'legacy_retired' };

/** Nothing is made of what becomes of a request, where it could not have become of it elsewhere. */
const UNWATCHED: CallWatch = { attemptFailed() {}, ended() {}, dropped() {} };

/** The new path alone: what `paths.ts` becomes in the commit that deletes `legacy/`. */
export function createPaths({ litellm }: PathsDependencies): RequestPaths {
  return {
    select(call) {
      if (!litellm.supports(call)) {
        throw new GatewayError(
          'legacy_retired',
          'This was served by the legacy path, which has been retired.',
        );
      }
      return { path: litellm, decision: RETIRED, watch: () => UNWATCHED };
    },
    failover: () => undefined,
    explain: () => ({
      decision: RETIRED,
      steps: [{ step: 'legacy_retired', finding: 'The new path carries all requests.', decides: true }],
      newShare: undefined,
    }),
    isBreakerOpen: () => false,
    refresh: async () => {},
    start: () => {},
    whenStarted: async () => {},
    states: () => [],
    canServe: () => true,
    drain: () => {},
    stop: async () => {},
  };
}

/** The operations of the admin API that one of the paths needs for itself: the new one needs none. */
export function createPathOperations(_deps: unknown): readonly AdminOperation[] {
  return [];
}
