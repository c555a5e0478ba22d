import type { Directive } from '../directive.ts';
import { minimalInstance } from '../minimal-instance.ts';
import { countWords } from '../words.ts';
import { type ChatMessage, type ChatRequest, messageText } from './chat-request.ts';
import { limitText } from './limit-text.ts';

/** A call the model makes. */
export interface ToolCall {
  name: string;
  /** JSON, unless a directive says otherwise. */
  arguments: string;
}

/** The usage object as the API reference describes it; counts of words, over all choices. */
interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number; audio_tokens: number };
  completion_tokens_details: {
    reasoning_tokens: number;
    audio_tokens: number;
    accepted_prediction_tokens: number;
    rejected_prediction_tokens: number;
  };
}

/** What the model says, before it is put into one body or into events; every choice says the same. */
export interface ChatAnswer {
  text: string | null;
  toolCalls: readonly ToolCall[];
  /** The deprecated way of calling a function. */
  functionCall: ToolCall | undefined;
  reasoning: string | undefined;
  finishReason: string;
  usage: ChatUsage;
}

/**
 * Decides on the answer. The same request always gets the same one, streamed or not.
 *
 * @param said the last user message without its directive
 */
export function composeAnswer(request: ChatRequest, directive: Directive, said: string): ChatAnswer {
  const toolCalls = chooseToolCalls(request, directive);
  const functionCall = toolCalls.length === 0 ? chooseFunctionCall(request) : undefined;
  const calls = functionCall === undefined ? toolCalls : [functionCall];
  const full = directive.text ?? (calls.length > 0 ? null : defaultText(request, said));
  const reasoningWords = countWords(directive.reasoning ?? '');
  const { text, isCut } = limited(full, request, reasoningWords);
  const spoken = [text ?? '', ...calls.flatMap((call) => [call.name, call.arguments])];
  return {
    text,
    toolCalls,
    functionCall,
    reasoning: directive.reasoning,
    finishReason: directive.finishReason ?? chooseFinishReason(request, toolCalls, functionCall, isCut),
    usage: countUsage(request, spoken, reasoningWords),
  };
}

function chooseToolCalls(request: ChatRequest, directive: Directive): readonly ToolCall[] {
  const { tools, tool_choice: choice } = request;
  const isFollowUp = request.messages.at(-1)?.role === 'tool';
  // The directive stays in the history, and an agent that got its result must not be sent round again.
  if (directive.toolCalls !== undefined && !isFollowUp) return directive.toolCalls;
  if (!tools || !choice || choice === 'auto' || choice === 'none') return [];
  const wanted = choice === 'required' ? tools[0]?.function.name : choice.function.name;
  const tool = tools.find((each) => each.function.name === wanted);
  return tool === undefined ? [] : [callOf(tool.function)];
}

function chooseFunctionCall({ functions, function_call: call }: ChatRequest): ToolCall | undefined {
  if (!functions || !call || typeof call === 'string') return undefined;
  const definition = functions.find((each) => each.name === call.name);
  return definition === undefined ? undefined : callOf(definition);
}

function callOf(definition: { name: string; parameters?: unknown }): ToolCall {
  const schema = definition.parameters ?? { type: 'object' };
  return { name: definition.name, arguments: JSON.stringify(minimalInstance(schema)) };
}

function defaultText(request: ChatRequest, said: string): string {
  const format = request.response_format;
  if (format?.type === 'json_schema') return JSON.stringify(minimalInstance(format.json_schema.schema));
  const text = plainText(request.messages, said);
  return format?.type === 'json_object' ? JSON.stringify({ answer: text }) : text;
}

function plainText(messages: readonly ChatMessage[], said: string): string {
  const last = messages.at(-1);
  if (last?.role === 'tool' || last?.role === 'function') return `The tool said: ${messageText(last)}`;
  return said === '' ? 'You said nothing.' : `You said: ${said}`;
}

/** Reasoning has used up a part of the limit. */
function limited(
  text: string | null,
  request: ChatRequest,
  reasoningWords: number,
): { text: string | null; isCut: boolean } {
  const limit = request.max_completion_tokens ?? request.max_tokens;
  if (text === null || (!request.stop && !limit)) return { text, isCut: false };
  return limitText(text, {
    stop: request.stop,
    words: limit ? Math.max(0, limit - reasoningWords) : undefined,
  });
}

function chooseFinishReason(
  request: ChatRequest,
  toolCalls: readonly ToolCall[],
  functionCall: ToolCall | undefined,
  isCut: boolean,
): string {
  if (isCut) return 'length';
  // A call the request itself names leaves the model nothing to decide: the provider says "stop".
  const isNamed = typeof request.tool_choice === 'object' && request.tool_choice !== null;
  if (toolCalls.length > 0) return isNamed ? 'stop' : 'tool_calls';
  return functionCall === undefined ? 'stop' : 'function_call';
}

function countUsage(request: ChatRequest, texts: readonly string[], reasoningWords: number): ChatUsage {
  let prompt = 3;
  for (const message of request.messages) prompt += 3 + countWords(messageText(message));
  let answer = reasoningWords;
  for (const text of texts) answer += countWords(text);
  const choices = request.n ?? 1;
  return {
    prompt_tokens: prompt,
    completion_tokens: answer * choices,
    total_tokens: prompt + answer * choices,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningWords * choices,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
