import type { JsonObject } from './json.ts';
import type { Secret } from './secret.ts';

/** The dialect family of an upstream account, as the configuration names it. */
export type ProviderType = 'openai' | 'anthropic' | 'google' | 'deepseek' | 'openai-compatible';

/** Providers of the OpenAI dialect that are known by name. */
export const COMPATIBLE_PROFILES = [
  'azure-openai',
  'groq',
  'mistral',
  'xai',
  'openrouter',
  'perplexity',
  'qwen',
  'moonshot',
  'together',
  'fireworks',
  'ollama',
  'vllm',
] as const;

export type CompatibleProfile = (typeof COMPATIBLE_PROFILES)[number];

/** An upstream account. */
export interface Provider {
  /** Stable, chosen by the operator. */
  readonly id: string;
  readonly type: ProviderType;
  /** Which of the known ones an `openai-compatible` provider is. */
  readonly profile?: CompatibleProfile | undefined;
  /** As the operator wrote it; undefined where the type's default applies. */
  readonly baseUrl: string | undefined;
  readonly apiKey: Secret;
  readonly enabled: boolean;
}

/** What is set for one model beyond the defaults; times are in milliseconds. */
export interface ModelLimits {
  /** From the request to the whole answer, or to the first bytes of a stream. */
  readonly timeoutMs?: number | undefined;
  /** From the request to the first generated token of a stream. */
  readonly firstTokenTimeoutMs?: number | undefined;
  /** Between two chunks of a stream. */
  readonly idleTimeoutMs?: number | undefined;
  /** How often a failed attempt is repeated, in place of the compat setting's number. */
  readonly maxRetries?: number | undefined;
}

/** A name that clients send, and the provider and identifier behind it. */
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly providerId: string;
  readonly modelIdentifier: string;
  readonly limits: ModelLimits;
  /** The operator's rule for the model's prompts, as it is stored. */
  readonly promptRule?: JsonObject | undefined;
  readonly enabled: boolean;
}

/** One of the models that a virtual model stands for. */
export interface VirtualTarget {
  /** Name of a real or a virtual model. */
  readonly model: string;
  /** Share among the targets of a `loadbalance`; 1 where nothing is set. */
  readonly weight: number;
  /** Statuses at which the next target is asked; undefined for those that say the provider cannot serve. */
  readonly onStatusCodes?: readonly number[] | undefined;
}

/** A name that clients send, and the models behind it. */
export interface VirtualModel {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /**
   * `fallback`: the targets in order, the next only where one fails. `loadbalance`: one by weight, then the others.
   * `expert`: one chosen by what is asked.
   */
  readonly strategy: 'fallback' | 'loadbalance' | 'expert';
  readonly targets: readonly VirtualTarget[];
  /** Of an `expert`: how it is chosen, as it is stored. */
  readonly expertRouting?: JsonObject | undefined;
}

/** The per-key override of the path. */
export type PathOverride = 'auto' | 'legacy' | 'litellm';

/** `portkey` reproduces legacy quirks that clients may rely on; `openai` is plain OpenAI semantics. */
export type Compat = 'portkey' | 'openai';

/** A client's credential as the gateway knows it; the key itself is not stored, only its keyed hash. */
export interface VirtualKey {
  /** Internal id: what flags are sticky on and logs name. Never the secret. */
  readonly id: string;
  readonly name: string;
  readonly keyHash: string;
  readonly enabled: boolean;
  /** Names of the models that the key may call; undefined means all. */
  readonly models: readonly string[] | undefined;
  readonly path: PathOverride;
  readonly compat: Compat;
  readonly limits: KeyLimits;
  /** Whether its answers may be cached. */
  readonly isCached: boolean;
  /** Whether its requests are logged with more than their counts. */
  readonly isLogged: boolean;
  /** Epoch milliseconds from which it is not accepted; undefined for never. */
  readonly expiresAt?: number | undefined;
  /** Its hash before the last rotation, accepted until then. */
  readonly previous?: { readonly keyHash: string; readonly expiresAt: number } | undefined;
}

/** What a virtual key may use; a limit that is absent does not exist. All are positive whole numbers. */
export interface KeyLimits {
  /** Requests within any 60 seconds. */
  readonly rpm?: number | undefined;
  /** Prompt and completion tokens within any 60 seconds. */
  readonly tpm?: number | undefined;
  /** Prompt and completion tokens in a calendar month (UTC). */
  readonly monthlyTokens?: number | undefined;
  /** Cost in a calendar month (UTC), in nano-dollars. */
  readonly monthlyNanoDollars?: number | undefined;
}

/** Everything that requests are resolved against, held in memory. */
export interface CatalogContent {
  readonly providers: readonly Provider[];
  readonly models: readonly Model[];
  readonly virtualModels: readonly VirtualModel[];
  readonly keys: readonly VirtualKey[];
}
