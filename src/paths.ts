import { createLegacyOperations, createLegacyPath, type LegacyPathDependencies } from '../legacy/index.ts';
import type { RequestPath } from './core/request-path.ts';
import type { RequestPaths } from './core/request-paths.ts';
import { decidePath, type PathSignals } from './rollout/decide-path.ts';
import type { AdminDependencies } from './routes/admin/admin-dependencies.ts';
import { type AdminActor, type AdminOperation, defineOperation } from './routes/admin/admin-operation.ts';
import { makeChange } from './routes/admin/make-change.ts';

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
    refresh: () => legacy.refresh(),
    start: () => legacy.start(),
    whenStarted: () => legacy.whenStarted(),
    states: () => legacy.states(),
    canServe: () => legacy.state().status === 'up' || (signals.useLitellm && !signals.isKilled()),
    drain: () => legacy.drain(),
    stop: () => legacy.stop(),
  };
}

/** The operations of the admin API that one of the paths needs for itself. */
export function createPathOperations(
  deps: Pick<AdminDependencies, 'db' | 'cipher' | 'catalogChanged'>,
): readonly AdminOperation[] {
  return createLegacyOperations<AdminActor, AdminOperation>({
    db: deps.db,
    cipher: deps.cipher,
    define: defineOperation,
    change: (actor, work) => makeChange(deps, actor, work),
  });
}
