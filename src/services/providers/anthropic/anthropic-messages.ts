import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { mergeTurns, spokenTurns, type Turn } from '../../chat/merge-turns.ts';
import { invalidValue, isUnset, parseToolArguments, unsupported } from '../../chat/request-fields.ts';
import { PROVIDER, toBlocks } from './anthropic-content.ts';

/** A chat's messages as Anthropic takes them: instructions apart, and turns that alternate. */
export interface AnthropicMessages {
  readonly system: readonly JsonValue[];
  readonly messages: readonly JsonObject[];
}

type MessageTurn = Turn<'user' | 'assistant', JsonValue>;

/**
 * Translates a chat's messages. Instructions are gathered wherever they stand; turns of one role that follow each
 * other, such as the results of parallel calls, become one.
 * @throws GatewayError naming the message that cannot be translated
 */
export function toAnthropicMessages(messages: readonly JsonValue[]): AnthropicMessages {
  const system: JsonValue[] = [];
  const turns: MessageTurn[] = [];
  messages.forEach((message, index) => {
    const param = `messages[${index}]`;
    if (!isJsonObject(message)) throw unsupported(param, PROVIDER, 'A message is an object.');
    if (message.role === 'system' || message.role === 'developer') {
      system.push(...withMessageCache(message, toBlocks(message.content, `${param}.content`)));
    } else {
      const turn = toTurn(message, param);
      if (index === messages.length - 1) refuseEmpty(turn, param);
      turns.push(turn);
    }
  });
  return { system, messages: mergeTurns(spokenTurns(turns)).map(toMessage) };
}

function toMessage({ speaker, parts }: MessageTurn): JsonObject {
  return { role: speaker, content: inShort(parts) };
}

/** A turn of nothing but a text is written as one. */
function inShort(content: readonly JsonValue[]): JsonValue {
  const [only] = content;
  const isPlain = content.length === 1 && isJsonObject(only) && Object.keys(only).length === 2;
  return isPlain && only.type === 'text' && typeof only.text === 'string' ? only.text : content;
}

/** Left out, an empty question at the end would make the model go on with its own turn. */
function refuseEmpty({ speaker, parts }: MessageTurn, param: string): void {
  if (speaker === 'user' && parts.length === 0)
    throw invalidValue(`${param}.content`, 'must not be empty in the last message');
}

function toTurn(message: JsonObject, param: string): MessageTurn {
  const blocks = () => withMessageCache(message, toBlocks(message.content, `${param}.content`));
  switch (message.role) {
    case 'user':
      return { speaker: 'user', parts: blocks() };
    case 'assistant':
      return { speaker: 'assistant', parts: toAssistantBlocks(message, param) };
    case 'tool':
      return { speaker: 'user', parts: [toToolResult(message, param)] };
    default:
      throw unsupported(`${param}.role`, PROVIDER, 'Roles are system, developer, user, assistant and tool.');
  }
}

/** Clients that mark a whole message for the cache mean its last block. */
function withMessageCache({ cache_control }: JsonObject, blocks: readonly JsonValue[]): readonly JsonValue[] {
  const last = blocks.at(-1);
  if (isUnset(cache_control) || !isJsonObject(last)) return blocks;
  return [...blocks.slice(0, -1), { ...last, cache_control }];
}

/** Thinking comes first, and only as the blocks that Anthropic signed: it refuses any other. */
function toAssistantBlocks(message: JsonObject, param: string): readonly JsonValue[] {
  const { thinking_blocks: thinking, tool_calls: calls, refusal } = message;
  refuseLostFields(message, param);
  return [
    ...(Array.isArray(thinking) ? thinking : []),
    ...withMessageCache(message, toBlocks(message.content, `${param}.content`)),
    ...(typeof refusal === 'string' ? toBlocks(refusal, `${param}.refusal`) : []),
    ...(Array.isArray(calls) ? calls : []).map((call, index) =>
      toToolUse(call, `${param}.tool_calls[${index}]`),
    ),
  ];
}

/** What a turn said in these fields would vanish, and the answer with it. */
function refuseLostFields({ function_call: call, audio }: JsonObject, param: string): void {
  if (!isUnset(call)) throw unsupported(`${param}.function_call`, PROVIDER, 'Use tool_calls.');
  if (!isUnset(audio)) throw unsupported(`${param}.audio`, PROVIDER, 'It takes no audio.');
}

function toToolUse(call: JsonValue, param: string): JsonObject {
  const given = isJsonObject(call) && isJsonObject(call.function) ? call.function : undefined;
  if (given === undefined || !isJsonObject(call)) {
    throw unsupported(param, PROVIDER, 'Only calls of functions can be translated.');
  }
  const input = parseToolArguments(given.arguments, `${param}.function.arguments`);
  const { cache_control } = call;
  const use = { type: 'tool_use', id: toToolId(call.id), name: given.name, input };
  return isUnset(cache_control) ? use : { ...use, cache_control };
}

/** Ids that other providers gave to calls of this conversation may have characters that Anthropic refuses. */
function toToolId(id: JsonValue | undefined): JsonValue | undefined {
  return typeof id === 'string' ? id.replaceAll(/[^a-zA-Z0-9_-]/g, '_') : id;
}

function toToolResult(message: JsonObject, param: string): JsonObject {
  const { content, cache_control, is_error } = message;
  return {
    type: 'tool_result',
    tool_use_id: toToolId(message.tool_call_id),
    content: typeof content === 'string' ? content : toBlocks(content, `${param}.content`),
    ...(isUnset(is_error) ? {} : { is_error }),
    ...(isUnset(cache_control) ? {} : { cache_control }),
  };
}
