import type { AnswerDialect } from './answer-dialect.ts';
import { BLOCKED_PROMPT, isErrorFinishReason } from './answer-reading.ts';
import type { CallOutcome, OutcomeKind } from './call-outcome.ts';
import type { ModelLimits } from './catalog.ts';
import { isWholeEvent } from './event-stream-tap.ts';
import { GatewayError, toGatewayError } from './gateway-error.ts';
import { limitWaits } from './limit-waits.ts';
import type { StreamReader } from './stream-reader.ts';
import { isCounted } from './usage.ts';

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
   * stream gets a `[DONE]` that the provider left out. `verbatim`: the bytes pass as they are.
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
  const { promise: outcome, resolve: settle } = Promise.withResolvers<CallOutcome>();
  const bytes = relayBytes(relay, settle);
  const first = await bytes.next();
  return { body: resume(first, bytes), outcome };
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

async function* relayBytes(
  relay: EventStreamRelay,
  settle: (outcome: CallOutcome) => void,
): AsyncGenerator<Uint8Array, void> {
  const strict = relay.manner === 'strict';
  const { reader } = relay;
  let readyAt: number | undefined;
  let firstTokenAt: number | undefined;
  let released = false;
  let fault: GatewayError | undefined;
  let ended = false;
  try {
    for await (const chunk of limited(relay)) {
      readyAt ??= performance.now();
      const bytes = reader.push(chunk);
      if (reader.sawToken) firstTokenAt ??= performance.now();
      if (strict && isFirst(reader, released)) throw streamError(reader);
      if (bytes.length > 0) {
        released = true;
        yield bytes;
      }
      if (strict && reader.errorCode !== undefined) break;
    }
    const rest = reader.end();
    // The error may be the last event, without its blank line.
    if (strict && isFirst(reader, released)) throw streamError(reader);
    const endsUnmarked = strict && reader.errorCode === undefined && !reader.done;
    if (endsUnmarked && !isWhole(relay)) throw interrupted();
    if (endsUnmarked) yield markedEnd(rest, reader.isInsideEvent);
    else if (rest.length > 0) yield rest;
    ended = true;
  } catch (error) {
    ended = true;
    // The answer is all there: only the end marker is lost, and it is not made up either.
    if (!isWhole(relay) || reader.errorCode !== undefined)
      fault = error instanceof GatewayError ? error : relay.toFault(error);
    if (fault !== undefined && !released) throw fault;
    if (fault !== undefined && !relay.signal.aborted)
      yield errorEvent(fault, relay.dialect, reader.isInsideEvent);
  } finally {
    const timings = { sentAt: relay.sentAt, readyAt: readyAt ?? performance.now(), firstTokenAt };
    const left = relay.signal.aborted || !ended;
    settle({
      kind: left ? 'client_abort' : kindOf(relay, fault),
      finishReason: reader.finishReason,
      usage: reader.usage,
      uncounted: isCounted(reader.usage) ? undefined : reader.text,
      errorCode: left ? undefined : (fault?.code ?? reader.errorCode),
      timings,
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
  if (fault !== undefined) return fault.outcome;
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

/** @param insideEvent whether half an event went out before, which a blank line must close */
function errorEvent(fault: unknown, dialect: AnswerDialect, insideEvent: boolean): Uint8Array {
  return Buffer.from(`${insideEvent ? '\n\n' : ''}${dialect.toErrorEvent(toGatewayError(fault).toBody())}`);
}
