import type { AnswerDialect } from './answer-dialect.ts';
import { BLOCKED_PROMPT, isErrorFinishReason } from './answer-reading.ts';
import type { CallOutcome, OutcomeKind } from './call-outcome.ts';
import type { ModelLimits } from './catalog.ts';
import { isWholeEvent } from './event-stream-tap.ts';
import { GatewayError } from './gateway-error.ts';
import { limitWaits } from './limit-waits.ts';
import type { StreamReader } from './stream-reader.ts';

const BLANK_LINE = Buffer.from('\n\n');
const DONE_EVENT = Buffer.from('data: [DONE]\n\n');

export interface EventStreamRelay {
  /** The provider's stream. Throws where the connection fails. */
  readonly source: AsyncIterable<Uint8Array>;
  /** Ends the stream at its source. */
  readonly release: () => void;
  /** When the request was handed to the upstream, on the monotonic clock. */
  readonly sentAt: number;
  readonly dialect: AnswerDialect;
  /** How long the first token and each chunk may take; without them the connection's own limits hold. */
  readonly limits: ModelLimits;
  /** What reads along, and in a strict relay ends at an error event. */
  readonly reader: StreamReader;
  /** The client's: an abort ends the relay and counts as the client's own doing. */
  readonly signal: AbortSignal;
  /**
   * `strict`: an end without end marker is told to the client, nothing follows an error event, and a finished
   * stream gets a `[DONE]` that the provider left out. `verbatim`: the bytes pass as they are. Either way a source
   * that fails before the end marker is told.
   */
  readonly manner: 'strict' | 'verbatim';
  /** What a failing source means. */
  readonly toFault: (error: unknown) => GatewayError;
}

export interface RelayedStream {
  readonly body: AsyncIterable<Uint8Array>;
  readonly outcome: Promise<CallOutcome>;
}

/**
 * Starts to relay a server-sent-event stream and waits for its first bytes.
 * A fault before them rejects, so that the client can be given a real status; a fault after them becomes an error
 * event at the end of the body, without `[DONE]`.
 * @throws GatewayError
 */
export async function relayEventStream(relay: EventStreamRelay): Promise<RelayedStream> {
  const passage = new StreamPassage(relay);
  const bytes = passage.bytes();
  const first = await bytes.next();
  return { body: resume(first, bytes), outcome: passage.outcome };
}

/** The iterable that gives what was read ahead, then the rest. No generator: it would cost one more hop a chunk. */
function resume(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncIterable<Uint8Array> {
  let ahead: IteratorResult<Uint8Array, void> | undefined = first;
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        if (ahead === undefined) return rest.next();
        const result = ahead;
        ahead = undefined;
        return Promise.resolve(result);
      },
      return: () => rest.return(),
    }),
  };
}

/** One stream on its way to the client. */
class StreamPassage {
  readonly #relay: EventStreamRelay;
  readonly #isStrict: boolean;
  readonly #outcome = Promise.withResolvers<CallOutcome>();
  #readyAt: number | undefined;
  #firstTokenAt: number | undefined;
  #hasReleased = false;
  #hasEnded = false;
  #fault: GatewayError | undefined;

  constructor(relay: EventStreamRelay) {
    this.#relay = relay;
    this.#isStrict = relay.manner === 'strict';
  }

