import { randomUUID } from 'node:crypto';
import { answerDialectOf } from '../../core/answer-dialect.ts';
import type { CallOutcome } from '../../core/call-outcome.ts';
import { expectedChoices } from '../../core/expected-choices.ts';
import { GatewayError } from '../../core/gateway-error.ts';
import { type Generated, GeneratedSoFar } from '../../core/generated.ts';
import { isJsonObject } from '../../core/json.ts';
import type { Logger } from '../../core/logger.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import { relayEventStream } from '../../core/relay-event-stream.ts';
import type { Reply } from '../../core/request-path.ts';
import type { StreamPart } from '../../core/stream-part.ts';
import { withoutKey } from '../error-answer.ts';
import { logDroppedFields } from '../log-dropped-fields.ts';
import { pickReplyHeaders } from '../reply-headers.ts';
import {
  bufferedReply,
  isJson,
  notAStream,
  readDocument,
  timingsOf,
  type UpstreamAnswer,
} from '../upstream-answer.ts';
import { toUpstreamFault } from '../upstream-transport.ts';
import { addGenerated } from './add-generated.ts';
import type { AnswerEncoder } from './answer-encoder.ts';
import type { ChatTranslator } from './chat-translator.ts';
import { type CollectedAnswer, collectAnswer } from './collect-answer.ts';
import { type AnswerHead, createOpenAIEncoder } from './openai-encoder.ts';
import { translateError } from './translate-error.ts';
import { TranslatingReader } from './translating-reader.ts';

/**
 * Carries a chat completion to a provider of another dialect: its request and its answer are translated, the answer
 * event by event.
 * @throws GatewayError for a request that cannot be translated, and for faults before the first byte that are no
 *   answer of the provider
 */
export async function translateChat(
  call: ProviderCall,
  translator: ChatTranslator,
  logger: Logger,
  signal: AbortSignal,
): Promise<Reply> {
  const { body, droppedFields } = translator.toRequest(call);
  logDroppedFields(logger, call, droppedFields);
  const sentAt = performance.now();
  const answer = { response: await translator.sendChat(call, body, signal), sentAt };
  if (answer.response.statusCode >= 300) return translateError(call, translator, answer);
  if (!call.stream) return translateDocument(call, translator, answer);
  if (isJson(answer)) throw await notAStream(call, answer);
  const choices = droppedFields.includes('n') ? 1 : expectedChoices(call.endpoint, call.body);
  return translateStream(call, translator, answer, choices, signal);
}

async function translateStream(
  call: ProviderCall,
  translator: ChatTranslator,
  { response, sentAt }: UpstreamAnswer,
  choices: number,
  signal: AbortSignal,
): Promise<Reply> {
  const redact = (text: string) => withoutKey(text, call.provider.apiKey);
  const reader = new TranslatingReader(translator.createDecoder(call), encoderFor(call, translator), {
    choices,
    redact,
  });
  const relayed = relayEventStream({
    source: response.body,
    release: () => response.body.destroy(),
    sentAt,
    dialect: answerDialectOf(call.endpoint),
    limits: call.limits,
    reader,
    signal,
    manner: 'strict',
    toFault: (error) => toUpstreamFault(error, true),
  });
  const { body, outcome } = await relayed.catch((fault: unknown) => {
    throw blockedPrompt(reader.errorCode, reader.errorMessage) ?? fault;
  });
  const headers = {
    ...pickReplyHeaders(response.headers),
    'content-type': 'text/event-stream; charset=utf-8',
  };
  return { status: response.statusCode, headers, body, outcome };
}

async function translateDocument(
  call: ProviderCall,
  translator: ChatTranslator,
  answer: UpstreamAnswer,
): Promise<Reply> {
  const { document } = await readDocument(answer);
  const parts = translator.createDecoder(call).decodeDocument(document);
  const collected = collectAnswer(parts);
  if (collected.error !== undefined) throw toAnswerFault(collected.error);
  const isWhole = collected.choices.every(({ finishReason }) => finishReason !== undefined);
  if (!isWhole && call.key.compat !== 'portkey') {
    throw new GatewayError('upstream_invalid_response', 'The provider’s answer does not say why it ended.');
  }
  const written = encoderFor(call, translator).encodeDocument(collected);
  const outcome = outcomeOfDocument(collected, parts, isWhole);
  const counted = { ...outcome, timings: timingsOf(answer) };
  return bufferedReply(answer, Buffer.from(JSON.stringify(written)), counted);
}

/**
 * By what the provider said, not by what is written: under `compat: portkey` the client may get other definitions of
 * the counts than the ledger, less than was generated, and `stop` for an answer that does not say why it ended.
 */
function outcomeOfDocument(
  { usage, choices }: CollectedAnswer,
  parts: readonly StreamPart[],
  isWhole: boolean,
): Omit<CallOutcome, 'timings'> {
  return {
    kind: isWhole ? 'success' : 'upstream_error',
    errorCode: isWhole ? undefined : 'upstream_invalid_response',
    finishReason: choices.at(-1)?.finishReason,
    usage,
    generated: generatedIn(parts),
  };
}

function generatedIn(parts: readonly StreamPart[]): Generated {
  const generated = new GeneratedSoFar();
  for (const part of parts) addGenerated(generated, part);
  return generated.read();
}

/** A document that stands for no answer. */
function toAnswerFault({ code, message }: { readonly code: string; readonly message: string }): GatewayError {
  return (
    blockedPrompt(code, message) ??
    new GatewayError('upstream_invalid_response', `The provider answered with an error (${code}).`)
  );
}

/** The fault of a prompt that the provider blocked, before it said anything; undefined for any other error. */
function blockedPrompt(code: string | undefined, message: string | undefined): GatewayError | undefined {
  return code === 'content_filter' ? new GatewayError('content_filter', message ?? '') : undefined;
}

function encoderFor(call: ProviderCall, translator: ChatTranslator): AnswerEncoder {
  const head: AnswerHead = {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    model: String(call.body.model),
    created: Math.floor(Date.now() / 1000),
  };
  if (call.key.compat === 'portkey') return translator.createPortkeyEncoder(call, head);
  return createOpenAIEncoder(head, { includeUsage: asksForUsage(call) });
}

function asksForUsage({ body }: ProviderCall): boolean {
  return isJsonObject(body.stream_options) && body.stream_options.include_usage === true;
}
