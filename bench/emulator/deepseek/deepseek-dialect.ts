import type { Dialect, DialectAnswer, DialectRequest, StreamEvent } from '../dialect.ts';
import { isObject, type JsonObject } from '../openai/check-value.ts';
import { Refusal } from '../openai/refusal.ts';
import { errorReply } from '../openai/reply.ts';
import { checkDeepseekRequest } from './check-deepseek-request.ts';

/** What DeepSeek reads of a request; it passes over everything else. */
const FIELDS = [
  'model',
  'messages',
  'max_tokens',
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'stop',
  'stream',
  'response_format',
  'tools',
  'tool_choice',
  'logprobs',
  'top_logprobs',
];
const CALL_FIELDS = ['id', 'type', 'function'];
const MESSAGE_FIELDS = ['role', 'content', 'name', 'tool_calls', 'tool_call_id'];

/** Whether a request, among those for paths that OpenAI has too, names one of DeepSeek's models. */
export function isDeepseekRequest({ path, body }: DialectRequest): boolean {
  if (path !== '/v1/chat/completions' || body.kind !== 'json' || !isObject(body.value)) return false;
  return typeof body.value.model === 'string' && body.value.model.startsWith('deepseek-');
}

/**
 * DeepSeek's API, which is OpenAI's but for some things: unknown fields are passed over, the usage says what the cache
 * gave, comes unasked and rides on a stream's last chunk, and a thinking model wants its reasoning back.
 *
 * @param openai answers what is left of a request
 */
export function createDeepseekDialect(openai: Dialect): Dialect {
  let number = 0;
  return {
    answer(request) {
      number++;
      if (request.body.kind !== 'json' || !isObject(request.body.value)) return openai.answer(request);
      try {
        checkDeepseekRequest(request.body.value);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const requestId = `req_${number.toString(16).padStart(32, '0')}`;
        return { reply: errorReply(requestId, error.status, error.error), directive: undefined };
      }
      const body = { kind: 'json' as const, value: toOpenaiRequest(request.body.value) };
      return toDeepseekAnswer(openai.answer({ ...request, body }));
    },
  };
}

function toOpenaiRequest(body: JsonObject): JsonObject {
  const { messages } = body;
  return {
    ...pick(body, FIELDS),
    ...(Array.isArray(messages) ? { messages: messages.map(toOpenaiMessage) } : {}),
    ...(body.stream === true ? { stream_options: { include_usage: true } } : {}),
  };
}

function toOpenaiMessage(message: unknown): unknown {
  if (!isObject(message)) return message;
  const { tool_calls: calls } = message;
  if (!Array.isArray(calls)) return pick(message, MESSAGE_FIELDS);
  return {
    ...pick(message, MESSAGE_FIELDS),
    tool_calls: calls.map((call: unknown) => (isObject(call) ? pick(call, CALL_FIELDS) : call)),
  };
}

function pick(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
}

function toDeepseekAnswer(answer: DialectAnswer): DialectAnswer {
  const { reply, directive } = answer;
  const cached = directive?.cacheRead ?? 0;
  if (reply.kind === 'stream') {
    return { ...answer, reply: { ...reply, closing: mergeUsage(reply.closing, cached) } };
  }
  if (reply.status !== 200) return answer;
  const document: unknown = JSON.parse(String(reply.body));
  return { ...answer, reply: { ...reply, body: JSON.stringify(withCacheSplit(document, cached)) } };
}

/** The chunk that OpenAI sends for the usage alone does not exist here. */
function mergeUsage(closing: readonly StreamEvent[], cached: number): StreamEvent[] {
  const chunks = closing.map(({ data }): unknown => JSON.parse(data));
  const usage = chunks.find((chunk) => isObject(chunk) && isObject(chunk.usage));
  const kept = chunks.filter((chunk) => chunk !== usage);
  return kept.map((chunk, index) => {
    if (index < kept.length - 1 || !isObject(chunk) || !isObject(usage))
      return { data: JSON.stringify(chunk) };
    return { data: JSON.stringify(withCacheSplit({ ...chunk, usage: usage.usage }, cached)) };
  });
}

function withCacheSplit(document: unknown, cached: number): unknown {
  if (!isObject(document) || !isObject(document.usage)) return document;
  const { usage } = document;
  const split = {
    prompt_tokens_details: { cached_tokens: cached },
    prompt_cache_hit_tokens: cached,
    prompt_cache_miss_tokens: Number(usage.prompt_tokens) - cached,
  };
  return { ...document, usage: { ...usage, ...split } };
}
