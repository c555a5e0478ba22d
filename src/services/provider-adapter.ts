import type { Logger } from '../core/logger.ts';
import type { ProviderCall } from '../core/provider-call.ts';
import type { Reply } from '../core/request-path.ts';
import type { UpstreamTransport } from './upstream-transport.ts';

/** One account of a provider, ready to carry calls. */
export interface ProviderAdapter {
  /**
   * Makes one attempt at a call of an endpoint that the provider's type serves.
   * @throws GatewayError for a request that cannot be translated, and for faults before the first byte that are no
   *   answer of the provider
   */
  handle(call: ProviderCall, signal: AbortSignal): Promise<Reply>;
}

/** What every provider's adapter is made with. */
export interface ProviderAdapterDependencies {
  /** Connections to providers; their owner closes them. */
  readonly transport: UpstreamTransport;
  readonly logger: Logger;
}
