import type { CatalogContent, VirtualKey } from '../../src/core/catalog.ts';
import type { Catalog, ResolvedModel } from '../../src/services/catalog.ts';

/** A key without limits, but for what is given. */
export function virtualKey(fields: Partial<VirtualKey> = {}): VirtualKey {
  return {
    id: 'key_1',
    name: 'team-a',
    keyHash: 'hash-1',
    enabled: true,
    models: undefined,
    path: 'auto',
    compat: 'portkey',
    limits: {},
    isCached: false,
    isLogged: true,
    ...fields,
  };
}

/** A catalog of nothing, but for what is given. */
export function catalogContent(fields: Partial<CatalogContent> = {}): CatalogContent {
  return { providers: [], models: [], virtualModels: [], keys: [], ...fields };
}

/** The real model that a name stands for. Fails where it is a virtual one. */
export function resolvedModel(catalog: Catalog, key: VirtualKey, name: string): ResolvedModel {
  const routable = catalog.resolve(key, name);
  if (routable.kind !== 'model') throw new Error(`${name} is a virtual model.`);
  return routable.resolved;
}
