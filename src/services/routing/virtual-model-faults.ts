import type { Model, VirtualModel } from '../../core/catalog.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';

/**
 * What is wrong with the virtual models, taken together: names that another model has as well, targets that lead
 * nowhere, stand twice or choose among experts, and models that lead back to themselves.
 * @returns a line each, naming the model; none where all is well
 */
export function virtualModelFaults(models: readonly Model[], virtual: readonly VirtualModel[]): string[] {
  const taken = repeated([...models, ...virtual].map(({ name }) => name));
  const known = new Set([...models, ...virtual].map(({ name }) => name));
  const byName = new Map(virtual.map((each) => [each.name, each]));
  return virtual.flatMap((each) => [
    ...(taken.has(each.name) ? [`${each.name}: there is another model of that name`] : []),
    ...namesIn(each)
      .filter((name) => !known.has(name))
      .map((name) => `${each.name}: there is no model "${name}"`),
    ...targetFaults(each, byName).map((fault) => `${each.name}: ${fault}`),
    ...(leadsTo(each, each.name, byName, new Set()) ? [`${each.name}: leads back to itself`] : []),
  ]);
}

/** An expert is chosen before targets are, by a call of its own: no target can wait for that. */
function targetFaults({ targets }: VirtualModel, byName: ReadonlyMap<string, VirtualModel>): string[] {
  const names = targets.map(({ model }) => model);
  return [
    ...[...repeated(names)].map((name) => `its target "${name}" stands twice`),
    ...names
      .filter((name) => byName.get(name)?.strategy === 'expert')
      .map((name) => `its target "${name}" chooses among experts, which only experts can lead to`),
  ];
}

function repeated(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(names.filter((name) => seen.size === seen.add(name).size));
}

/** The names of the models that a virtual one stands for, its classifier's among them. */
export function namesIn({ targets, expertRouting }: VirtualModel): readonly string[] {
  const { classifier, experts, fallback } = expertRouting ?? {};
  const named = [classifier, ...(Array.isArray(experts) ? experts : []), fallback].map(modelOf);
  return [...targets.map(({ model }) => model), ...named.filter((name) => name !== undefined)];
}

function modelOf(part: JsonValue | undefined): string | undefined {
  return isJsonObject(part) && typeof part.model === 'string' ? part.model : undefined;
}

function leadsTo(
  from: VirtualModel,
  name: string,
  byName: ReadonlyMap<string, VirtualModel>,
  visited: Set<string>,
): boolean {
  if (visited.has(from.name)) return false;
  visited.add(from.name);
  return namesIn(from).some((next) => {
    const virtual = byName.get(next);
    return next === name || (virtual !== undefined && leadsTo(virtual, name, byName, visited));
  });
}
