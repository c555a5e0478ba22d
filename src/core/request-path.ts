import type { CallOutcome } from './call-outcome.ts';
import type { ProviderCall } from './provider-call.ts';
import type { PathName } from './route-decision.ts';

export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;

/** A provider's answer on its way to the client. */
export interface Reply {
  readonly status: number;
  /** End-to-end headers in lower case: no hop-by-hop header is among them. */
  readonly headers: ReplyHeaders;
  /** The bytes for the client. Iterated once; a fault after the first byte shows as an error frame, not as a throw. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Settles when the body has been read to its end, never rejects. */
  readonly outcome: Promise<CallOutcome>;
}

/** One of the two ways to reach a provider. */
export interface RequestPath {
  readonly name: PathName;
  /** Whether this path can carry the call at all. */
  supports(call: ProviderCall): boolean;
  /**
   * Carries the call. Resolves when the answer's status is known and, for a stream, its first bytes are.
   * Aborting the signal ends the upstream request.
   * @param onAttempt is told each time before the upstream is asked
   * @throws GatewayError for whatever failed before the first byte and was not an answer of the provider.
   */
  handle(call: ProviderCall, signal: AbortSignal, onAttempt?: () => void): Promise<Reply>;
}
