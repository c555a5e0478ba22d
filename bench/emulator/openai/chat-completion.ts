import type { ChatAnswer, ToolCall } from './chat-answer.ts';
import type { ChatRequest } from './chat-request.ts';
import { logprobsOf } from './logprobs.ts';

/** What the parts of one answer have in common. `created` is epoch seconds. */
export interface AnswerHead {
  id: string;
  created: number;
  model: string;
  service_tier: string;
  system_fingerprint: string;
}

/** The id of a tool call, unique among the calls of all choices of all answers. */
export function toolCallId(head: AnswerHead, choice: number, call: number): string {
  return `call_${head.id.slice(-20)}${String(choice).padStart(2, '0')}${String(call).padStart(2, '0')}`;
}

/** The chat completion object of an answer that is not streamed. */
export function chatCompletion(
  head: AnswerHead,
  request: ChatRequest,
  answer: ChatAnswer,
  withUsage: boolean,
): object {
  const { id, created, model, service_tier, system_fingerprint } = head;
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: Array.from({ length: request.n ?? 1 }, (_, index) => choiceOf(head, request, answer, index)),
    ...(withUsage ? { usage: answer.usage } : {}),
    service_tier,
    system_fingerprint,
  };
}

function choiceOf(head: AnswerHead, request: ChatRequest, answer: ChatAnswer, index: number): object {
  return {
    index,
    message: messageOf(head, answer, index),
    logprobs: logprobsOf(request, answer.text ?? ''),
    finish_reason: answer.finishReason,
  };
}

function messageOf(head: AnswerHead, answer: ChatAnswer, choice: number): object {
  const { text, reasoning, toolCalls, functionCall } = answer;
  return {
    role: 'assistant',
    content: text,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCallsOf(head, toolCalls, choice) }),
    ...(functionCall === undefined ? {} : { function_call: functionCall }),
    refusal: null,
    annotations: [],
  };
}

function toolCallsOf(head: AnswerHead, calls: readonly ToolCall[], choice: number): object[] {
  return calls.map((call, index) => ({
    id: toolCallId(head, choice, index),
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
}
