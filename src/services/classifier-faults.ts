import type { VirtualModel } from '../core/catalog.ts';
import { isJsonObject } from '../core/json.ts';
import { leadsToExperts } from './expert-router/leads-to-experts.ts';

/**
 * Virtual models whose classifier would itself have to be classified, as it is routed to experts.
 * @returns a line each, naming the model; none where all is well
 */
export function classifierFaults(virtual: readonly VirtualModel[]): string[] {
  const byName = new Map(virtual.map((model) => [model.name, model]));
  const routeOf = (name: string) => {
    const model = byName.get(name);
    if (model === undefined) return undefined;
    return { strategy: model.strategy, targets: model.targets.map((target) => target.model) };
  };
  return virtual.flatMap(({ name, expertRouting }) => {
    const classifier = isJsonObject(expertRouting?.classifier) ? expertRouting.classifier.model : undefined;
    if (typeof classifier !== 'string' || !leadsToExperts(classifier, routeOf)) return [];
    return [`${name}: its classifier "${classifier}" is itself routed to experts`];
  });
}
