import { apiBaseUrl } from '../config/provider-mapping.ts';
import type { CatalogContent, Model, Provider, VirtualKey } from '../core/catalog.ts';
import { GatewayError } from '../core/gateway-error.ts';
import type { CallProvider } from '../core/provider-call.ts';

/** A model a key may call, with the account behind it. */
export interface ResolvedModel {
  readonly model: Model;
  /** One object an account, as long as the account does not change. */
  readonly provider: CallProvider;
}

/** Virtual keys, models and providers in memory: no request waits for the database. */
export interface Catalog {
  /** Replaces everything at once; requests that run keep what they resolved. */
  replace(content: CatalogContent): void;
  /** The key stored under that hash; undefined where there is none. */
  findKey(keyHash: string): VirtualKey | undefined;
  /**
   * The model that the key means by this name: a model's name, else a provider's identifier for one.
   * @throws GatewayError `model_not_found`, or `ambiguous_model` where an identifier stands for several models
   */
  resolveModel(key: VirtualKey, requested: string): ResolvedModel;
  /** Everything routable, for metrics that exist before they count. */
  listModels(): readonly ResolvedModel[];
}

interface Index {
  readonly keys: ReadonlyMap<string, VirtualKey>;
  readonly byName: ReadonlyMap<string, ResolvedModel>;
  readonly byIdentifier: ReadonlyMap<string, readonly ResolvedModel[]>;
  readonly allowed: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Creates an empty catalog. */
export function createCatalog(): Catalog {
  let index = buildIndex({ providers: [], models: [], keys: [] });
  return {
    replace: (content) => {
      index = buildIndex(content);
    },
    findKey: (keyHash) => index.keys.get(keyHash),
    resolveModel: (key, requested) => resolve(index, key, requested),
    listModels: () => [...index.byName.values()],
  };
}

/** Disabled providers and models are left out here, so that nothing further on can route to them. */
function buildIndex(content: CatalogContent): Index {
  const enabled = content.providers.filter((provider) => provider.enabled);
  const providers = new Map(enabled.map((provider) => [provider.id, toCallProvider(provider)]));
  const usable = content.models.flatMap((model) => {
    const provider = providers.get(model.providerId);
    return model.enabled && provider !== undefined ? [{ model, provider }] : [];
  });
  return {
    keys: new Map(content.keys.map((key) => [key.keyHash, key])),
    byName: new Map(usable.map((entry) => [entry.model.name, entry])),
    byIdentifier: Map.groupBy(usable, (entry) => entry.model.modelIdentifier),
    allowed: new Map(
      content.keys.flatMap((key) =>
        key.models === undefined ? [] : [[key.id, new Set(key.models)] as const],
      ),
    ),
  };
}

function toCallProvider(provider: Provider): CallProvider {
  return {
    id: provider.id,
    type: provider.type,
    profile: provider.profile,
    baseUrl: apiBaseUrl(provider, provider.baseUrl),
    baseUrlIsExplicit: provider.baseUrl !== undefined,
    apiKey: provider.apiKey,
  };
}

function resolve(index: Index, key: VirtualKey, requested: string): ResolvedModel {
  const allowed = index.allowed.get(key.id);
  const mayCall = (entry: ResolvedModel) => allowed === undefined || allowed.has(entry.model.name);
  const named = index.byName.get(requested);
  if (named !== undefined && mayCall(named)) return named;
  const identified = (index.byIdentifier.get(requested) ?? []).filter(mayCall);
  const [only, ...others] = identified;
  if (only === undefined) throw unknownModel(requested);
  if (others.length > 0) throw ambiguousModel(requested, identified);
  return only;
}

function unknownModel(requested: string): GatewayError {
  const shown = requested.length > 100 ? `${requested.slice(0, 100)}…` : requested;
  const message = `The model '${shown}' does not exist or this key may not call it.`;
  return new GatewayError('model_not_found', message, { param: 'model' });
}

function ambiguousModel(requested: string, found: readonly ResolvedModel[]): GatewayError {
  const names = found.map((entry) => entry.model.name).join(', ');
  const message = `'${requested}' is the identifier of several models; use one of their names: ${names}.`;
  return new GatewayError('ambiguous_model', message, { param: 'model' });
}
