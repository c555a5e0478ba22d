import { apiBaseUrl } from '../config/provider-mapping.ts';
import type { CatalogContent, Model, Provider, VirtualKey, VirtualModel } from '../core/catalog.ts';
import { GatewayError } from '../core/gateway-error.ts';
import type { CallProvider } from '../core/provider-call.ts';
import { type ExpertRouting, expertRoutingSchema } from './expert-router/expert-routing-schema.ts';
import { type PromptRule, promptRuleSchema } from './prompt-processor/prompt-rule-schema.ts';

/** A model a key may call, with the account behind it. */
export interface ResolvedModel {
  readonly model: Model;
  /** One object an account, as long as the account does not change. */
  readonly provider: CallProvider;
  /** The rule for the model's prompts, checked. */
  readonly promptRule?: PromptRule | undefined;
}

/** A virtual model that leads to at least one real one. */
export interface VirtualRoutable {
  readonly kind: 'virtual';
  readonly virtual: VirtualModel;
  /** Of an `expert`: how it is chosen, checked. */
  readonly experts?: ExpertRouting | undefined;
}

/** What a name stands for. */
export type Routable = { readonly kind: 'model'; readonly resolved: ResolvedModel } | VirtualRoutable;

/** Virtual keys, models and providers in memory: no request waits for the database. */
export interface Catalog {
  /** Replaces everything at once; requests that run keep what they resolved. */
  replace(content: CatalogContent): void;
  /**
   * The key stored under that hash, or that was until its rotation, whose overlap is not over.
   * @param now epoch milliseconds
   */
  findKey(keyHash: string, now: number): VirtualKey | undefined;
  /** The key of this name or id, whatever its state: for operators, who have no key of it. */
  findKeyNamed(nameOrId: string): VirtualKey | undefined;
  /**
   * What the key means by this name: a model's or a virtual model's name, else a provider's identifier for a model.
   * @throws GatewayError `model_not_found`, or `ambiguous_model` where an identifier stands for several models
   */
  resolve(key: VirtualKey, requested: string): Routable;
  /** What a name stands for, whoever asks: for the targets of virtual models. */
  find(name: string): Routable | undefined;
  /** Everything routable that the key may call, by name. */
  listFor(key: VirtualKey): readonly Routable[];
  /** An enabled provider. */
  findProvider(id: string): CallProvider | undefined;
  /** Every real model that is routable, for metrics that exist before they count. */
  listModels(): readonly ResolvedModel[];
}

interface Index {
  readonly keys: ReadonlyMap<string, VirtualKey>;
  readonly previousKeys: ReadonlyMap<string, VirtualKey>;
  readonly byName: ReadonlyMap<string, Routable>;
  readonly byIdentifier: ReadonlyMap<string, readonly ResolvedModel[]>;
  readonly allowed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly providers: ReadonlyMap<string, CallProvider>;
  readonly models: readonly ResolvedModel[];
}

/** Creates an empty catalog. */
export function createCatalog(): Catalog {
  let index = buildIndex({ providers: [], models: [], virtualModels: [], keys: [] });
  return {
    replace: (content) => {
      index = buildIndex(content);
    },
    findKey: (keyHash, now) => index.keys.get(keyHash) ?? findPrevious(index, keyHash, now),
    findKeyNamed: (nameOrId) =>
      [...index.keys.values()].find(({ id, name }) => id === nameOrId || name === nameOrId),
    resolve: (key, requested) => resolve(index, key, requested),
    find: (name) => index.byName.get(name),
    listFor: (key) => listFor(index, key),
    findProvider: (id) => index.providers.get(id),
    listModels: () => index.models,
  };
}

