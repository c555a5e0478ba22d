import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Compat, ProviderType } from '../core/catalog.ts';
import { GatewayError } from '../core/gateway-error.ts';
import type { Logger } from '../core/logger.ts';
import type { CallProvider, Endpoint, ProviderCall } from '../core/provider-call.ts';
import type { Reply, RequestPath } from '../core/request-path.ts';
import { relayOpenAI } from './providers/openai-compatible/openai-relay.ts';
import { OpenAIUpstream } from './providers/openai-compatible/openai-upstream.ts';
import { retryAttempts } from './retry-attempts.ts';
import type { UpstreamTransport } from './upstream-transport.ts';

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

/** What the new path serves, by the provider's type. Each is in the parity corpus; all else stays on the legacy path. */
const SERVED: Readonly<Record<ProviderType, ReadonlySet<Endpoint>>> = {
  openai: new Set(OPENAI_ENDPOINTS),
  deepseek: new Set(OPENAI_ENDPOINTS),
  'openai-compatible': new Set(OPENAI_ENDPOINTS),
  anthropic: new Set(),
  google: new Set(),
};

export interface LiteLLMDependencies {
  /** Connections to providers; their owner closes them. */
  readonly transport: UpstreamTransport;
  readonly logger: Logger;
}

/**
 * The new path: in this process, over the providers' official SDKs. The name is the migration's; no LiteLLM code
 * is in it.
 */
export class LiteLLMAdapter implements RequestPath {
  readonly name = 'litellm';
  readonly #deps: LiteLLMDependencies;
  /** SDK clients by a hash of all they are made from: a rotated key is another client, from the next call on. */
  readonly #upstreams = new LRUCache<string, OpenAIUpstream>({ max: MAX_CLIENTS });
  /** Spares hashing where the same account's object comes again; the catalog makes new ones when it changes. */
  readonly #byAccount = new WeakMap<CallProvider, OpenAIUpstream>();

  constructor(deps: LiteLLMDependencies) {
    this.#deps = deps;
  }

  supports(call: ProviderCall): boolean {
    return SERVED[call.provider.type].has(call.endpoint);
  }

  async handle(call: ProviderCall, signal: AbortSignal): Promise<Reply> {
    if (!this.supports(call)) {
      throw new GatewayError(
        'internal_error',
        'The new path was chosen for a request that it does not serve.',
      );
    }
    const upstream = this.#upstreamOf(call.provider);
    const maxRetries = call.limits.maxRetries ?? MAX_RETRIES[call.key.compat];
    return retryAttempts(() => relayOpenAI(call, upstream, this.#deps, signal), { maxRetries, signal });
  }

  #upstreamOf(provider: CallProvider): OpenAIUpstream {
    const known = this.#byAccount.get(provider);
    if (known !== undefined) return known;
    const key = fingerprint(provider);
    const upstream = this.#upstreams.get(key) ?? new OpenAIUpstream(provider, this.#deps.transport.fetch);
    this.#upstreams.set(key, upstream);
    this.#byAccount.set(provider, upstream);
    return upstream;
  }
}

function fingerprint(provider: CallProvider): string {
  const { type, profile, baseUrl, apiKey } = provider;
  const parts = [type, profile, baseUrl, apiKey.reveal()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
