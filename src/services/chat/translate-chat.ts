import { randomUUID } from 'node:crypto';
import { answerDialectOf } from '../../core/answer-dialect.ts';
import { outcomeOfAnswer } from '../../core/buffered-answer.ts';
import { isJsonObject } from '../../core/json.ts';
import type { Logger } from '../../core/logger.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import { relayEventStream } from '../../core/relay-event-stream.ts';
import type { Reply } from '../../core/request-path.ts';
import { toPortkeyErrorAnswer } from '../error-answer.ts';
import { logDroppedFields } from '../log-dropped-fields.ts';
import type { ProviderAdapter, ProviderError } from '../provider-adapter.ts';
import { pickReplyHeaders } from '../reply-headers.ts';
import {
  bufferedReply,
  errorReply,
  isJson,
  notAStream,
  readDocument,
  timingsOf,
  type UpstreamAnswer,
} from '../upstream-answer.ts';
import { toUpstreamFault } from '../upstream-transport.ts';
import type { AnswerEncoder } from './answer-encoder.ts';
import { collectAnswer } from './collect-answer.ts';
import { type AnswerHead, createOpenAIEncoder } from './openai-encoder.ts';
import { TranslatingReader } from './translating-reader.ts';

/**
 * Carries a chat completion to a provider of another dialect: its request and its answer are translated, the answer
 * event by event.
 * @throws GatewayError for a request that cannot be translated, and for faults before the first byte that are no
 *   answer of the provider
 */
export async function translateChat(
  call: ProviderCall,
  adapter: ProviderAdapter,
  logger: Logger,
  signal: AbortSignal,
): Promise<Reply> {
  const { body, droppedFields } = adapter.toRequest(call);
  logDroppedFields(logger, call, droppedFields);
  const sentAt = performance.now();
  const answer = { response: await adapter.sendChat(call, body, signal), sentAt };
  if (answer.response.statusCode >= 300) return translateError(call, adapter, answer);
  if (!call.stream) return translateDocument(call, adapter, answer);
  if (isJson(answer)) throw await notAStream(call, answer);
  return translateStream(call, adapter, answer, signal);
}

async function translateStream(
  call: ProviderCall,
  adapter: ProviderAdapter,
  { response, sentAt }: UpstreamAnswer,
  signal: AbortSignal,
): Promise<Reply> {
  const { body, outcome } = await relayEventStream({
    source: response.body,
    release: () => response.body.destroy(),
    sentAt,
    dialect: answerDialectOf(call.endpoint),
    limits: call.limits,
    reader: new TranslatingReader(adapter.createDecoder(call), encoderFor(call, adapter)),
    signal,
    manner: 'strict',
    toFault: (error) => toUpstreamFault(error, true),
  });
  const headers = {
    ...pickReplyHeaders(response.headers),
    'content-type': 'text/event-stream; charset=utf-8',
  };
  return { status: response.statusCode, headers, body, outcome };
}

async function translateDocument(
  call: ProviderCall,
  adapter: ProviderAdapter,
  answer: UpstreamAnswer,
): Promise<Reply> {
  const { document } = await readDocument(answer);
  const collected = collectAnswer(adapter.createDecoder(call).decodeDocument(document));
  const written = encoderFor(call, adapter).encodeDocument(collected);
  const outcome = outcomeOfAnswer(call.endpoint, 200, written, timingsOf(answer));
  // The client may get other definitions of the counts than the ledger.
  const counted = { ...outcome, usage: collected.usage };
  return bufferedReply(answer, Buffer.from(JSON.stringify(written)), counted);
}

function translateError(
  call: ProviderCall,
  adapter: ProviderAdapter,
  answer: UpstreamAnswer,
): Promise<Reply> {
  return errorReply(call, answer, {
    readError: (document) => toJsonObject(adapter.readError(document)),
    write: (plain, given) =>
      given === undefined || call.key.compat !== 'portkey'
        ? { ...plain }
        : toPortkeyErrorAnswer(plain, given, adapter.portkeyName),
  });
}

function toJsonObject(error: ProviderError | undefined) {
  return error === undefined ? undefined : { ...error };
}

function encoderFor(call: ProviderCall, adapter: ProviderAdapter): AnswerEncoder {
  const head: AnswerHead = {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    model: String(call.body.model),
    created: Math.floor(Date.now() / 1000),
  };
  if (call.key.compat === 'portkey') return adapter.createPortkeyEncoder(call, head);
  return createOpenAIEncoder(head, { includeUsage: asksForUsage(call) });
}

function asksForUsage({ body }: ProviderCall): boolean {
  return isJsonObject(body.stream_options) && body.stream_options.include_usage === true;
}
