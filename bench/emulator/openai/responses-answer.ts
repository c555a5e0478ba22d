import type { Directive } from '../directive.ts';
import { minimalInstance } from '../minimal-instance.ts';
import { countWords } from '../words.ts';
import { limitText } from './limit-text.ts';
import { itemsOf, itemText, type ResponsesRequest } from './responses-request.ts';

/** One item of an answer; `done` says whether the model came to its end. */
export type OutputItem =
  | { type: 'reasoning'; summary: string; encrypted: string | undefined }
  | { type: 'function_call'; name: string; arguments: string }
  | { type: 'message'; text: string; done: boolean };

/** What the model says, before it is put into one body or into events. */
export interface ResponsesAnswer {
  items: readonly OutputItem[];
  /** The reason where the answer is incomplete. */
  incomplete: string | undefined;
  /** Whether the provider gives up at the end. */
  isFailed: boolean;
  usage: object | null;
}

/**
 * Decides on the answer. The same request always gets the same one, streamed or not. The directive's finish reason
 * is `failed`, or the reason why the answer is incomplete.
 *
 * @param said the last user text without its directive
 */
export function composeResponse(
  request: ResponsesRequest,
  directive: Directive,
  said: string,
): ResponsesAnswer {
  const calls = chooseCalls(request, directive);
  const full = directive.text ?? (calls.length > 0 ? undefined : defaultText(request, said));
  const spent = countWords(directive.reasoning ?? '');
  const limit = request.max_output_tokens;
  const words = limit ? Math.max(0, limit - spent) : undefined;
  const { text, isCut } = limitText(full ?? '', { words });
  const reason = isCut ? 'max_output_tokens' : directive.finishReason;
  const isFailed = reason === 'failed';
  const incomplete = isFailed || reason === 'completed' ? undefined : reason;
  const items: OutputItem[] = [
    ...thoughts(request, directive),
    ...(full === undefined ? [] : [{ type: 'message' as const, text, done: reason === undefined }]),
    ...calls.map((call) => ({ type: 'function_call' as const, ...call })),
  ];
  const isCounted = directive.usage !== false && !isFailed;
  return { items, incomplete, isFailed, usage: isCounted ? usageOf(request, items, spent) : null };
}

function thoughts(request: ResponsesRequest, { reasoning }: Directive): OutputItem[] {
  if (reasoning === undefined) return [];
  const isSealed = request.include?.includes('reasoning.encrypted_content');
  return [
    { type: 'reasoning', summary: reasoning, encrypted: isSealed ? 'c2VhbGVkLWJ5LWVtdWxhdG9y' : undefined },
  ];
}

function chooseCalls(
  request: ResponsesRequest,
  directive: Directive,
): readonly { name: string; arguments: string }[] {
  const isFollowUp = itemsOf(request).at(-1)?.type === 'function_call_output';
  // The directive stays in the history, and an agent that got its result must not be sent round again.
  if (directive.toolCalls !== undefined && !isFollowUp) return directive.toolCalls;
  const { tool_choice: choice } = request;
  if (!choice || choice === 'auto' || choice === 'none') return [];
  const functions = (request.tools ?? []).flatMap((tool) => (tool.type === 'function' ? [tool] : []));
  const wanted = choice === 'required' ? functions[0] : functions.find(({ name }) => name === choice.name);
  if (wanted === undefined) return [];
  const schema = wanted.parameters ?? { type: 'object' };
  return [{ name: wanted.name, arguments: JSON.stringify(minimalInstance(schema)) }];
}

function defaultText(request: ResponsesRequest, said: string): string {
  const format = request.text?.format;
  if (format?.type === 'json_schema') return JSON.stringify(minimalInstance(format.schema));
  const last = itemsOf(request).at(-1);
  const isResult = last?.type === 'function_call_output';
  const plain = isResult
    ? `The tool said: ${itemText(last)}`
    : said === ''
      ? 'You said nothing.'
      : `You said: ${said}`;
  return format?.type === 'json_object' ? JSON.stringify({ answer: plain }) : plain;
}

function usageOf(request: ResponsesRequest, items: readonly OutputItem[], reasoning: number): object {
  const input = itemsOf(request).reduce((sum, item) => sum + 3 + countWords(itemText(item)), 3);
  const output = items.reduce((sum, item) => sum + countWords(spokenOf(item)), 0);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

function spokenOf(item: OutputItem): string {
  if (item.type === 'message') return item.text;
  return item.type === 'reasoning' ? item.summary : `${item.name} ${item.arguments}`;
}
