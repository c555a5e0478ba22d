import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { isUnset, parseToolArguments, unsupported } from '../../chat/request-fields.ts';
import {
  dropUnknownParts,
  type PassedFields,
  type PortkeyRequest,
  passFields,
  unbounded,
} from '../../portkey-fields.ts';
import { withoutHeaders } from './headers-in-body.ts';
import { portkeyContent } from './portkey-anthropic-content.ts';
import { portkeyToolChoice, portkeyTools } from './portkey-anthropic-tools.ts';

const PART_KINDS: ReadonlySet<string> = new Set(['text', 'image_url', 'file']);

/** The fields of a chat completion that Portkey translates for Anthropic. */
const CHAT_FIELDS: PassedFields = {
  ...unbounded(
    'model',
    'messages',
    'tools',
    'tool_choice',
    'max_tokens',
    'max_completion_tokens',
    'top_k',
    'stop',
    'stream',
    'user',
    'thinking',
  ),
  temperature: { min: 0, max: 1 },
  top_p: { min: -1 },
};

/**
 * The fields of a message's request that Portkey passes on to Anthropic, and `thread`, without which the request is
 * answered as if it were the first of its conversation (quirk `anthropic.lost_thread`).
 */
export const MESSAGES_FIELDS: PassedFields = unbounded(
  'model',
  'messages',
  'max_tokens',
  'container',
  'mcp_servers',
  'metadata',
  'service_tier',
  'stop_sequences',
  'stream',
  'system',
  'temperature',
  'thinking',
  'thread',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
);

/**
 * A chat completion's request as Anthropic would have got it behind Portkey 1.15.2, apart from parts that vanish there
 * (quirk `anthropic.lost_parts`).
 * @throws GatewayError `invalid_value` for tool arguments that are no JSON
 */
export function toPortkeyMessagesRequest(given: JsonObject): PortkeyRequest {
  const { body, droppedFields } = passFields(CHAT_FIELDS, withoutHeaders(given));
  const { messages, tools, tool_choice, max_tokens, max_completion_tokens, stop, user, ...others } = body;
  const { messages: known, droppedParts } = dropUnknownParts(messages, PART_KINDS);
  const translated: Record<string, JsonValue | undefined> = { ...others };
  if ('messages' in body) Object.assign(translated, toMessages(known));
  if ('tools' in body) translated.tools = portkeyTools(tools);
  if ('tool_choice' in body) translated.tool_choice = portkeyToolChoice(tool_choice);
  if ('max_tokens' in body) translated.max_tokens = max_tokens;
  if ('max_completion_tokens' in body) translated.max_tokens = max_completion_tokens;
  if ('stop' in body) translated.stop_sequences = stop;
  if ('user' in body) translated.metadata = { user_id: user };
  return { body: translated, droppedFields: [...droppedFields, ...droppedParts] };
}

function toMessages(all: readonly JsonValue[]): JsonObject {
  const isInstruction = (message: JsonValue) =>
    isJsonObject(message) && (message.role === 'system' || message.role === 'developer');
  return {
    messages: all.flatMap((message, index) =>
      isInstruction(message) ? [] : [toMessage(message, `messages[${index}]`)],
    ),
    system: all.filter(isInstruction).flatMap(toSystemBlocks),
  };
}

function toSystemBlocks(message: JsonValue): readonly JsonObject[] {
  if (!isJsonObject(message)) return [];
  const { content } = message;
  if (typeof content === 'string') return [{ ...ephemeral(message), text: content, type: 'text' }];
  const parts = Array.isArray(content) ? content.filter(isJsonObject) : [];
  return parts.map((part) => ({ text: part.text, type: 'text', ...ephemeral(part) }));
}

/** Portkey knows one way to mark a part for the cache. */
function ephemeral({ cache_control }: JsonObject): JsonObject {
  return cache_control ? { cache_control: { type: 'ephemeral' } } : {};
}

function toMessage(message: JsonValue, param: string): JsonValue {
  if (!isJsonObject(message)) return message;
  if (message.role === 'assistant') return toAssistantMessage(message, param);
  if (message.role === 'tool') {
    const result = { type: 'tool_result', tool_use_id: message.tool_call_id ?? '', content: message.content };
    return { role: 'user', content: [result] };
  }
  const { role, content } = message;
  if (!Array.isArray(content) || content.length === 0) return { role, content };
  return { role, content: content.flatMap((part) => portkeyContent(part)) };
}

function toAssistantMessage(message: JsonObject, param: string): JsonObject {
  const given = message.content_blocks ?? message.content;
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  const text = typeof given === 'string' && given !== '' ? [{ type: 'text', text: given }] : [];
  const parts = Array.isArray(given) ? given.filter((part) => !isToolUse(part)) : [];
  const uses = calls.map((call, index) => toToolUse(call, `${param}.tool_calls[${index}]`));
  return { role: 'assistant', content: [...text, ...parts, ...uses] };
}

function isToolUse(part: JsonValue): boolean {
  return isJsonObject(part) && part.type === 'tool_use';
}

function toToolUse(call: JsonValue, param: string): JsonObject {
  if (!isJsonObject(call) || !isJsonObject(call.function)) throw unsupported(param, 'Anthropic');
  const { name, arguments: json } = call.function;
  const input = parseToolArguments(json, `${param}.function.arguments`);
  const { cache_control } = call;
  const use = { type: 'tool_use', name, id: call.id, input };
  return isUnset(cache_control) ? use : { ...use, cache_control };
}
