import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Endpoint } from '../../core/provider-call.ts';
import { countFunctions } from './count-functions.ts';
import type { CountText } from './count-text.ts';
import { imageTokens } from './image-tokens.ts';

/** What frames each message, beyond its texts (OpenAI cookbook, "How to count tokens with tiktoken"). */
const PER_MESSAGE = 3;
const PER_NAME = 1;
/** What the answer is begun with. */
const REPLY = 3;
/** What frames a call in the history. */
const PER_CALL = 3;

/** The tokens of a request's prompt, as near as they can be known without the provider. */
export function countPrompt(endpoint: Endpoint, body: JsonObject, count: CountText): number {
  switch (endpoint) {
    case 'embeddings':
      return countInput(body.input, count);
    case 'completions':
      return countInput(body.prompt, count);
    case 'responses':
      return countResponsesInput(body, count);
    default:
      return countMessages(body, count);
  }
}

function countMessages(body: JsonObject, count: CountText): number {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isJsonObject) : [];
  const system = body.system === undefined ? 0 : PER_MESSAGE + countContent(body.system, count);
  const told = messages.reduce((sum, message) => sum + countMessage(message, count), 0);
  return REPLY + system + told + countFunctions(body, count);
}

function countMessage(message: JsonObject, count: CountText): number {
  const { role, name, content, tool_calls: calls, function_call: call } = message;
  const called = [call, ...(Array.isArray(calls) ? calls.filter(isJsonObject).map(functionOf) : [])];
  return (
    PER_MESSAGE +
    countText(role, count) +
    countContent(content, count) +
    countContent(message.reasoning_content, count) +
    (typeof name === 'string' ? PER_NAME + count(name) : 0) +
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
function countContent(content: JsonValue | undefined, count: CountText): number {
  if (typeof content === 'string') return count(content);
  if (!Array.isArray(content)) return 0;
  return content.filter(isJsonObject).reduce((sum, part) => sum + countPart(part, count), 0);
}

function countPart(part: JsonObject, count: CountText): number {
  const texts = [part.text, part.refusal, part.thinking].map((text) => countText(text, count));
  const nested = countContent(part.content, count);
  const input = isJsonObject(part.input) ? count(JSON.stringify(part.input)) : 0;
  return texts.reduce((sum, tokens) => sum + tokens, nested + input + imageTokens(part));
}

function countText(value: JsonValue | undefined, count: CountText): number {
  return typeof value === 'string' ? count(value) : 0;
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

function countResponsesInput(body: JsonObject, count: CountText): number {
  const { input, instructions } = body;
  const items = Array.isArray(input) ? input.filter(isJsonObject) : [{ role: 'user', content: input ?? '' }];
  const told = items.reduce((sum, item) => sum + countMessage(item, count) + countCallItem(item, count), 0);
  const instructed = typeof instructions === 'string' ? PER_MESSAGE + count(instructions) : 0;
  return REPLY + instructed + told + countFunctions(body, count);
}

function countCallItem(item: JsonObject, count: CountText): number {
  return countText(item.arguments, count) + countText(item.output, count);
}
