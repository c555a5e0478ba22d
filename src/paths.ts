import { createLegacyOperations, createLegacyPath, type LegacyPathDependencies } from '../legacy/index.ts';
import type { ProviderCall } from './core/provider-call.ts';
import type { RequestPath } from './core/request-path.ts';
import type { RequestPaths } from './core/request-paths.ts';
import { createConversations, type DrawSubject } from './rollout/conversations.ts';
import { decidePath, type PathChoice, type PathQuestion, type PathSignals } from './rollout/decide-path.ts';
import { explainPath } from './rollout/explain-path.ts';
import { createLocalBreaker, type LocalBreakerDependencies } from './rollout/local-breaker.ts';
import { mayFailOver } from './rollout/may-fail-over.ts';
import type { PlanScope } from './rollout/plan/release-plan.ts';
import type { ArmRecorder } from './rollout/recording/arm-recorder.ts';
import { WatchedPath } from './rollout/watched-path.ts';
import type { AdminDependencies } from './routes/admin/admin-dependencies.ts';
import { type AdminActor, type AdminOperation, defineOperation } from './routes/admin/admin-operation.ts';
import { makeChange } from './routes/admin/make-change.ts';

export interface PathsDependencies {
  readonly litellm: RequestPath;
  readonly signals: Omit<PathSignals, 'isBreakerOpen'>;
  /** What the release plan in force moves, where there is one. */
  readonly scope: () => PlanScope | undefined;
  readonly recorder: Pick<ArmRecorder, 'record'>;
  readonly breaker: Omit<LocalBreakerDependencies, 'canLegacyServe'>;
  readonly legacy: LegacyPathDependencies;
}

/** What a client is given when the new path has failed by itself: the arm is charged already. */
const FAILOVER: PathChoice = { decision: { path: 'legacy', reason: 'failover' }, draw: undefined };

/**
 * Both request paths and the choice between them. This file and `paths.one-path.ts`, which takes its place when the
 * legacy path is deleted, are all that knows there are two.
 */
export function createPaths({ litellm, scope, recorder, ...deps }: PathsDependencies): RequestPaths {
  const legacy = createLegacyPath(deps.legacy);
  const isLegacyUp = () => legacy.state().status === 'up';
  const breaker = createLocalBreaker({ ...deps.breaker, canLegacyServe: isLegacyUp });
  const signals: PathSignals = { ...deps.signals, isBreakerOpen: breaker.isOpen };
  const watchers = { breaker, recorder, conversations: createConversations() };
  const questionOf = (call: ProviderCall, { drawId }: DrawSubject): PathQuestion => ({
    keyId: call.key.id,
    providerId: call.provider.id,
    model: call.model,
    endpoint: call.endpoint,
    drawId,
    override: call.key.path,
    supported: litellm.supports(call),
  });
  const take = (choice: PathChoice, call: ProviderCall, subject: DrawSubject) =>
    new WatchedPath(choice.decision.path === 'litellm' ? litellm : legacy, choice, call, subject, watchers);
  return {
    select(call) {
      const subject = watchers.conversations.subjectOf(call);
      return take(decidePath(questionOf(call, subject), signals), call, subject);
    },
    failover(call, { decision }, error) {
      if (!mayFailOver(decision, error) || !isLegacyUp()) return undefined;
      return take(FAILOVER, call, watchers.conversations.subjectOf(call));
    },
    explain(call) {
      return explainPath(questionOf(call, watchers.conversations.subjectOf(call)), signals, scope());
    },
    isBreakerOpen: breaker.isTripped,
    refresh: () => legacy.refresh(),
    start: () => legacy.start(),
    whenStarted: () => legacy.whenStarted(),
    states: () => [...legacy.states(), { name: 'breaker', status: breaker.isTripped() ? 'down' : 'up' }],
    canServe: () => isLegacyUp() || (signals.useLitellm && !signals.isKilled()),
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
