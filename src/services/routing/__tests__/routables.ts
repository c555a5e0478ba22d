import type { Model, VirtualModel, VirtualTarget } from '../../../core/catalog.ts';
import { Secret } from '../../../core/secret.ts';
import type { ResolvedModel, Routable } from '../../catalog.ts';

/** A real model, whose identifier is its name in capitals. */
export function modelOf(name: string, providerId = `provider-${name}`): Model {
  return {
    id: `model_${name}`,
    name,
    providerId,
    modelIdentifier: name.toUpperCase(),
    limits: {},
    enabled: true,
  };
}

/** The same with its account, as the catalog has it. */
export function resolvedOf(name: string, providerId = `provider-${name}`): ResolvedModel {
  const model = modelOf(name, providerId);
  const provider = {
    id: providerId,
    type: 'openai',
    baseUrl: 'https://provider.example/v1',
    baseUrlIsExplicit: true,
    apiKey: new Secret('sk-upstream-0123456789'),
  } as const;
  return { model, provider };
}

/** A virtual model of a strategy; a target is its name, or all that is set for it. */
export function virtualOf(
  name: string,
  strategy: VirtualModel['strategy'],
  targets: readonly (string | (Partial<VirtualTarget> & { readonly model: string }))[] = [],
): VirtualModel {
  const toTarget = (target: (typeof targets)[number]): VirtualTarget =>
    typeof target === 'string' ? { model: target, weight: 1 } : { weight: 1, ...target };
  return { id: `virtual_${name}`, name, enabled: true, strategy, targets: targets.map(toTarget) };
}

/** What these names stand for, and any other in `real`. */
export function finderOf(
  virtual: readonly VirtualModel[],
  real: readonly string[],
): (name: string) => Routable | undefined {
  const routables = new Map<string, Routable>([
    ...real.map((name) => [name, { kind: 'model', resolved: resolvedOf(name) }] as const),
    ...virtual.map((each) => [each.name, { kind: 'virtual', virtual: each }] as const),
  ]);
  return (name) => routables.get(name);
}
