import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Endpoint } from '../../core/provider-call.ts';
import { countFunctions } from './count-functions.ts';
import { countSchema } from './count-schema.ts';
import type { CountText } from './count-text.ts';
import { framingOf } from './framing.ts';
import { imageTokens } from './image-tokens.ts';

/** What frames each message, beyond its texts (OpenAI cookbook, "How to count tokens with tiktoken"). */
const PER_MESSAGE = 3;
const PER_NAME = 1;
/** What frames a call in the history. */
const PER_CALL = 3;
/** Tools go into the instructions where there are some, and need no message of their own then. */
const SAVED_BY_INSTRUCTIONS = 4;
const INSTRUCTING: ReadonlySet<unknown> = new Set(['system', 'developer']);

/** The tokens of a request's prompt, as near as they can be known without the provider. */
export function countPrompt(endpoint: Endpoint, body: JsonObject, count: CountText): number {
  switch (endpoint) {
    case 'embeddings':
      return countInput(body.input, count);
    case 'completions':
      return countInput(body.prompt, count);
    case 'responses':
      return countChat(body, responseItems(body), count);
    default:
      return countChat(body, chatMessages(body), count);
  }
}

/** Text or tokens, one or several of them. */
function countInput(input: JsonValue | undefined, count: CountText): number {
  if (typeof input === 'string') return count(input);
  if (!Array.isArray(input)) return 0;
  return input.reduce<number>(
    (sum, each) => sum + (typeof each === 'number' ? 1 : countInput(each, count)),
    0,
  );
}

/** Anthropic's instructions stand beside the messages. */
function chatMessages({ system, messages }: JsonObject): readonly JsonObject[] {
  const instructions = system === undefined ? [] : [{ role: 'system', content: system }];
  return [...instructions, ...(Array.isArray(messages) ? messages.filter(isJsonObject) : [])];
}

function responseItems({ instructions, input }: JsonObject): readonly JsonObject[] {
  const items = Array.isArray(input) ? input.filter(isJsonObject) : [{ role: 'user', content: input ?? '' }];
  return typeof instructions === 'string' ? [{ role: 'system', content: instructions }, ...items] : items;
}

function countChat(body: JsonObject, messages: readonly JsonObject[], count: CountText): number {
  const model = String(body.model);
  const { reply, earlierAnswer, tools } = framingOf(model);
  const isInstructed = messages.some(({ role }) => INSTRUCTING.has(role));
  const answers = messages.filter(({ role, content }) => role === 'assistant' && isFilled(content)).length;
  const told = messages.reduce((sum, message) => sum + countMessage(message, model, count), 0);
  const perList = isInstructed ? tools - SAVED_BY_INSTRUCTIONS : tools;
  return (
    reply + told + earlierAnswer * answers + countFunctions(body, count, perList) + countSchema(body, count)
  );
}

function isFilled(content: JsonValue | undefined): boolean {
  return Array.isArray(content) || (typeof content === 'string' && content !== '');
}

/** A message, or an item of a response's input: there a call and its result are items of their own. */
function countMessage(message: JsonObject, model: string, count: CountText): number {
  const { role, name, content, tool_calls: calls, function_call: call } = message;
  const called = [call, ...(Array.isArray(calls) ? calls.filter(isJsonObject).map(functionOf) : [])];
  return (
    PER_MESSAGE +
    countText(role, count) +
    countContent(content, model, count) +
    countText(message.reasoning_content, count) +
    (typeof name === 'string' ? PER_NAME + count(name) : 0) +
    countText(message.arguments, count) +
    countText(message.output, count) +
    called.filter(isJsonObject).reduce((sum, each) => sum + countCall(each, count), 0)
  );
}

function functionOf(call: JsonObject): JsonValue | undefined {
  return call.function;
}

function countCall({ name, arguments: json }: JsonObject, count: CountText): number {
  return PER_CALL + countText(name, count) + countText(json, count);
}

/** A text, or parts of which texts and pictures count. */
function countContent(content: JsonValue | undefined, model: string, count: CountText): number {
  if (typeof content === 'string') return count(content);
  if (!Array.isArray(content)) return 0;
  return content.filter(isJsonObject).reduce((sum, part) => sum + countPart(part, model, count), 0);
}

function countPart(part: JsonObject, model: string, count: CountText): number {
  const texts = [part.text, part.refusal, part.thinking, part.name].map((text) => countText(text, count));
  const nested = countContent(part.content, model, count);
  const input = isJsonObject(part.input) ? count(JSON.stringify(part.input)) : 0;
  return texts.reduce((sum, tokens) => sum + tokens, nested + input + imageTokens(part, model));
}

function countText(value: JsonValue | undefined, count: CountText): number {
  return typeof value === 'string' ? count(value) : 0;
}
