import type { VirtualKey } from '../../../core/catalog.ts';
import { type ErrorBody, GatewayError } from '../../../core/gateway-error.ts';
import type { RequestPaths } from '../../../core/request-paths.ts';
import type { RouteDecision, RouteStep } from '../../../core/route-decision.ts';
import type { Catalog, Routable, VirtualRoutable } from '../../../services/catalog.ts';
import type { CircuitBreaker, CircuitState } from '../../../services/routing/circuit-breaker.ts';
import { type PlannedTarget, planTargets } from '../../../services/routing/plan-targets.ts';
import { circuitOf } from '../../../services/routing/walk-targets.ts';
import { requireUsable } from '../../proxy/authenticate.ts';
import type { EndpointRoute } from '../../proxy/endpoints.ts';
import { buildCall } from '../../proxy/provider-config-builder.ts';

/** What a request is explained by: what the gateway would carry it by. */
export interface ExplainDependencies {
  readonly catalog: Catalog;
  readonly paths: Pick<RequestPaths, 'explain'>;
  readonly breaker: Pick<CircuitBreaker, 'stateOf'>;
}

/** A path that requests would take, why, and how many of them: 0 to 1. */
export type ExplainedPath = RouteDecision & { readonly share: number };

/** A model that a request would be carried to. */
export interface ExplainedTarget {
  readonly model: string;
  readonly provider: string;
  readonly modelIdentifier: string;
  readonly breaker: CircuitState;
  readonly paths: readonly ExplainedPath[];
  /** What was asked for the decision, in its order, and what each said. */
  readonly steps: readonly RouteStep[];
}

/** What would become of a key's request for a model. */
export interface Explanation {
  /** What the client would be told; undefined where the request would be carried. */
  readonly refusal: (ErrorBody['error'] & { readonly status: number }) | undefined;
  /** How the targets are chosen; undefined where the name is a model's own. */
  readonly strategy: VirtualRoutable['virtual']['strategy'] | undefined;
  /** In the order in which they are asked; those of a `loadbalance` by weight. */
  readonly targets: readonly ExplainedTarget[];
  /** Where experts are chosen: what each stands for. */
  readonly experts: readonly { readonly category: string; readonly targets: readonly ExplainedTarget[] }[];
}

const NOWHERE = { strategy: undefined, targets: [], experts: [] };

/** Says what would become of a request, by the very steps that carry one; nothing is sent anywhere. */
export function explainRequest(
  key: VirtualKey,
  requested: string,
  route: EndpointRoute,
  deps: ExplainDependencies,
): Explanation {
  try {
    requireUsable(key, Date.now());
    return { refusal: undefined, ...explainRoutable(deps.catalog.resolve(key, requested), key, route, deps) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { refusal: { status: error.status, ...error.toBody().error }, ...NOWHERE };
  }
}

function explainRoutable(
  routable: Routable,
  key: VirtualKey,
  route: EndpointRoute,
  deps: ExplainDependencies,
): Omit<Explanation, 'refusal'> {
  const toTargets = (chosen: Routable | undefined) =>
    chosen === undefined
      ? []
      : inOrder(chosen, deps.catalog).map((target) => explainTarget(target, key, route, deps));
  if (routable.kind === 'model') return { ...NOWHERE, targets: toTargets(routable) };
  const { virtual, experts } = routable;
  const fallback =
    experts?.fallback === undefined ? [] : [{ category: 'fallback', model: experts.fallback.model }];
  const chosen = virtual.strategy === 'expert' ? [...(experts?.experts ?? []), ...fallback] : [];
  return {
    strategy: virtual.strategy,
    targets: toTargets(routable),
    experts: chosen.map(({ category, model }) => ({
      category,
      targets: toTargets(deps.catalog.find(model)),
    })),
  };
}

/** Every number being the same, a draw is decided by the weights alone. */
function inOrder(routable: Routable, { find }: Catalog): readonly PlannedTarget[] {
  return planTargets(routable, { find, session: undefined, random: () => 0.5 });
}

function explainTarget(
  target: PlannedTarget,
  key: VirtualKey,
  route: EndpointRoute,
  { paths, breaker }: ExplainDependencies,
): ExplainedTarget {
  const body = { model: target.model.name };
  const ids = { requestId: 'explained', drawId: 'explained' };
  const call = buildCall({ ...ids, route, key, resolved: target, body, headers: {} });
  const { decision, newShare, steps } = paths.explain(call);
  return {
    model: target.model.name,
    provider: target.provider.id,
    modelIdentifier: target.model.modelIdentifier,
    breaker: breaker.stateOf(circuitOf(target)),
    paths: inShares(decision, newShare),
    steps,
  };
}

/** An enrolled key's requests are drawn one by one: any single one would show one arm only. */
function inShares(decision: RouteDecision, newShare: number | undefined): readonly ExplainedPath[] {
  if (newShare === undefined || newShare >= 1 || newShare <= 0) return [{ ...decision, share: 1 }];
  return [
    { path: 'litellm', reason: 'enrolled', share: newShare },
    { path: 'legacy', reason: 'control_arm', share: 1 - newShare },
  ];
}
