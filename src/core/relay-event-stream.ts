import { isErrorFinishReason } from './answer-reading.ts';
import type { CallOutcome, OutcomeKind } from './call-outcome.ts';
import { EventStreamTap, isWholeEvent } from './event-stream-tap.ts';
import { GatewayError, toGatewayError } from './gateway-error.ts';

const BLANK_LINE = Buffer.from('\n\n');
const DONE_EVENT = Buffer.from('data: [DONE]\n\n');

export interface EventStreamRelay {
  /** The provider's stream. Throws where the connection fails. */
  readonly source: AsyncIterable<Uint8Array>;
  /** When the request was handed to the upstream, on the monotonic clock. */
  readonly sentAt: number;
  readonly withholdUsage: boolean;
  /** How many choices the client asked for. */
  readonly choices: number;
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

/** The number of choices that a request asks for: `n` for each prompt of a list, or for the one conversation. */
export function choicesOf(body: { readonly n?: unknown; readonly prompt?: unknown }): number {
  const prompts = Array.isArray(body.prompt) ? body.prompt.length : 1;
  return (typeof body.n === 'number' ? body.n : 1) * prompts;
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
  const tap = new EventStreamTap({
    withholdUsage: relay.withholdUsage,
    endsAtError: strict,
    choices: relay.choices,
  });
  let readyAt: number | undefined;
  let firstTokenAt: number | undefined;
  let released = false;
  let fault: GatewayError | undefined;
  let ended = false;
  try {
    for await (const chunk of relay.source) {
      readyAt ??= performance.now();
      const bytes = tap.push(chunk);
      if (tap.sawToken) firstTokenAt ??= performance.now();
      if (strict && tap.errorCode !== undefined && !released) throw streamError(tap.errorCode);
      if (bytes.length > 0) {
        released = true;
        yield bytes;
      }
      if (strict && tap.errorCode !== undefined) break;
    }
    const rest = tap.end();
    const endsUnmarked = strict && tap.errorCode === undefined && !tap.done;
    if (endsUnmarked && !tap.isComplete) throw interrupted();
    if (endsUnmarked) yield markedEnd(rest, tap.isInsideEvent);
    else if (rest.length > 0) yield rest;
    ended = true;
  } catch (error) {
    ended = true;
    // Every choice had come to its finish reason: only the end marker is lost, and it is not made up either.
    if (!tap.isComplete || tap.errorCode !== undefined)
      fault = error instanceof GatewayError ? error : relay.toFault(error);
    if (fault !== undefined && !released) throw fault;
    if (fault !== undefined && !relay.signal.aborted) yield errorEvent(fault, tap.isInsideEvent);
  } finally {
    const timings = { sentAt: relay.sentAt, readyAt: readyAt ?? performance.now(), firstTokenAt };
    const left = relay.signal.aborted || !ended;
    settle({
      kind: left ? 'client_abort' : kindOf(tap, fault),
      finishReason: tap.finishReason,
      usage: tap.usage,
      errorCode: left ? undefined : (fault?.code ?? tap.errorCode),
      timings,
    });
  }
}

/** The end marker, as an event of its own whatever the stream ended with; half an event is left out. */
function markedEnd(rest: Uint8Array, insideEvent: boolean): Uint8Array {
  if (!insideEvent && (rest.length === 0 || !isWholeEvent(rest))) return DONE_EVENT;
  return Buffer.concat([rest, BLANK_LINE, DONE_EVENT]);
}

function kindOf(tap: EventStreamTap, fault: GatewayError | undefined): OutcomeKind {
  if (fault !== undefined) return fault.outcome;
  if (tap.errorCode !== undefined) return 'upstream_error';
  if (!tap.isComplete) return 'truncated';
  return tap.finishReason !== undefined && isErrorFinishReason(tap.finishReason)
    ? 'upstream_error'
    : 'success';
}

function interrupted(): GatewayError {
  return new GatewayError(
    'upstream_interrupted',
    'The provider ended the stream before the answer was complete.',
  );
}

function streamError(code: string): GatewayError {
  return new GatewayError('upstream_stream_error', `The provider answered with an error event (${code}).`);
}

/**
 * The event that ends a failed stream, readable by clients that look at the event's name and by those that look
 * at the data only.
 * @param insideEvent whether half an event went out before, which a blank line must close
 */
function errorEvent(fault: unknown, insideEvent = false): Uint8Array {
  const body = JSON.stringify(toGatewayError(fault).toBody());
  return Buffer.from(`${insideEvent ? '\n\n' : ''}event: error\ndata: ${body}\n\n`);
}
