import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import type { FinishReason, StreamPart } from '../../../core/stream-part.ts';
import type { AnswerEncoder } from '../../chat/answer-encoder.ts';
import type { CollectedAnswer, CollectedChoice, CollectedToolCall } from '../../chat/collect-answer.ts';
import { PORTKEY_NAME } from './google-error.ts';
import { toPortkeyUsage } from './portkey-google-usage.ts';

/**
 * Writes answers as Portkey does in its strict mode: a chunk an event, with the role in each and the usage wherever
 * candidates are counted; Gemini's calls end with `stop`; thoughts are withheld. Not as Portkey does where it loses
 * calls, the signatures they must bring back, texts, images and log probabilities, or puts all calls on one index.
 * @param created seconds since the epoch
 */
export function createPortkeyGoogleEncoder(created: number): AnswerEncoder {
  const id = `${PORTKEY_NAME}-${Date.now()}`;
  let model: string | undefined;
  let sawThoughts = false;

  function encodeEvent(parts: readonly StreamPart[]): readonly JsonObject[] {
    if (parts.some(({ type }) => type === 'error')) return [];
    model = parts.find((part) => part.type === 'response-start')?.model ?? model;
    sawThoughts ||= parts.some(({ type }) => type === 'reasoning-delta');
    const choices = [...groupByChoice(parts)].map(([index, said]) => toChunkChoice(index, said, sawThoughts));
    const counts = parts.find((part) => part.type === 'usage')?.raw;
    const usage = counts?.candidatesTokenCount ? { usage: toPortkeyUsage(counts, undefined) } : {};
    return [
      { id, object: 'chat.completion.chunk', created, model, provider: PORTKEY_NAME, choices, ...usage },
    ];
  }

  return { encodeEvent, encodeEnd: () => [], encodeDocument: (answer) => toDocument(answer, created) };
}

type ChoicePart = Extract<StreamPart, { readonly choice: number }>;

function groupByChoice(parts: readonly StreamPart[]): Map<number, readonly ChoicePart[]> {
  return Map.groupBy(
    parts.filter((part) => 'choice' in part),
    ({ choice }) => choice,
  );
}

function toChunkChoice(index: number, parts: readonly ChoicePart[], sawThoughts: boolean): JsonObject {
  const text = parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('');
  const calls = toCallDeltas(parts);
  const images = parts.filter((part) => part.type === 'image');
  const logprobs = parts.flatMap((part) => (part.type === 'logprobs' ? part.content : []));
  const finish = parts.find((part) => part.type === 'finish');
  const blocks = images.map(({ url }) => ({ index: sawThoughts ? 1 : 0, delta: toImageBlock(url) }));
  return {
    delta: {
      role: 'assistant',
      ...(text !== '' || calls.length + images.length === 0 ? { content: text } : {}),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...(blocks.length > 0 ? { content_blocks: blocks } : {}),
    },
    index,
    finish_reason: finish === undefined ? null : toPortkeyReason(finish.raw),
    ...(logprobs.length > 0 ? { logprobs: { content: logprobs.map(withoutEmptyTop) } } : {}),
  };
}

/** The calls of one event, whose beginning and arguments come together unless Gemini sends them in pieces. */
function toCallDeltas(parts: readonly ChoicePart[]): readonly JsonObject[] {
  const starts = parts.filter((part) => part.type === 'tool-call-start');
  const deltas = parts.filter((part) => part.type === 'tool-call-delta');
  const textOf = (index: number) =>
    deltas.map((part) => (part.index === index ? part.arguments : '')).join('');
  const begun = new Set(starts.map(({ index }) => index));
  return [
    ...deltas
      .filter(({ index }) => !begun.has(index))
      .map((part) => ({ index: part.index, function: { arguments: part.arguments } })),
    ...starts.map(({ index, name, extra }) => ({ index, ...toCall(name, textOf(index), extra) })),
  ];
}

function toDocument(answer: CollectedAnswer, created: number): JsonObject {
  return {
    id: `portkey-${randomUUID()}`,
    object: 'chat.completion',
    created,
    model: answer.model,
    provider: PORTKEY_NAME,
    choices: answer.choices.map(toChoice),
    ...(answer.rawUsage === undefined ? {} : { usage: toPortkeyUsage(answer.rawUsage, 0) }),
  };
}

function toChoice({
  index,
  text,
  toolCalls,
  images,
  logprobs,
  rawFinishReason,
}: CollectedChoice): JsonObject {
  return {
    message: {
      role: 'assistant',
      ...(toolCalls.length > 0 ? { tool_calls: toolCalls.map(toWholeCall) } : {}),
      ...(text ? { content: text } : {}),
      ...(images.length > 0 ? { content_blocks: images.map(toImageBlock) } : {}),
    },
    ...(logprobs.length > 0 ? { logprobs: { content: logprobs.map(withoutEmptyTop) } } : {}),
    index,
    finish_reason: toPortkeyReason(rawFinishReason),
  };
}

function toWholeCall({ name, arguments: json, extra }: CollectedToolCall): JsonObject {
  return toCall(name, json, extra);
}

/** Its own id even where Gemini gives one. */
function toCall(name: string, json: string, extra: JsonObject | undefined): JsonObject {
  const call = { id: `portkey-${randomUUID()}`, type: 'function', function: { name, arguments: json } };
  return extra === undefined ? call : { ...call, extra_content: extra };
}

/** The form in which Portkey streams an image, and would have it in a document if it were not for the strict mode. */
function toImageBlock(url: string): JsonObject {
  return { type: 'image_url', image_url: { url } };
}

/** Portkey has no list of alternatives where none were asked for. */
function withoutEmptyTop(token: JsonValue): JsonValue {
  if (!isJsonObject(token) || !Array.isArray(token.top_logprobs) || token.top_logprobs.length > 0)
    return token;
  const { top_logprobs: _, ...rest } = token;
  return rest;
}

/** What Portkey calls the ends that are no `stop` to it, which any other is, one with calls too. */
const REASONS: ReadonlyMap<string | undefined, FinishReason> = new Map([
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
]);

function toPortkeyReason(word: string | undefined): FinishReason {
  return REASONS.get(word) ?? 'stop';
}
