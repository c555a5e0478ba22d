import { isJsonObject, type JsonObject } from './json.ts';

/** Token counts of one answer, in tokens. `cached` is part of `prompt`, `reasoning` of `completion`. */
export interface Usage {
  readonly prompt: number;
  readonly completion: number;
  readonly cached: number;
  readonly reasoning: number;
}

/**
 * Token counts of any provider's usage object, by one set of definitions; undefined where it is none that is known.
 * Taken are OpenAI's (chat, completions, embeddings, responses), DeepSeek's, Anthropic's and Gemini's.
 */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isJsonObject(usage)) return undefined;
  if ('prompt_tokens' in usage || 'completion_tokens' in usage) return readChatUsage(usage);
  if ('promptTokenCount' in usage || 'totalTokenCount' in usage) return readGeminiUsage(usage);
  if (!('input_tokens' in usage || 'output_tokens' in usage)) return undefined;
  return 'total_tokens' in usage ? readResponsesUsage(usage) : readMessagesUsage(usage);
}

/** The later of two statements about one answer: counts only grow, and a zero takes nothing back. */
export function mergeUsage(earlier: Usage | undefined, later: Usage | undefined): Usage | undefined {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  return {
    prompt: later.prompt || earlier.prompt,
    completion: later.completion || earlier.completion,
    cached: later.cached || earlier.cached,
    reasoning: later.reasoning || earlier.reasoning,
  };
}

/** Whether the provider has counted anything at all; some send zeros for what they did not count. */
export function isCounted(usage: Usage | undefined): boolean {
  return usage !== undefined && usage.prompt + usage.completion > 0;
}

function readChatUsage(usage: JsonObject): Usage {
  const prompt = count(usage.prompt_tokens);
  const stated = count(usage.completion_tokens);
  const reasoning = detail(usage.completion_tokens_details, 'reasoning_tokens');
  const cached = detail(usage.prompt_tokens_details, 'cached_tokens') || count(usage.prompt_cache_hit_tokens);
  // xAI counts reasoning beside the completion and tells by the total.
  const isBeside = reasoning > 0 && count(usage.total_tokens) === prompt + stated + reasoning;
  return { prompt, completion: isBeside ? stated + reasoning : stated, cached, reasoning };
}

function readResponsesUsage(usage: JsonObject): Usage {
  return {
    prompt: count(usage.input_tokens),
    completion: count(usage.output_tokens),
    cached: detail(usage.input_tokens_details, 'cached_tokens'),
    reasoning: detail(usage.output_tokens_details, 'reasoning_tokens'),
  };
}

/** Anthropic's input tokens are those that are neither read from a cache nor written to one. */
function readMessagesUsage(usage: JsonObject): Usage {
  const cached = count(usage.cache_read_input_tokens);
  return {
    prompt: count(usage.input_tokens) + count(usage.cache_creation_input_tokens) + cached,
    completion: count(usage.output_tokens),
    cached,
    reasoning: detail(usage.output_tokens_details, 'thinking_tokens'),
  };
}

/** Gemini counts thoughts beside the candidates, and what its own tools read beside the prompt. */
function readGeminiUsage(usage: JsonObject): Usage {
  const reasoning = count(usage.thoughtsTokenCount);
  return {
    prompt: count(usage.promptTokenCount) + count(usage.toolUsePromptTokenCount),
    completion: count(usage.candidatesTokenCount) + reasoning,
    cached: count(usage.cachedContentTokenCount),
    reasoning,
  };
}

function detail(details: unknown, field: string): number {
  return isJsonObject(details) ? count(details[field]) : 0;
}

/** Whole, as they are stored, and never more than a column takes. */
function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return 0;
  return Math.min(Math.round(value), MOST_TOKENS);
}

/** Of one kind in one answer: beyond what any model takes, and two of them still fit into 32 bits. */
const MOST_TOKENS = 1_000_000_000;
