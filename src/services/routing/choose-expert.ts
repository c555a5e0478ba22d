import { GatewayError } from '../../core/gateway-error.ts';
import type { Routable, VirtualRoutable } from '../catalog.ts';
import type { Ask } from '../expert-router/ask-in-time.ts';
import { type ExpertDecision, ExpertRoutingError } from '../expert-router/expert-decision.ts';
import type { ExpertRouter, RoutedRequest } from '../expert-router/expert-router.ts';
import type { ExpertRouting } from '../expert-router/expert-routing-schema.ts';

/** What the choice among experts needs. */
export interface ExpertSources {
  readonly router: ExpertRouter;
  readonly request: RoutedRequest;
  /** Makes the classifier's call. */
  readonly ask: Ask;
  /** What a name stands for; undefined where it is gone or disabled. */
  readonly find: (name: string) => Routable | undefined;
  /** Is told every decision, those that failed among them. */
  readonly onDecision: (
    expertRoutingId: string,
    decision: ExpertDecision | ExpertRoutingError['decision'],
  ) => void;
  /** Tells of the client's leaving. */
  readonly signal: AbortSignal;
}

/**
 * What a name stands for when experts were chosen wherever it leads to some; anything else as it is.
 * Experts whose models are gone or disabled cannot be chosen.
 * @throws GatewayError `expert_routing_failed`, `client_closed_request`
 */
export async function chooseExpert(routable: Routable, sources: ExpertSources): Promise<Routable> {
  let chosen = routable;
  const visited = new Set<string>();
  while (chosen.kind === 'virtual' && chosen.virtual.strategy === 'expert') {
    const { virtual } = chosen;
    if (visited.has(virtual.id)) throw failed('The experts lead in a circle.');
    visited.add(virtual.id);
    const next = sources.find(await decide(chosen, sources));
    // The client did not name it, and must not learn its name.
    if (next === undefined) throw failed('The expert that was chosen is not there any more.');
    chosen = next;
  }
  return chosen;
}

async function decide(
  { virtual, experts }: VirtualRoutable,
  { router, request, ask, find, onDecision, signal }: ExpertSources,
): Promise<string> {
  if (experts === undefined) throw failed('The experts of this model are not set up.');
  try {
    const decision = await router.route(present(experts, find), request, ask, signal);
    onDecision(virtual.id, decision);
    return decision.model;
  } catch (error) {
    if (error instanceof ExpertRoutingError) onDecision(virtual.id, error.decision);
    throw error;
  }
}

/** The configuration without those of its models that are gone or disabled. */
function present(
  { classifier, experts, fallback }: ExpertRouting,
  find: ExpertSources['find'],
): ExpertRouting {
  const isThere = ({ model }: { readonly model: string }) => find(model) !== undefined;
  const there = { classifier, experts: experts.filter(isThere) };
  return fallback !== undefined && isThere(fallback) ? { ...there, fallback } : there;
}

function failed(message: string): GatewayError {
  return new GatewayError('expert_routing_failed', message);
}
