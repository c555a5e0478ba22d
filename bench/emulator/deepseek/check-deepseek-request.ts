import { isObject, type JsonObject } from '../openai/check-value.ts';
import { badRequest, type Refusal } from '../openai/refusal.ts';

const ROLES: ReadonlySet<unknown> = new Set(['system', 'user', 'assistant', 'tool']);
const GUIDE = 'https://api-docs.deepseek.com/guides/thinking_mode#tool-calls';

/**
 * Refuses what OpenAI takes and DeepSeek does not: other roles, parts that are no text, schemas for the answer, and a
 * thinking request whose tool calls come without the reasoning that led to them.
 *
 * @throws Refusal 400 in the provider's words
 */
export function checkDeepseekRequest(body: JsonObject): void {
  const messages = Array.isArray(body.messages) ? body.messages : [];
  for (const [index, message] of messages.entries()) if (isObject(message)) checkMessage(message, index);
  if (isObject(body.response_format) && body.response_format.type === 'json_schema') {
    throw refuse('This response_format type is unavailable now');
  }
  if (isThinking(body)) checkReasoning(messages);
}

function checkMessage({ role, content }: JsonObject, index: number): void {
  const place = `Failed to deserialize the JSON body into the target type: messages[${index}]`;
  if (!ROLES.has(role)) {
    const known = [...ROLES].map((each) => `\`${each}\``).join(', ');
    throw refuse(`${place}.role: unknown variant \`${role}\`, expected one of ${known}`);
  }
  const other = (Array.isArray(content) ? content : []).find(
    (part) => isObject(part) && part.type !== 'text',
  );
  if (isObject(other)) throw refuse(`${place}: unknown variant \`${other.type}\`, expected \`text\``);
}

function isThinking({ model, thinking }: JsonObject): boolean {
  return model === 'deepseek-reasoner' || (isObject(thinking) && thinking.type === 'enabled');
}

function checkReasoning(messages: readonly unknown[]): void {
  const index = messages.findIndex(
    (message) =>
      isObject(message) && Array.isArray(message.tool_calls) && typeof message.reasoning_content !== 'string',
  );
  if (index === -1) return;
  throw refuse(
    `Missing \`reasoning_content\` field in the assistant message at message index ${index}. For more information, please refer to ${GUIDE}`,
  );
}

function refuse(message: string): Refusal {
  return badRequest(message, null, 'invalid_request_error');
}
