import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { OutcomeKind } from '../core/call-outcome.ts';
import type { Compat, ProviderType } from '../core/catalog.ts';
import { GatewayError } from '../core/gateway-error.ts';
import type {
  CallProvider,
  Endpoint,
  LiteLLMConfig,
  ProviderCall,
  ProviderRequest,
} from '../core/provider-call.ts';
import type { AttemptObserver, Reply, RequestPath } from '../core/request-path.ts';
import type { GlobalFetchHook } from './global-fetch-hook.ts';
import type { ProviderAdapter, ProviderAdapterDependencies } from './provider-adapter.ts';
import { createAnthropicAdapter } from './providers/anthropic/anthropic-adapter.ts';
import { createGoogleAdapter } from './providers/google/google-adapter.ts';
import { createOpenAIAdapter } from './providers/openai-compatible/openai-adapter.ts';
import { retryAttempts } from './retry-attempts.ts';

const MAX_CLIENTS = 200;
/** Retries behind the client's back; the legacy path has none, and its clients count on seeing every 429. */
const MAX_RETRIES: Readonly<Record<Compat, number>> = { portkey: 0, openai: 2 };

const OPENAI_ENDPOINTS: readonly Endpoint[] = [
  'chat.completions',
  'completions',
  'embeddings',
  'moderations',
  'responses',
  'images.generations',
  'images.edits',
  'images.variations',
  'audio.speech',
  'audio.transcriptions',
  'audio.translations',
];

interface ProviderSupport {
  readonly endpoints: ReadonlySet<Endpoint>;
  readonly createAdapter: (provider: CallProvider, deps: LiteLLMDependencies) => ProviderAdapter;
}

const OPENAI: ProviderSupport = {
  endpoints: new Set(OPENAI_ENDPOINTS),
  createAdapter: createOpenAIAdapter,
};

/** What the new path serves, by the provider's type. Each is in the parity corpus; all else stays on the legacy path. */
const SUPPORT: Readonly<Record<ProviderType, ProviderSupport>> = {
  openai: OPENAI,
  deepseek: OPENAI,
  'openai-compatible': OPENAI,
  anthropic: {
    endpoints: new Set(['chat.completions', 'messages', 'messages.count_tokens']),
    createAdapter: createAnthropicAdapter,
  },
  google: {
    endpoints: new Set(['chat.completions', 'embeddings']),
    createAdapter: createGoogleAdapter,
  },
};

/** What the new path is made with. */
export interface LiteLLMDependencies extends ProviderAdapterDependencies {
  /** For the one SDK that sends by the global `fetch` only; its owner installs it. */
  readonly fetchHook: GlobalFetchHook;
}

/**
 * The new path: in this process, over the providers' official SDKs. The name is the migration's; no LiteLLM code
 * is in it.
 */
export class LiteLLMAdapter implements RequestPath {
  readonly name = 'litellm';
  readonly #deps: LiteLLMDependencies;
  /**
   * By a hash of all they are made from: a rotated key is another client of the SDK, from the next call on. Headers and
   * limits are no part of it, as they are the call's: no client is made with either.
   */
  readonly #adapters = new LRUCache<string, ProviderAdapter>({ max: MAX_CLIENTS });
  /** Spares hashing where the same account's object comes again; the catalog makes new ones when it changes. */
  readonly #fingerprints = new WeakMap<CallProvider, string>();

  constructor(deps: LiteLLMDependencies) {
    this.#deps = deps;
  }

  supports(call: ProviderCall): boolean {
    return SUPPORT[call.provider.type].endpoints.has(call.endpoint);
  }

  /** @throws GatewayError for whatever failed before the first byte and was not an answer of the provider */
  async handle(call: ProviderCall, signal: AbortSignal, attempts?: AttemptObserver): Promise<Reply> {
    if (!this.supports(call)) {
      throw new GatewayError(
        'internal_error',
        'The new path was chosen for a request that it does not serve.',
      );
    }
    if (call.endpoint !== 'chat.completions') return this.#attempt(call, signal, attempts);
    return call.stream
      ? this.streamChatCompletion(call, call, signal, attempts)
      : this.chatCompletion(call, call, signal, attempts);
  }

  /**
   * A chat completion that comes as one document.
   * @param config whose account it is made at, and within which limits
   * @param request what is asked
   * @throws GatewayError as `handle` does
   */
  chatCompletion(
    config: LiteLLMConfig,
    request: ProviderRequest,
    signal: AbortSignal,
    attempts?: AttemptObserver,
  ): Promise<Reply> {
    return this.#attempt({ ...request, ...toConfig(config), stream: false }, signal, attempts);
  }

  /**
   * A chat completion that comes as a stream of chunks; resolves with its first bytes.
   * @throws GatewayError as `handle` does
   */
  streamChatCompletion(
    config: LiteLLMConfig,
    request: ProviderRequest,
    signal: AbortSignal,
    attempts?: AttemptObserver,
  ): Promise<Reply> {
    return this.#attempt({ ...request, ...toConfig(config), stream: true }, signal, attempts);
  }

  #attempt(call: ProviderCall, signal: AbortSignal, attempts?: AttemptObserver): Promise<Reply> {
    const adapter = this.#adapterOf(call.provider);
    const maxRetries = call.limits.maxRetries ?? MAX_RETRIES[call.key.compat];
    const attempt = () => {
      attempts?.began();
      return adapter.handle(call, signal);
    };
    const onFailed = (outcome: OutcomeKind) => attempts?.failed(outcome);
    return retryAttempts(attempt, { maxRetries, signal, onFailed });
  }

  /** A client that leaves the cache finishes what it carries: the connections are the transport's. */
  #adapterOf(provider: CallProvider): ProviderAdapter {
    const key = this.#fingerprints.get(provider) ?? fingerprint(provider);
    this.#fingerprints.set(provider, key);
    const known = this.#adapters.get(key);
    if (known !== undefined) return known;
    const adapter = SUPPORT[provider.type].createAdapter(provider, this.#deps);
    this.#adapters.set(key, adapter);
    return adapter;
  }
}

function toConfig({ provider, limits, headers }: LiteLLMConfig): LiteLLMConfig {
  return { provider, limits, headers };
}

function fingerprint(provider: CallProvider): string {
  const { type, profile, baseUrl, apiKey } = provider;
  const parts = [type, profile, baseUrl, apiKey.reveal()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
