import { createLegacyPath, type LegacyPathDependencies } from '../legacy/index.ts';
import type { RequestPath } from './core/request-path.ts';
import type { RequestPaths } from './core/request-paths.ts';
import { decidePath, type PathSignals } from './rollout/decide-path.ts';

export interface PathsDependencies {
  readonly litellm: RequestPath;
  readonly signals: PathSignals;
  readonly legacy: LegacyPathDependencies;
}

/**
 * Both request paths and the choice between them. This file and `paths.one-path.ts`, which takes its place when the
 * legacy path is deleted, are all that knows there are two.
 */
export function createPaths({ litellm, signals, legacy: legacyDeps }: PathsDependencies): RequestPaths {
  const legacy = createLegacyPath(legacyDeps);
  return {
    select(call) {
      const question = {
        keyId: call.key.id,
        requestId: call.requestId,
        override: call.key.path,
        supported: litellm.supports(call),
      };
      const decision = decidePath(question, signals);
      return { path: decision.path === 'litellm' ? litellm : legacy, decision };
    },
    start: () => legacy.start(),
    whenStarted: () => legacy.whenStarted(),
    states: () => [legacy.state()],
    canServe: () => legacy.state().status === 'up' || (signals.useLitellm && !signals.isKilled()),
    drain: () => legacy.drain(),
    stop: () => legacy.stop(),
  };
}
