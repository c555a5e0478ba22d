import type { StreamEvent } from '../dialect.ts';
import type { ChatAnswer, ToolCall } from './chat-answer.ts';
import { type AnswerHead, toolCallId } from './chat-completion.ts';
import type { ChatRequest } from './chat-request.ts';
import { logprobsOf } from './logprobs.ts';
import { argumentPieces, textPieces } from './pieces.ts';

/** One step of one choice; `text` is the part of the answer's text it carries. */
interface Delta {
  fields: object;
  text: string;
}

type WriteChunk = (choices: readonly object[], usage?: object) => StreamEvent;

/**
 * The events of a streamed answer: a role, pieces of a few words, pieces of tool calls, then a finish
 * reason for each choice and, when asked for, the usage. Choices take turns.
 */
export function chatStream(
  head: AnswerHead,
  request: ChatRequest,
  answer: ChatAnswer,
  withUsage: boolean,
): { content: StreamEvent[]; closing: StreamEvent[] } {
  const includeUsage = withUsage && request.stream_options?.include_usage === true;
  const write = chunkWriter(head, includeUsage);
  const choices = Array.from({ length: request.n ?? 1 }, (_, choice) => choice);
  const deltas = choices.map((choice) => deltasOf(head, answer, choice));
  const content = (deltas[0] ?? []).flatMap((_, step) =>
    choices.map((choice) => write([chunkChoice(request, choice, deltas[choice]?.[step])])),
  );
  const closing = choices.map((index) =>
    write([{ index, delta: {}, logprobs: null, finish_reason: answer.finishReason }]),
  );
  if (includeUsage) closing.push(write([], answer.usage));
  return { content, closing };
}

/** Chunks carry `usage: null` until the one with the usage, and no such field when nobody asked. */
function chunkWriter(head: AnswerHead, includeUsage: boolean): WriteChunk {
  const { id, created, model, service_tier, system_fingerprint } = head;
  const common = { id, object: 'chat.completion.chunk', created, model, service_tier, system_fingerprint };
  return (choices, usage) => ({
    data: JSON.stringify({ ...common, choices, ...(includeUsage ? { usage: usage ?? null } : {}) }),
  });
}

function chunkChoice(request: ChatRequest, index: number, delta: Delta | undefined): object {
  return {
    index,
    delta: delta?.fields ?? {},
    logprobs: logprobsOf(request, delta?.text ?? ''),
    finish_reason: null,
  };
}

function deltasOf(head: AnswerHead, answer: ChatAnswer, choice: number): Delta[] {
  const opening = { role: 'assistant', content: answer.text === null ? null : '', refusal: null };
  return [
    { fields: opening, text: '' },
    ...textPieces(answer.reasoning ?? '').map((piece) => ({
      fields: { reasoning_content: piece },
      text: '',
    })),
    ...textPieces(answer.text ?? '').map((piece) => ({ fields: { content: piece }, text: piece })),
    ...answer.toolCalls.flatMap((call, index) =>
      toolCallDeltas(call, index, toolCallId(head, choice, index)),
    ),
    ...functionCallDeltas(answer.functionCall),
  ];
}

function toolCallDeltas(call: ToolCall, index: number, id: string): Delta[] {
  const opening = { index, id, type: 'function', function: { name: call.name, arguments: '' } };
  return [
    opening,
    ...argumentPieces(call.arguments).map((text) => ({ index, function: { arguments: text } })),
  ].map((entry) => ({ fields: { tool_calls: [entry] }, text: '' }));
}

function functionCallDeltas(call: ToolCall | undefined): Delta[] {
  if (call === undefined) return [];
  const opening = { name: call.name, arguments: '' };
  return [opening, ...argumentPieces(call.arguments).map((text) => ({ arguments: text }))].map((entry) => ({
    fields: { function_call: entry },
    text: '',
  }));
}
