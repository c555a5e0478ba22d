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
  readonly enabled: boolean;
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
}

/** Everything that requests are resolved against, held in memory. */
export interface CatalogContent {
  readonly providers: readonly Provider[];
  readonly models: readonly Model[];
  readonly keys: readonly VirtualKey[];
}
