import type { Compat, CompatibleProfile, ModelLimits, PathOverride, ProviderType } from './catalog.ts';
import type { JsonObject } from './json.ts';
import type { Secret } from './secret.ts';

/** What a client can ask for, in the words of metrics labels. */
export const ENDPOINTS = [
  'chat.completions',
  'completions',
  'embeddings',
  'moderations',
  'responses',
  'messages',
  'messages.count_tokens',
  'images.generations',
  'images.edits',
  'images.variations',
  'audio.speech',
  'audio.transcriptions',
  'audio.translations',
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** The upstream account of a call, ready to be dialled. */
export interface CallProvider {
  readonly id: string;
  readonly type: ProviderType;
  readonly profile?: CompatibleProfile | undefined;
  /** Base URL with its version segment and without a trailing slash, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Whether the operator wrote the base URL, rather than the type's default. */
  readonly baseUrlIsExplicit: boolean;
  readonly apiKey: Secret;
}

/** The virtual key of a call, as far as a path may know it. */
export interface CallKey {
  readonly id: string;
  readonly path: PathOverride;
  readonly compat: Compat;
}

/** How a call is carried to its provider, whatever it asks. */
export interface LiteLLMConfig {
  readonly provider: CallProvider;
  readonly limits: ModelLimits;
  /** Client headers that the allow-list lets through, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What is asked of a provider, whosever account it is. */
export type ProviderRequest = Omit<ProviderCall, keyof LiteLLMConfig>;

/** A body of `multipart/form-data`, ready to be sent. */
export interface FormPayload {
  /** With its boundary. */
  readonly contentType: string;
  readonly bytes: Buffer;
}

/**
 * One client request, resolved and checked, in the form in which either path carries it to a provider.
 * It holds nothing of the client's own credentials or connection.
 */
export interface ProviderCall extends LiteLLMConfig {
  /** Made by the gateway, never taken from the client. */
  readonly requestId: string;
  /**
   * What the arm is drawn from: of each call that comes of a request another one. Calls that share a coin fall the same
   * way together, and an outage of their provider would look like harm of one arm.
   */
  readonly drawId: string;
  readonly endpoint: Endpoint;
  /** Path below the version segment, such as `/chat/completions`. */
  readonly upstreamPath: string;
  readonly stream: boolean;
  /** The body for the provider: the client's, with the provider's model identifier. */
  readonly body: JsonObject;
  /** What is sent in place of the body where the client sent a form; `body` then has the form's text fields. */
  readonly form: FormPayload | undefined;
  /** The model's configured name. */
  readonly model: string;
  readonly key: CallKey;
  /** Whether the stream's usage frame was asked for by the gateway alone, and is kept from the client. */
  readonly withholdUsage: boolean;
}
