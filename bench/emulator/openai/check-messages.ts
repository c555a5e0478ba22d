import { checkContentParts } from './check-content-parts.ts';
import {
  checkArray,
  checkEnum,
  checkMembers,
  checkName,
  checkObject,
  checkPattern,
  checkString,
  invalidType,
  type JsonObject,
  missing,
} from './check-value.ts';

const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

/** The provider checks developer messages by a schema of their own; the other roles share one. */
const DEVELOPER_MEMBERS = new Set(['role', 'content', 'name']);
const MEMBERS = new Set([
  ...DEVELOPER_MEMBERS,
  'tool_calls',
  'tool_call_id',
  'function_call',
  'refusal',
  'audio',
  'annotations',
]);

const TOOL_CALL_MEMBERS = new Set(['id', 'type', 'function']);
const FUNCTION_CALL_MEMBERS = new Set(['name', 'arguments']);
const MAX_CALL_ID_LENGTH = 40;
const CONTENT_TYPES = 'one of a string or array of objects';

/** Checks every message by itself; what messages owe each other comes in `checkConversation`. */
export function checkMessages(value: unknown): void {
  checkArray(value, 'messages', 'an array of objects');
  for (let index = 0; index < value.length; index++) checkMessage(value[index], `messages[${index}]`);
}

function checkMessage(message: unknown, param: string): void {
  checkObject(message, param);
  const { role, content } = message;
  if (role === undefined) throw missing(`${param}.role`);
  checkEnum(role, `${param}.role`, ROLES);
  if (Array.isArray(content)) checkContentParts(content, String(role), param);
  else if (content !== undefined && content !== null && typeof content !== 'string') {
    throw invalidType(`${param}.content`, CONTENT_TYPES, content);
  }
  checkMembers(message, param, role === 'developer' ? DEVELOPER_MEMBERS : MEMBERS);
  if (message.name !== undefined) checkMessageName(message.name, `${param}.name`);
  checkRole(message, param);
}

function checkMessageName(name: unknown, param: string): void {
  checkString(name, param, 64);
  checkPattern(name, param, /^[^\s<|\\/>]+$/);
}

function checkRole(message: JsonObject, param: string): void {
  if (message.role === 'assistant') checkAssistant(message, param);
  else if (message.role === 'developer') checkDeveloper(message.content, `${param}.content`);
  else if (message.role === 'tool') {
    if (message.tool_call_id === undefined) throw missing(`${param}.tool_call_id`);
    checkString(message.tool_call_id, `${param}.tool_call_id`, MAX_CALL_ID_LENGTH);
  } else if (message.role === 'function' && message.name === undefined) throw missing(`${param}.name`);
}

function checkDeveloper(content: unknown, param: string): void {
  if (content === undefined) throw missing(param);
  if (content === null) throw invalidType(param, CONTENT_TYPES, content);
}

function checkAssistant(message: JsonObject, param: string): void {
  const { tool_calls: calls, function_call: call } = message;
  if (calls !== undefined && calls !== null) {
    checkArray(calls, `${param}.tool_calls`, 'an array of objects');
    for (const [index, each] of calls.entries()) checkToolCall(each, `${param}.tool_calls[${index}]`);
  }
  if (call !== undefined && call !== null) checkFunctionCall(call, `${param}.function_call`);
}

function checkToolCall(call: unknown, param: string): void {
  checkObject(call, param);
  checkMembers(call, param, TOOL_CALL_MEMBERS);
  if (call.id === undefined || call.id === '') throw missing(`${param}.id`);
  checkString(call.id, `${param}.id`, MAX_CALL_ID_LENGTH);
  if (call.type === undefined) throw missing(`${param}.type`);
  checkEnum(call.type, `${param}.type`, ['function']);
  if (call.function === undefined) throw missing(`${param}.function`);
  checkFunctionCall(call.function, `${param}.function`);
}

function checkFunctionCall(call: unknown, param: string): void {
  checkObject(call, param);
  checkMembers(call, param, FUNCTION_CALL_MEMBERS);
  checkName(call.name, `${param}.name`);
  if (call.arguments === undefined) throw missing(`${param}.arguments`);
  checkString(call.arguments, `${param}.arguments`);
}
