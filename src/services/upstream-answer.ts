import type { Dispatcher } from 'undici';
import { answerDialectOf } from '../core/answer-dialect.ts';
import { outcomeOfAnswer, singleChunk } from '../core/buffered-answer.ts';
import type { CallOutcome, UpstreamTimings } from '../core/call-outcome.ts';
import { GatewayError } from '../core/gateway-error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../core/json.ts';
import type { ProviderCall } from '../core/provider-call.ts';
import { readWhole, refuseTooLarge } from '../core/read-whole.ts';
import type { Reply } from '../core/request-path.ts';
import { type ErrorAnswer, toErrorAnswer, withoutKeyInside } from './error-answer.ts';
import { pickReplyHeaders } from './reply-headers.ts';
import { toUpstreamFault } from './upstream-transport.ts';

/** A request that was sent, with the head of its answer. */
export interface UpstreamAnswer {
  readonly response: Dispatcher.ResponseData;
  /** On the monotonic clock, in milliseconds. */
  readonly sentAt: number;
}

/** Whether the answer is one JSON document. */
export function isJson({ response }: UpstreamAnswer): boolean {
  return String(response.headers['content-type'] ?? '').startsWith('application/json');
}

/**
 * Reads an answer's body to its end.
 * @throws GatewayError where it breaks off, is too large or takes too long
 */
export async function readBody({ response }: UpstreamAnswer): Promise<Buffer> {
  const { headers, body } = response;
  try {
    const announced = Number(headers['content-length'] ?? Number.NaN);
    if (Number.isNaN(announced)) return await readWhole(body);
    // Reading in one go is cheaper, and as much as was announced is all that can come.
    refuseTooLarge(announced);
    return Buffer.from(await body.arrayBuffer());
  } catch (error) {
    body.destroy();
    throw toWholeFault(error);
  }
}

/**
 * Reads an answer that has to be one JSON object.
 * @throws GatewayError
 */
export async function readDocument(
  answer: UpstreamAnswer,
): Promise<{ readonly bytes: Buffer; readonly document: JsonObject }> {
  const bytes = await readBody(answer);
  const document = parseJson(bytes.toString('utf8'));
  if (isJsonObject(document)) return { bytes, document };
  throw new GatewayError(
    'upstream_invalid_response',
    'The provider answered with something that is not JSON.',
  );
}

/** A stream was asked for and a document came: at best an error under a 200, and nothing a client could read. */
export async function notAStream(call: ProviderCall, answer: UpstreamAnswer): Promise<GatewayError> {
  const document = parseJson((await readBody(answer)).toString('utf8'));
  const told = isJsonObject(document) ? withoutKeyInside(document, call.provider.apiKey) : document;
  const { errorCode } = answerDialectOf(call.endpoint).read(told);
  return errorCode === undefined
    ? new GatewayError(
        'upstream_invalid_response',
        'The provider answered with a document in place of a stream.',
      )
    : new GatewayError('upstream_stream_error', `The provider answered with an error (${errorCode}).`);
}

/** A reply that is held in memory, under the answer's headers; JSON unless told otherwise. */
export function bufferedReply(
  { response }: UpstreamAnswer,
  bytes: Buffer,
  outcome: CallOutcome,
  status = response.statusCode,
  contentType = 'application/json',
): Reply {
  return {
    status,
    headers: {
      ...pickReplyHeaders(response.headers),
      'content-type': contentType,
      'content-length': String(bytes.length),
    },
    body: singleChunk(bytes),
    outcome: Promise.resolve(outcome),
  };
}

/** How an error answer is written for the client. */
export interface ErrorWriting {
  /** The provider's error object in the document it sent; undefined where there is none. */
  readonly readError: (document: unknown) => JsonObject | undefined;
  /**
   * The document for the client.
   * @param given the provider's error object, where there is one
   * @param document what the provider sent, without the account's key; undefined where it is no JSON object
   */
  readonly write: (
    answer: ErrorAnswer,
    given: JsonObject | undefined,
    document: JsonObject | undefined,
  ) => JsonObject;
  /** Whole seconds after which a retry makes sense, of a dialect that says so in the document and in no header. */
  readonly readRetryDelay?: (document: unknown) => number | undefined;
}

/** The reply for an error answer: an `error` object under the provider's status. */
export async function errorReply(
  call: ProviderCall,
  answer: UpstreamAnswer,
  { readError, write, readRetryDelay }: ErrorWriting,
): Promise<Reply> {
  const { response } = answer;
  const text = (await readBody(answer)).toString('utf8');
  const document = parseJson(text);
  const given = readError(document);
  const isError = response.statusCode >= 400;
  const shown =
    isError && isJsonObject(document) ? withoutKeyInside(document, call.provider.apiKey) : undefined;
  const plain = toErrorAnswer(response.statusCode, given, text, call.provider.apiKey);
  const written = write(plain, given, shown);
  // A redirect is not followed, and no client of this endpoint could.
  const status = isError ? response.statusCode : 502;
  const outcome = outcomeOfAnswer(call.endpoint, status, written, timingsOf(answer));
  // An error that is broken itself is the provider's fault, whatever its status blames.
  const broken = isJson(answer) && document === undefined;
  const reply = bufferedReply(
    answer,
    Buffer.from(JSON.stringify(written)),
    broken ? { ...outcome, kind: 'upstream_error' } : outcome,
    clientStatus(call, status),
  );
  const delay = readRetryDelay?.(document);
  return delay === undefined
    ? reply
    : { ...reply, headers: { 'retry-after': String(delay), ...reply.headers } };
}

/** Statuses that OpenAI's clients do not know, as the ones they know (quirk `error.statuses`). */
const OPENAI_STATUSES: Readonly<Record<number, number>> = { 408: 504, 529: 503 };

function clientStatus({ key, endpoint }: ProviderCall, status: number): number {
  if (key.compat === 'portkey' || endpoint.startsWith('messages')) return status;
  return OPENAI_STATUSES[status] ?? status;
}

/** The moments of an answer that has just been read to its end. */
export function timingsOf({ sentAt }: UpstreamAnswer): UpstreamTimings {
  return { sentAt, readyAt: performance.now(), firstTokenAt: undefined };
}

/** A whole answer that breaks off is no stream cut short: nothing of it was usable, and the client got nothing. */
function toWholeFault(error: unknown): GatewayError {
  const fault = toUpstreamFault(error, true);
  if (fault.code !== 'upstream_interrupted') return fault;
  return new GatewayError('upstream_invalid_response', 'The provider broke its answer off.', {
    cause: error,
  });
}
