/** Where requests for a model may go, as far as a virtual model decides it. */
export interface ModelRoute {
  readonly strategy: 'fallback' | 'loadbalance' | 'expert';
  /** Names of models, real or virtual. */
  readonly targets: readonly string[];
}

/**
 * Whether requests for a model may be routed to experts, by itself or by a virtual model behind it. Such a model
 * cannot be a classifier: its own call would have to be classified first, perhaps by itself.
 * @param routeOf the route of a virtual model; undefined for a real or unknown one
 */
export function leadsToExperts(model: string, routeOf: (model: string) => ModelRoute | undefined): boolean {
  const seen = new Set([model]);
  // A set gives what is added to it while it is walked.
  for (const name of seen) {
    const route = routeOf(name);
    if (route?.strategy === 'expert') return true;
    for (const target of route?.targets ?? []) seen.add(target);
  }
  return false;
}
