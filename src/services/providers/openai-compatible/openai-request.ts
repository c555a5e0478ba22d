import { profileOf } from '../../../config/provider-mapping.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import { flattenExtraBody } from '../../chat/request-fields.ts';

/**
 * The body for a provider of the OpenAI dialect under `compat: openai`: everything that the client sent, with what
 * SDKs of other languages put into `extra_body` where it belongs, at the top.
 */
export function toOpenAIRequest(call: ProviderCall): JsonObject {
  const body = flattenExtraBody(call.body);
  return profileOf(call.provider).wantsReasoningBack && isThinking(body) ? withReasoning(body) : body;
}

/** Models that think unless they are told not to. */
const THINKS_UNASKED = /^(deepseek-reasoner|kimi-k2-thinking|kimi-k2\.[56])/;

function isThinking({ model, thinking }: JsonObject): boolean {
  return isJsonObject(thinking) ? thinking.type === 'enabled' : THINKS_UNASKED.test(String(model));
}

/** Thinking models of this kind refuse a turn with tool calls that says nothing of how it was thought out. */
function withReasoning(body: JsonObject): JsonObject {
  const { messages } = body;
  return Array.isArray(messages) ? { ...body, messages: messages.map(withReasoningContent) } : body;
}

function withReasoningContent(message: JsonValue): JsonValue {
  if (!isJsonObject(message) || message.role !== 'assistant') return message;
  const callsTools = Array.isArray(message.tool_calls) && message.tool_calls.length > 0;
  if (!callsTools || typeof message.reasoning_content === 'string') return message;
  return { ...message, reasoning_content: '' };
}
