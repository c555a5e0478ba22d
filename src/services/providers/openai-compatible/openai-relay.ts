import type { Dispatcher } from 'undici';
import { outcomeOfAnswer, singleChunk } from '../../../core/buffered-answer.ts';
import type { UpstreamTimings } from '../../../core/call-outcome.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import { isJsonObject } from '../../../core/json.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import { choicesOf, relayEventStream } from '../../../core/relay-event-stream.ts';
import type { Reply } from '../../../core/request-path.ts';
import { toUpstreamFault, type UpstreamTransport } from '../../upstream-transport.ts';
import { parse, toErrorAnswer } from './error-answer.ts';
import type { OpenAIUpstream } from './openai-upstream.ts';
import { pickReplyHeaders } from './reply-headers.ts';

/** A whole answer larger than this is refused: it would have to be held in memory. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

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
  transport: UpstreamTransport,
  signal: AbortSignal,
): Promise<Reply> {
  const sent = await send(call, upstream, transport, signal);
  const { statusCode } = sent.response;
  if (statusCode >= 300) return errorReply(call, upstream, sent);
  return call.stream ? streamReply(call, sent, signal) : wholeReply(sent);
}

async function send(
  call: ProviderCall,
  upstream: OpenAIUpstream,
  transport: UpstreamTransport,
  signal: AbortSignal,
): Promise<SentCall> {
  const { origin, path, headers } = await upstream.prepare(call.upstreamPath);
  const body = JSON.stringify(call.body);
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
    withholdUsage: call.withholdUsage,
    choices: choicesOf(call.body),
    signal,
    manner: 'strict',
    toFault: toUpstreamFault,
  });
  return { status: response.statusCode, headers: pickReplyHeaders(response.headers), body, outcome };
}

async function wholeReply(sent: SentCall): Promise<Reply> {
  const { response } = sent;
  const bytes = await readWhole(response);
  const answer = parse(bytes.toString('utf8'));
  if (!isJsonObject(answer)) {
    throw new GatewayError(
      'upstream_invalid_response',
      'The provider answered with something that is not JSON.',
    );
  }
  return buffered(response, response.statusCode, bytes, answer, timingsOf(sent));
}

async function errorReply(call: ProviderCall, upstream: OpenAIUpstream, sent: SentCall): Promise<Reply> {
  const { response } = sent;
  const text = (await readWhole(response)).toString('utf8');
  const given = parse(text);
  const headers = new Headers(toPairs(response.headers));
  const error = upstream.toApiError(response.statusCode, isJsonObject(given) ? given : undefined, headers);
  const answer = toErrorAnswer(error, text, call.provider.apiKey);
  // A redirect is not followed, and no client of this endpoint could.
  const status = response.statusCode < 400 ? 502 : response.statusCode;
  return buffered(response, status, Buffer.from(JSON.stringify(answer)), answer, timingsOf(sent));
}

function buffered(
  response: Dispatcher.ResponseData,
  status: number,
  bytes: Buffer,
  answer: unknown,
  timings: UpstreamTimings,
): Reply {
  return {
    status,
    headers: {
      ...pickReplyHeaders(response.headers),
      'content-type': 'application/json',
      'content-length': String(bytes.length),
    },
    body: singleChunk(bytes),
    outcome: Promise.resolve(outcomeOfAnswer(status, answer, timings)),
  };
}

function timingsOf(sent: SentCall): UpstreamTimings {
  return { sentAt: sent.sentAt, readyAt: performance.now(), firstTokenAt: undefined };
}

async function readWhole({ headers, body }: Dispatcher.ResponseData): Promise<Buffer> {
  try {
    const announced = Number(headers['content-length'] ?? Number.NaN);
    if (announced > MAX_ANSWER_BYTES) throw tooLarge();
    // Reading in one go is cheaper, and as much as was announced is all that can come.
    if (announced >= 0) return Buffer.from(await body.arrayBuffer());
    return await readChunks(body);
  } catch (error) {
    body.destroy();
    throw toUpstreamFault(error);
  }
}

async function readChunks(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): GatewayError {
  return new GatewayError('upstream_invalid_response', 'The provider sent an answer that is too large.');
}

function toPairs(headers: Dispatcher.ResponseData['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  );
}
