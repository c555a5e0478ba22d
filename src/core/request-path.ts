import type { CallOutcome, OutcomeKind } from './call-outcome.ts';
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

/** Is told of each time that an upstream is asked. What comes of the last time is the call's own reply or fault. */
export interface AttemptObserver {
  /** The upstream is about to be asked. */
  began(): void;
  /** The attempt came to this, and another follows. */
  failed(outcome: OutcomeKind): void;
}

/** One of the two ways to reach a provider. */
export interface RequestPath {
  readonly name: PathName;
  /** Whether this path can carry the call at all. */
  supports(call: ProviderCall): boolean;
  /**
   * Carries the call. Resolves when the answer's status is known and, for a stream, its first bytes are.
   * Aborting the signal ends the upstream request.
   * @throws GatewayError for whatever failed before the first byte and was not an answer of the provider.
   */
  handle(call: ProviderCall, signal: AbortSignal, attempts?: AttemptObserver): Promise<Reply>;
}