/** Disabled providers and models are left out here, so that nothing further on can route to them. */
function buildIndex(content: CatalogContent): Index {
  const enabled = content.providers.filter((provider) => provider.enabled);
  const providers = new Map(enabled.map((provider) => [provider.id, toCallProvider(provider)]));
  const models = content.models.flatMap((model) => {
    const provider = providers.get(model.providerId);
    return model.enabled && provider !== undefined ? [toResolved(model, provider)] : [];
  });
  return {
    keys: new Map(content.keys.map((key) => [key.keyHash, key])),
    previousKeys: new Map(
      content.keys.flatMap((key) =>
        key.previous === undefined ? [] : [[key.previous.keyHash, key] as const],
      ),
    ),
    byName: indexNames(models, content.virtualModels),
    byIdentifier: Map.groupBy(models, (entry) => entry.model.modelIdentifier),
    allowed: new Map(
      content.keys.flatMap((key) =>
        key.models === undefined ? [] : [[key.id, new Set(key.models)] as const],
      ),
    ),
    providers,
    models,
  };
}

/** A real model wins over a virtual one of its name; a virtual one that leads to no real one is left out. */
function indexNames(
  models: readonly ResolvedModel[],
  virtualModels: readonly VirtualModel[],
): Map<string, Routable> {
  const byName = new Map(
    models.map((resolved): [string, Routable] => [resolved.model.name, { kind: 'model', resolved }]),
  );
  let waiting = virtualModels.filter(({ enabled, name }) => enabled && !byName.has(name)).map(toRoutable);
  let found: VirtualRoutable[];
  do {
    found = waiting.filter((routable) => leadsTo(routable).some((name) => byName.has(name)));
    for (const routable of found) byName.set(routable.virtual.name, routable);
    waiting = waiting.filter(({ virtual }) => !byName.has(virtual.name));
  } while (found.length > 0);
  return byName;
}

/** The models that a virtual one sends requests to. */
function leadsTo({ virtual, experts }: VirtualRoutable): readonly string[] {
  const weighed =
    virtual.strategy === 'loadbalance' ? virtual.targets.filter(({ weight }) => weight > 0) : virtual.targets;
  const chosen = [...(experts?.experts ?? []), experts?.fallback].filter((each) => each !== undefined);
  return [...weighed, ...chosen].map(({ model }) => model);
}

/** What was stored was checked when it was; what an older version stored otherwise is left out. */
function toResolved(model: Model, provider: CallProvider): ResolvedModel {
  if (model.promptRule === undefined) return { model, provider };
  return { model, provider, promptRule: promptRuleSchema.safeParse(model.promptRule).data };
}

function toRoutable(virtual: VirtualModel): VirtualRoutable {
  const experts = expertRoutingSchema.safeParse(virtual.expertRouting).data;
  return { kind: 'virtual', virtual, experts };
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

function findPrevious({ previousKeys }: Index, keyHash: string, now: number): VirtualKey | undefined {
  const key = previousKeys.get(keyHash);
  return key?.previous !== undefined && key.previous.expiresAt > now ? key : undefined;
}

function resolve(index: Index, key: VirtualKey, requested: string): Routable {
  const allowed = index.allowed.get(key.id);
  const named = index.byName.get(requested);
  if (named !== undefined && (allowed === undefined || allowed.has(requested))) return named;
  const mayCall = ({ model }: ResolvedModel) => allowed === undefined || allowed.has(model.name);
  const identified = (index.byIdentifier.get(requested) ?? []).filter(mayCall);
  const [only, ...others] = identified;
  if (only === undefined) throw unknownModel(requested);
  if (others.length > 0) throw ambiguousModel(requested, identified);
  return { kind: 'model', resolved: only };
}

function listFor({ allowed, byName }: Index, key: VirtualKey): readonly Routable[] {
  const names = allowed.get(key.id) ?? byName.keys();
  return [...names].sort().flatMap((name) => byName.get(name) ?? []);
}

/** The one refusal of a name that does not exist, is disabled or not allowed, so that nothing can be learnt from it. */
export function unknownModel(requested: string): GatewayError {
  const shown = requested.length > 100 ? `${requested.slice(0, 100)}…` : requested;
  const message = `The model '${shown}' does not exist or this key may not call it.`;
  return new GatewayError('model_not_found', message, { param: 'model' });
}

function ambiguousModel(requested: string, found: readonly ResolvedModel[]): GatewayError {
  const names = found.map((entry) => entry.model.name).join(', ');
  const message = `'${requested}' is the identifier of several models; use one of their names: ${names}.`;
  return new GatewayError('ambiguous_model', message, { param: 'model' });
}
