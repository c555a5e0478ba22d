import type { Directive } from '../directive.ts';
import { minimalInstance } from '../minimal-instance.ts';
import { countWords, splitWords } from '../words.ts';
import { type MessagesRequest, textOf } from './messages-request.ts';

/** One block of an answer; its text or input is what a stream sends in pieces. */
export type AnswerBlock =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
  | { type: 'tool_use' | 'server_tool_use'; id: string; name: string; json: string }
  | { type: 'web_search_tool_result'; tool_use_id: string; content: readonly object[] };

/** Token counts as Anthropic states them: the input ones are beside each other. */
export interface MessagesUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
  service_tier: string;
}

/** What the model says, before it is put into one body or into events. */
export interface MessagesAnswer {
  blocks: readonly AnswerBlock[];
  stopReason: string | null;
  stopSequence: string | null;
  usage: MessagesUsage;
}

interface Call {
  name: string;
  arguments: string;
}

/**
 * Decides on the answer. The same request always gets the same one, streamed or not.
 *
 * @param number of the request, which makes the ids of its calls
 * @param said the last user text without its directive
 */
export function composeMessage(
  request: MessagesRequest,
  directive: Directive,
  said: string,
  number: number,
): MessagesAnswer {
  const calls = chooseCalls(request, directive);
  const full = directive.text ?? (calls.length > 0 ? '' : defaultText(request, said));
  const limited = limitText(full, request, countWords(directive.reasoning ?? ''));
  const blocks = [
    ...thoughts(directive),
    ...(directive.serverTool ? search(number) : []),
    ...(limited.text === '' ? [] : [{ type: 'text' as const, text: limited.text }]),
    ...calls.map((call, index) => toolUse(call, `toolu_${idOf(number)}${index}`)),
  ];
  return {
    blocks,
    stopReason: directive.noFinishReason
      ? null
      : (directive.finishReason ??
        (limited.reason === 'end_turn' && calls.length > 0 ? 'tool_use' : limited.reason)),
    stopSequence: limited.stopSequence,
    usage: usageOf(request, directive, blocks),
  };
}

/** A part of an id that no other request has. */
export function idOf(number: number): string {
  return `01${number.toString(36).toUpperCase().padStart(21, '0')}`;
}

function chooseCalls(request: MessagesRequest, directive: Directive): readonly Call[] {
  const last = request.messages.at(-1);
  const isFollowUp =
    last !== undefined &&
    typeof last.content !== 'string' &&
    last.content.some((block) => block.type === 'tool_result');
  // The directive stays in the history, and an agent that got its result must not be sent round again.
  if (directive.toolCalls !== undefined && !isFollowUp) return directive.toolCalls;
  const { tools = [], tool_choice: choice } = request;
  if (choice === undefined || choice.type === 'auto' || choice.type === 'none') return [];
  const wanted = choice.type === 'any' ? tools[0] : tools.find(({ name }) => name === choice.name);
  // A search is the provider's own to make.
  if (wanted === undefined || !('input_schema' in wanted)) return [];
  return [{ name: wanted.name, arguments: JSON.stringify(minimalInstance(wanted.input_schema)) }];
}

function defaultText(request: MessagesRequest, said: string): string {
  const format = request.output_config?.format;
  if (format) return JSON.stringify(minimalInstance(format.schema));
  const last = request.messages.at(-1);
  const isResult =
    last !== undefined &&
    typeof last.content !== 'string' &&
    last.content.some((block) => block.type === 'tool_result');
  if (isResult && last !== undefined) return `The tool said: ${textOf(last)}`;
  return said === '' ? 'You said nothing.' : `You said: ${said}`;
}

function limitText(text: string, request: MessagesRequest, thoughtWords: number) {
  const stop = (request.stop_sequences ?? [])
    .map((sequence) => ({ sequence, at: text.indexOf(sequence) }))
    .filter(({ at }) => at !== -1)
    .sort((one, other) => one.at - other.at)[0];
  const words = splitWords(stop === undefined ? text : text.slice(0, stop.at));
  const room = Math.max(0, request.max_tokens - thoughtWords);
  if (words.length > room) {
    return { text: words.slice(0, room).join(''), reason: 'max_tokens', stopSequence: null };
  }
  const reason = stop === undefined ? 'end_turn' : 'stop_sequence';
  return { text: words.join(''), reason, stopSequence: stop?.sequence ?? null };
}

function thoughts({ reasoning, redactedThinking }: Directive): AnswerBlock[] {
  const thought: AnswerBlock[] =
    reasoning === undefined
      ? []
      : [{ type: 'thinking', thinking: reasoning, signature: 'c2lnbmVkLWJ5LWVtdWxhdG9y' }];
  return redactedThinking === undefined
    ? thought
    : [...thought, { type: 'redacted_thinking', data: redactedThinking }];
}

/** A search that the provider itself makes: no call of a client's tool. */
function search(number: number): AnswerBlock[] {
  const id = `srvtoolu_${idOf(number)}`;
  const found = {
    type: 'web_search_result',
    title: 'Banyan',
    url: 'https://trees.example/banyan',
    encrypted_content: 'ZW5jcnlwdGVk',
    page_age: null,
  };
  return [
    { type: 'server_tool_use', id, name: 'web_search', json: '{"query":"banyan"}' },
    { type: 'web_search_tool_result', tool_use_id: id, content: [found] },
  ];
}

function toolUse(call: Call, id: string): AnswerBlock {
  return { type: 'tool_use', id, name: call.name, json: call.arguments };
}

function usageOf(
  { messages, system }: MessagesRequest,
  directive: Directive,
  blocks: readonly AnswerBlock[],
): MessagesUsage {
  const cacheRead = directive.cacheRead ?? 0;
  const cacheWrite = directive.cacheWrite ?? 0;
  return {
    input_tokens: inputTokens({ messages, system }),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: Math.max(
      1,
      blocks.reduce((sum, block) => sum + countWords(JSON.stringify(block)), 0),
    ),
    service_tier: 'standard',
  };
}

/** How much a request says, in words and a little for each turn. */
export function inputTokens({ messages, system = '' }: Pick<MessagesRequest, 'messages' | 'system'>): number {
  const instructions = typeof system === 'string' ? system : system.map(({ text }) => text).join('\n');
  return messages.reduce(
    (sum, message) => sum + 3 + countWords(textOf(message)),
    3 + countWords(instructions),
  );
}
