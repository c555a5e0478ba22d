import { type ChatMessage, messageText } from './chat-request.ts';
import { badRequest } from './refusal.ts';

/** Checks that nobody is silent without reason, and that tool calls and tool messages fit together. */
export function checkConversation(messages: readonly ChatMessage[]): void {
  for (const [index, message] of messages.entries()) checkContent(message, index);
  let open: string[] = [];
  let called: string[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      open = answerCall(message, index, called, open);
      continue;
    }
    if (open.length > 0) throw unanswered(open, `messages.[${index}].role`);
    called = message.role === 'assistant' ? (message.tool_calls ?? []).map((call) => call.id) : [];
    open = called;
  }
  if (open.length > 0) throw unanswered(open, 'messages');
}

function checkContent(message: ChatMessage, index: number): void {
  if (message.content !== undefined && message.content !== null) return;
  const { tool_calls, function_call, refusal, audio } = message;
  if (message.role === 'assistant' && (tool_calls ?? function_call ?? refusal ?? audio)) return;
  throw badRequest(
    "Invalid value for 'content': expected a string, got null.",
    `messages.[${index}].content`,
  );
}

/** @returns the calls of the preceding assistant message that are still without an answer */
function answerCall(
  message: ChatMessage,
  index: number,
  called: readonly string[],
  open: readonly string[],
): string[] {
  const id = message.tool_call_id ?? '';
  if (called.length === 0) {
    const text =
      "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
    throw badRequest(text, `messages.[${index}].role`);
  }
  if (!called.includes(id)) {
    const text = `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`;
    throw badRequest(text, `messages.[${index}].tool_call_id`);
  }
  if (!open.includes(id)) {
    const text = `Duplicate value for 'tool_call_id' of ${id} in message[${index}]`;
    throw badRequest(text, `messages.[${index}].tool_call_id`);
  }
  return open.filter((each) => each !== id);
}

function unanswered(ids: readonly string[], param: string): Error {
  const message = `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(', ')}`;
  return badRequest(message, param);
}

/** JSON mode is only taken when the model has been told of it. */
export function checkMentionsJson(messages: readonly ChatMessage[]): void {
  if (messages.some((message) => /json/i.test(messageText(message)))) return;
  const text =
    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
  throw badRequest(text, 'messages');
}
