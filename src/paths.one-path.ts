import { GatewayError } from './core/gateway-error.ts';
import type { RequestPath } from './core/request-path.ts';
import type { RequestPaths } from './core/request-paths.ts';
import type { PathSignals } from './rollout/decide-path.ts';
import type { AdminOperation } from './routes/admin/admin-operation.ts';

export interface PathsDependencies {
  readonly litellm: RequestPath;
  /** The two-path choice asks these; with one path there is nothing to choose. */
  readonly signals: PathSignals;
  readonly legacy: unknown;
}

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
      return { path: litellm, decision: { path: 'litellm', reason: 'legacy_retired' } };
    },
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
