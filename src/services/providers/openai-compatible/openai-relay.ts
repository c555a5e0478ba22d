import { answerDialectOf } from '../../../core/answer-dialect.ts';
import { outcomeOfAnswer } from '../../../core/buffered-answer.ts';
import { EventStreamTap } from '../../../core/event-stream-tap.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import type { Logger } from '../../../core/logger.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import { choicesOf, relayEventStream } from '../../../core/relay-event-stream.ts';
import type { Reply } from '../../../core/request-path.ts';
import { toPortkeyErrorAnswer } from '../../error-answer.ts';
import { pickReplyHeaders } from '../../reply-headers.ts';
import {
  bufferedReply,
  errorReply,
  isJson,
  notAStream,
  readDocument,
  timingsOf,
  type UpstreamAnswer,
} from '../../upstream-answer.ts';
import { toUpstreamFault, type UpstreamTransport } from '../../upstream-transport.ts';
import type { OpenAIUpstream } from './openai-upstream.ts';
import { toPortkeyRequest } from './portkey-request.ts';

export interface RelayDependencies {
  readonly transport: UpstreamTransport;
  readonly logger: Logger;
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
  const answer = await send(call, upstream, deps, signal);
  if (answer.response.statusCode >= 300) return relayError(call, answer);
  if (!call.stream) return wholeReply(call, answer);
  if (isJson(answer)) throw await notAStream(call, answer);
  return streamReply(call, answer, signal);
}

async function send(
  call: ProviderCall,
  upstream: OpenAIUpstream,
  { transport, logger }: RelayDependencies,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
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

async function streamReply(call: ProviderCall, answer: UpstreamAnswer, signal: AbortSignal): Promise<Reply> {
  const { response, sentAt } = answer;
  const dialect = answerDialectOf(call.endpoint);
  const { body, outcome } = await relayEventStream({
    source: response.body,
    sentAt,
    dialect,
    reader: new EventStreamTap({
      dialect,
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

async function wholeReply(call: ProviderCall, answer: UpstreamAnswer): Promise<Reply> {
  const { bytes, document } = await readDocument(answer);
  const { statusCode } = answer.response;
  return bufferedReply(
    answer,
    bytes,
    outcomeOfAnswer(call.endpoint, statusCode, document, timingsOf(answer)),
  );
}

function relayError(call: ProviderCall, answer: UpstreamAnswer): Promise<Reply> {
  return errorReply(call, answer, {
    readError: (document) =>
      isJsonObject(document) && isJsonObject(document.error) ? document.error : undefined,
    // Portkey rewrites errors of the expected shape only.
    write: (plain, given) =>
      given === undefined || !rewritesErrors(call)
        ? { ...plain }
        : toPortkeyErrorAnswer(plain, given, 'openai'),
  });
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