  /** Settles when the last byte has passed. */
  get outcome(): Promise<CallOutcome> {
    return this.#outcome.promise;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void> {
    const { reader } = this.#relay;
    try {
      for await (const chunk of limited(this.#relay)) {
        const bytes = this.#pass(chunk);
        if (bytes.length > 0) yield bytes;
        if (this.#isStrict && reader.errorCode !== undefined) break;
      }
      const rest = this.#end();
      if (rest.length > 0) yield rest;
      this.#hasEnded = true;
    } catch (error) {
      this.#hasEnded = true;
      this.#fault = this.#toFault(error);
      if (this.#fault !== undefined && this.#isToBeTold()) yield this.#errorEvent(this.#fault);
    } finally {
      this.#settle();
    }
  }

  #pass(chunk: Uint8Array): Uint8Array {
    const { reader } = this.#relay;
    this.#readyAt ??= performance.now();
    const bytes = reader.push(chunk);
    if (reader.sawToken) this.#firstTokenAt ??= performance.now();
    this.#refuseLoneError();
    this.#hasReleased ||= bytes.length > 0;
    return bytes;
  }

  /** What goes out behind the provider's end. */
  #end(): Uint8Array {
    const { reader } = this.#relay;
    const rest = reader.end();
    // The error may be the last event, without its blank line.
    this.#refuseLoneError();
    if (!this.#isStrict || reader.errorCode !== undefined || reader.done) return rest;
    if (!isWhole(this.#relay)) throw interrupted();
    return markedEnd(rest, reader.isInsideEvent);
  }

  /** Where an error is all that came the client can be given a real status. */
  #refuseLoneError(): void {
    const { reader } = this.#relay;
    if (this.#isStrict && isFirst(reader, this.#hasReleased)) throw streamError(reader);
  }

  /**
   * The fault that an error stands for; undefined where it came behind the whole answer and its end marker.
   * @throws GatewayError the fault where nothing has gone out
   */
  #toFault(error: unknown): GatewayError | undefined {
    const { reader } = this.#relay;
    if (isWhole(this.#relay) && reader.done && reader.errorCode === undefined) return undefined;
    const fault = error instanceof GatewayError ? error : this.#relay.toFault(error);
    if (this.#hasReleased) return fault;
    this.#fault = fault;
    throw fault;
  }

  /** Behind its end marker a client reads nothing any more. */
  #isToBeTold(): boolean {
    return !this.#relay.reader.done && !this.#relay.signal.aborted;
  }

  /** In case half an event went out before, a blank line closes it. */
  #errorEvent(fault: GatewayError): Uint8Array {
    const { reader, dialect } = this.#relay;
    return Buffer.from(`${reader.isInsideEvent ? '\n\n' : ''}${dialect.toErrorEvent(fault.toBody())}`);
  }

  #settle(): void {
    const { reader, sentAt, signal } = this.#relay;
    const hasLeft = signal.aborted || !this.#hasEnded;
    this.#outcome.resolve({
      kind: hasLeft ? 'client_abort' : kindOf(this.#relay, this.#fault),
      finishReason: reader.finishReason,
      usage: reader.usage,
      generated: reader.generated.read(),
      errorCode: hasLeft ? undefined : (this.#fault?.code ?? reader.errorCode),
      timings: { sentAt, readyAt: this.#readyAt ?? performance.now(), firstTokenAt: this.#firstTokenAt },
      responseId: reader.responseId,
    });
  }
}

/** The source itself where there is nothing to limit: a wrapper costs a hop a chunk. */
function limited({ source, release, limits, reader, sentAt }: EventStreamRelay): AsyncIterable<Uint8Array> {
  const { firstTokenTimeoutMs, idleTimeoutMs } = limits;
  if (firstTokenTimeoutMs === undefined && idleTimeoutMs === undefined) return source;
  const limitMs = () =>
    reader.sawToken || firstTokenTimeoutMs === undefined
      ? idleTimeoutMs
      : firstTokenTimeoutMs - (performance.now() - sentAt);
  return limitWaits(source, limitMs, release);
}

/** The end marker, as an event of its own whatever the stream ended with; half an event is left out. */
function markedEnd(rest: Uint8Array, insideEvent: boolean): Uint8Array {
  if (!insideEvent && (rest.length === 0 || !isWholeEvent(rest))) return DONE_EVENT;
  return Buffer.concat([rest, BLANK_LINE, DONE_EVENT]);
}

/** By every choice's finish reason, or by its end event where the dialect has one. */
function isWhole({ reader, dialect }: EventStreamRelay): boolean {
  return dialect.endsWithDone ? reader.isComplete : reader.done;
}

function kindOf(relay: EventStreamRelay, fault: GatewayError | undefined): OutcomeKind {
  const { reader } = relay;
  // A connection that breaks behind the last finish reason has cost the end marker and nothing of the answer. The
  // legacy path shows it as a plain end, and equal faults have to count the same.
  const isOnlyUnmarked = reader.errorCode === undefined && isWhole(relay);
  if (fault !== undefined && !isOnlyUnmarked) return fault.outcome;
  if (reader.errorCode !== undefined) return kindOfError(reader.errorCode);
  if (!isWhole(relay)) return 'truncated';
  return reader.finishReason !== undefined && isErrorFinishReason(reader.finishReason)
    ? 'upstream_error'
    : 'success';
}

function kindOfError(code: string): OutcomeKind {
  if (code === BLOCKED_PROMPT) return 'client_error';
  // An event that cannot be read is where the answer ends, as it is for a client of the legacy path.
  return code === 'upstream_invalid_response' ? 'truncated' : 'upstream_error';
}

function interrupted(): GatewayError {
  return new GatewayError(
    'upstream_interrupted',
    'The provider ended the stream before the answer was complete.',
  );
}

/** Whether an error is all that came: with output before it the client gets both, whatever piece they came in. */
function isFirst({ errorCode, sawToken }: StreamReader, released: boolean): boolean {
  return errorCode !== undefined && !released && !sawToken;
}

function streamError({ errorCode }: StreamReader): GatewayError {
  return new GatewayError(
    'upstream_stream_error',
    `The provider answered with an error event (${errorCode}).`,
  );
}
