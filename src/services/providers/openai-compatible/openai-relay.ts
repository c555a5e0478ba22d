import type { Dispatcher } from 'undici';
import { readAnswer } from '../../../core/answer-reading.ts';
import { outcomeOfAnswer, singleChunk } from '../../../core/buffered-answer.ts';
import type { CallOutcome, UpstreamTimings } from '../../../core/call-outcome.ts';
import { EventStreamTap } from '../../../core/event-stream-tap.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../core/json.ts';
import type { Logger } from '../../../core/logger.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import { readWhole, refuseTooLarge } from '../../../core/read-whole.ts';
import { choicesOf, relayEventStream } from '../../../core/relay-event-stream.ts';
import type { Reply } from '../../../core/request-path.ts';
import { toUpstreamFault, type UpstreamTransport } from '../../upstream-transport.ts';
import { toErrorAnswer, toPortkeyErrorAnswer } from './error-answer.ts';
import type { OpenAIUpstream } from './openai-upstream.ts';
import { toPortkeyRequest } from './portkey-request.ts';
import { pickReplyHeaders } from './reply-headers.ts';

export interface RelayDependencies {
  readonly transport: UpstreamTransport;
  readonly logger: Logger;
}

interface SentCall {
  readonly response: Dispatcher.ResponseData;
  /** On the monotonic clock, in milliseconds. */
  readonly sentAt: number;
}

/**
 * Carries a call to a provider of the OpenAI dialect and relays its answer byte for byte, reading along. Only 2xx
 * answers are relayed; an error answer becomes an `error` object under the provider's status.
 * @throws GatewayError for faults before the first byte that are no answer of the provider
 */
export async function relayOpenAI(
  call: ProviderCall,
  upstream: OpenAIUpstream,
  deps: RelayDependencies,
  signal: AbortSignal,
): Promise<Reply> {
  const sent = await send(call, upstream, deps, signal);
  if (sent.response.statusCode >= 300) return errorReply(call, upstream, sent);
  if (!call.stream) return wholeReply(call, sent);
  if (isJson(sent.response)) throw await notAStream(sent.response);
  return streamReply(call, sent, signal);
}

async function send(
  call: ProviderCall,
  upstream: OpenAIUpstream,
  { transport, logger }: RelayDependencies,
  signal: AbortSignal,
): Promise<SentCall> {
  const { origin, path, headers } = await upstream.prepare(call.upstreamPath);
  const body = JSON.stringify(bodyFor(call, logger));
  const sentAt = performance.now();
  const response = await transport.post({
    origin,
    path,
    headers: { ...headers, ...call.headers },
    body,
    signal,
  });
  return { response, sentAt };
}

async function streamReply(call: ProviderCall, sent: SentCall, signal: AbortSignal): Promise<Reply> {
  const { response, sentAt } = sent;
  const { body, outcome } = await relayEventStream({
    source: response.body,
    sentAt,
    reader: new EventStreamTap({
      withholdUsage: call.withholdUsage,
      endsAtError: true,
      choices: choicesOf(call.body),
    }),
    signal,
    manner: 'strict',
    toFault: (error) => toUpstreamFault(error, true),
  });
  return { status: response.statusCode, headers: pickReplyHeaders(response.headers), body, outcome };
}

async function wholeReply(call: ProviderCall, sent: SentCall): Promise<Reply> {
  const { response } = sent;
  const bytes = await readBody(response);
  const answer = parseJson(bytes.toString('utf8'));
  if (!isJsonObject(answer)) {
    throw new GatewayError(
      'upstream_invalid_response',
      'The provider answered with something that is not JSON.',
    );
  }
  const status = response.statusCode;
  return buffered(response, status, bytes, outcomeOfAnswer(call.endpoint, status, answer, timingsOf(sent)));
}

/** A stream was asked for and a document came: at best an error under a 200, and nothing a client could read. */
async function notAStream(response: Dispatcher.ResponseData): Promise<GatewayError> {
  const { errorCode } = readAnswer(parseJson((await readBody(response)).toString('utf8')));
  return errorCode === undefined
    ? new GatewayError(
        'upstream_invalid_response',
        'The provider answered with a document in place of a stream.',
      )
    : new GatewayError('upstream_stream_error', `The provider answered with an error (${errorCode}).`);
}

async function errorReply(call: ProviderCall, upstream: OpenAIUpstream, sent: SentCall): Promise<Reply> {
  const { response } = sent;
  const text = (await readBody(response)).toString('utf8');
  const given = parseJson(text);
  const headers = new Headers(toPairs(response.headers));
  const error = upstream.toApiError(response.statusCode, isJsonObject(given) ? given : undefined, headers);
  const plain = toErrorAnswer(error, text, call.provider.apiKey);
  const original = rewritesErrors(call) ? errorObjectOf(given) : undefined;
  const answer = original === undefined ? plain : toPortkeyErrorAnswer(plain, original);
  // A redirect is not followed, and no client of this endpoint could.
  const status = response.statusCode < 400 ? 502 : response.statusCode;
  const outcome = outcomeOfAnswer(call.endpoint, status, answer, timingsOf(sent));
  // An error that is broken itself is the provider's fault, whatever its status blames.
  const broken = isJson(response) && given === undefined;
  const bytes = Buffer.from(JSON.stringify(answer));
  return buffered(response, status, bytes, broken ? { ...outcome, kind: 'upstream_error' } : outcome);
}

function buffered(
  response: Dispatcher.ResponseData,
  status: number,
  bytes: Buffer,
  outcome: CallOutcome,
): Reply {
  return {
    status,
    headers: {
      ...pickReplyHeaders(response.headers),
      'content-type': 'application/json',
      'content-length': String(bytes.length),
    },
    body: singleChunk(bytes),
    outcome: Promise.resolve(outcome),
  };
}

function timingsOf(sent: SentCall): UpstreamTimings {
  return { sentAt: sent.sentAt, readyAt: performance.now(), firstTokenAt: undefined };
}

function bodyFor(call: ProviderCall, logger: Logger): JsonObject {
  if (call.key.compat !== 'portkey') return call.body;
  const { body, droppedFields } = toPortkeyRequest(call.endpoint, call.body);
  if (droppedFields.length > 0) {
    logger.info(
      { requestId: call.requestId, droppedFields },
      'fields that Portkey never passed on were left out',
    );
  }
  return body;
}

/** Portkey rewrites errors of chat completions, and passes on those of embeddings as they are. */
function rewritesErrors({ key, endpoint }: ProviderCall): boolean {
  return key.compat === 'portkey' && endpoint === 'chat.completions';
}

/** The error of the expected shape: Portkey rewrites no other. */
function errorObjectOf(answer: unknown): JsonObject | undefined {
  return isJsonObject(answer) && isJsonObject(answer.error) ? answer.error : undefined;
}

function isJson({ headers }: Dispatcher.ResponseData): boolean {
  return String(headers['content-type'] ?? '').startsWith('application/json');
}

async function readBody({ headers, body }: Dispatcher.ResponseData): Promise<Buffer> {
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

/** A whole answer that breaks off is no stream cut short: nothing of it was usable, and the client got nothing. */
function toWholeFault(error: unknown): GatewayError {
  const fault = toUpstreamFault(error, true);
  if (fault.code !== 'upstream_interrupted') return fault;
  return new GatewayError('upstream_invalid_response', 'The provider broke its answer off.', {
    cause: error,
  });
}

function toPairs(headers: Dispatcher.ResponseData['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  );
}
