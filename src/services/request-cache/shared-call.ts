import type { CallOutcome } from '../../core/call-outcome.ts';
import { GatewayError } from '../../core/gateway-error.ts';
import type { Reply } from '../../core/request-path.ts';
import { type CacheEntry, describingHeaders, replyFrom, toCacheEntry, uncountedIn } from './cache-entry.ts';
import { SharedBody } from './shared-body.ts';

/** What the cache did for a request, as `x-cache-status` says it. */
export type CacheStatus = 'HIT' | 'MISS';

/** A reply, with where it came from. */
export interface CachedReply {
  readonly reply: Reply;
  /** `HIT`: a success that another request called for, before or at the same time. An error is never one. */
  readonly status: CacheStatus;
}

/** Makes the upstream call of one request; the signal ends it when nobody waits for it any more. */
export type RunCall = (signal: AbortSignal) => Promise<Reply>;

/** What a shared call is made with. Neither store function may reject. */
export interface SharedCallOptions {
  readonly lookUp: () => Promise<CacheEntry | undefined>;
  readonly keep: (entry: CacheEntry) => Promise<void>;
  /** Called once, when later requests must not join this one. */
  readonly onClosed: () => void;
  readonly maxEntryBytes: number;
}

/** One request among those that share a call. */
interface Participant {
  readonly run: RunCall;
  readonly result: PromiseWithResolvers<CachedReply>;
  /** Ends its reading of the body, once it has a reply. */
  stopReading: (() => void) | undefined;
}

/** The reply that all of them get. */
interface SharedReply {
  readonly reply: Reply;
  readonly isSuccess: boolean;
  readonly body: SharedBody;
  /** The one whose run made the call. */
  readonly caller: Participant;
}

/**
 * One upstream call for all identical requests that come while it runs. Each gets the same bytes from their beginning,
 * as they come. The call goes on for as long as anybody is there to read it, whoever began it.
 *
 * Failures are shared, too, with those that wait when they come: they are what the same request got at the same time,
 * and to ask a provider again that has just refused would multiply its load when it can bear it least. Requests that
 * come afterwards ask for themselves.
 */
export class SharedCall {
  readonly #options: SharedCallOptions;
  readonly #participants = new Set<Participant>();
  readonly #aborter = new AbortController();
  #hasBegun = false;
  #shared: SharedReply | undefined;
  #isClosed = false;

  constructor(options: SharedCallOptions) {
    this.#options = options;
  }

  /** Whether a request that joins now will have the whole answer. */
  get isOpen(): boolean {
    return !this.#isClosed && (this.#shared === undefined || this.#shared.body.copy !== undefined);
  }

  /**
   * Adds a request; the first makes the call, unless the store has the answer. To be called while it is open.
   * @param signal tells of the client's leaving
   * @throws GatewayError by the run, and `client_closed_request`
   */
  join(run: RunCall, signal: AbortSignal): Promise<CachedReply> {
    const participant: Participant = { run, result: Promise.withResolvers(), stopReading: undefined };
    this.#participants.add(participant);
    signal.addEventListener('abort', () => this.#leave(participant), { once: true });
    if (this.#shared !== undefined) this.#give(participant, this.#shared);
    if (!this.#hasBegun) void this.#begin();
    return participant.result.promise;
  }

  async #begin(): Promise<void> {
    this.#hasBegun = true;
    try {
      const entry = await this.#options.lookUp();
      if (entry === undefined) await this.#call();
      else this.#giveStored(entry);
    } catch (fault) {
      this.#close();
      for (const { result } of this.#participants) result.reject(fault);
    }
  }

  #giveStored(entry: CacheEntry): void {
    this.#close();
    for (const { result } of this.#participants) result.resolve({ reply: replyFrom(entry), status: 'HIT' });
  }

  async #call(): Promise<void> {
    const [caller] = this.#participants;
    // All have left while the store was asked.
    if (caller === undefined) return;
    const reply = await caller.run(this.#aborter.signal);
    this.#share(reply, caller);
  }

  #share(reply: Reply, caller: Participant): void {
    const body = new SharedBody(reply.body, {
      maxBytes: this.#options.maxEntryBytes,
      beforeEnd: () => this.#finish(shared),
    });
    const isSuccess = reply.status >= 200 && reply.status < 300;
    const shared: SharedReply = { reply, isSuccess, body, caller };
    this.#shared = shared;
    if (!isSuccess) this.#close();
    for (const participant of this.#participants) this.#give(participant, shared);
    // The call answered although everybody had left.
    if (this.#participants.size === 0) body.close();
  }

  #give(participant: Participant, shared: SharedReply): void {
    const { reply, isSuccess, body, caller } = shared;
    const isHit = isSuccess && participant !== caller;
    const { promise: outcome, resolve } = Promise.withResolvers<CallOutcome>();
    const reading = body.read((hadAll) => {
      resolve(outcomeFor(reply.outcome, participant === caller, hadAll));
      this.#remove(participant, hadAll);
    });
    participant.stopReading = reading.leave;
    const headers = isHit ? describingHeaders(reply.headers) : reply.headers;
    participant.result.resolve({
      reply: { status: reply.status, headers, body: reading.body, outcome },
      status: isHit ? 'HIT' : 'MISS',
    });
  }

  /** Decides at the body's end, before anybody is told of it: who asks again then finds the answer. */
  async #finish({ reply, body }: SharedReply): Promise<void> {
    const outcome = await reply.outcome;
    const { copy } = body;
    if (this.#isClosed || outcome.kind !== 'success' || copy === undefined) this.#close();
    else void this.#keep(toCacheEntry(reply, copy, outcome));
  }

  /** Requests can join until the store has the entry, so that none falls between the two. */
  async #keep(entry: CacheEntry): Promise<void> {
    await this.#options.keep(entry);
    this.#close();
  }

  #leave(participant: Participant): void {
    participant.stopReading?.();
    // Without effect where it has its reply already.
    participant.result.reject(clientClosed());
    this.#remove(participant, false);
  }

  #remove(participant: Participant, hadAll: boolean): void {
    if (!this.#participants.delete(participant) || hadAll || this.#participants.size > 0) return;
    this.#close();
    this.#aborter.abort();
    this.#shared?.body.close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.onClosed();
  }
}

/**
 * How the call ended for one of its requests. The tokens are the caller's, even if it left early and the call went on
 * for others. The others have had no upstream of their own, so that they have no timings either.
 */
async function outcomeFor(
  upstream: Promise<CallOutcome>,
  isCaller: boolean,
  hadAll: boolean,
): Promise<CallOutcome> {
  if (!hadAll && !isCaller) return { kind: 'client_abort' };
  const outcome = await upstream;
  if (!hadAll) return { ...outcome, kind: 'client_abort', errorCode: undefined };
  return isCaller ? outcome : { ...outcome, generated: uncountedIn(outcome), timings: undefined };
}

/** The fault of a request whose client has gone before there was a reply. */
export function clientClosed(): GatewayError {
  return new GatewayError('client_closed_request', 'The client closed the request.');
}
