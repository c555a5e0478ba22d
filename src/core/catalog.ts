import type { Secret } from './secret.ts';

/** The dialect family of an upstream account, as the configuration names it. */
export type ProviderType = 'openai' | 'anthropic' | 'google' | 'deepseek' | 'openai-compatible';

/** An upstream account. */
export interface Provider {
  /** Stable, chosen by the operator. */
  readonly id: string;
  readonly type: ProviderType;
  /** As the operator wrote it; undefined where the type's default applies. */
  readonly baseUrl: string | undefined;
  readonly apiKey: Secret;
  readonly enabled: boolean;
}

/** A name that clients send, and the provider and identifier behind it. */
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly providerId: string;
  readonly modelIdentifier: string;
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
