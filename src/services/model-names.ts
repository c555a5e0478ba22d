import type { Model, VirtualModel } from '../core/catalog.ts';
import { GatewayError } from '../core/gateway-error.ts';
import { namesIn } from './routing/virtual-model-faults.ts';

/** Who names models: virtual models and keys. */
export interface NamedModels {
  readonly models: readonly Pick<Model, 'id' | 'name'>[];
  readonly virtualModels: readonly VirtualModel[];
  /** By the model's name. */
  readonly keyCounts: ReadonlyMap<string, number>;
}

/**
 * Refuses a name that another model has, real or virtual: clients could not tell them apart.
 * @param ownId the id of the one that is to have the name
 * @throws GatewayError `conflict`
 */
export function refuseTakenName(named: NamedModels, name: string, ownId: string): void {
  const taken = [...named.models, ...named.virtualModels].some(
    (other) => other.name === name && other.id !== ownId,
  );
  if (!taken) return;
  throw new GatewayError('conflict', `There is a model "${name}" already.`, { param: 'name' });
}

/**
 * Refuses to take away a name that keys or other virtual models still name.
 * @throws GatewayError `in_use`
 */
export function refuseNamed(named: NamedModels, name: string): void {
  const users = usersOf(named, name);
  if (users.length === 0) return;
  throw new GatewayError('in_use', `The model "${name}" is still named by ${users.join(' and by ')}.`);
}

function usersOf({ virtualModels, keyCounts }: NamedModels, name: string): string[] {
  const virtual = virtualModels
    .filter((model) => model.name !== name && namesIn(model).includes(name))
    .map((model) => `"${model.name}"`);
  const keys = keyCounts.get(name) ?? 0;
  return [
    ...(virtual.length > 0 ? [`the virtual models ${virtual.join(', ')}`] : []),
    ...(keys > 0 ? [`${keys} virtual ${keys === 1 ? 'key' : 'keys'}`] : []),
  ];
}

/**
 * Refuses names that no model has.
 * @param names each with the field that has it
 * @throws GatewayError `invalid_body` naming the first field at fault
 */
export function refuseUnknownNames(
  named: NamedModels,
  names: readonly { readonly param: string; readonly name: string }[],
): void {
  const known = new Set([...named.models, ...named.virtualModels].map((model) => model.name));
  const missing = names.find(({ name }) => !known.has(name));
  if (missing === undefined) return;
  throw new GatewayError('invalid_body', `There is no model "${missing.name}".`, { param: missing.param });
}
