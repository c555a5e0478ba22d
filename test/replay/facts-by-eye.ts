import type { ReadChoice, ReadCounts } from './read-answer.ts';

/** What a recording says, read from it by eye. */
export interface FactByEye {
  readonly file: string;
  /** What the first choice has, apart from what is not looked at. */
  readonly choice: Partial<ReadChoice>;
  readonly usage: ReadCounts | undefined;
}

function fact(file: string, choice: Partial<ReadChoice>, ...counts: readonly number[]): FactByEye {
  const [prompt, completion, cached = 0, reasoning = 0] = counts;
  const known = prompt !== undefined && completion !== undefined;
  return { file, choice, usage: known ? { prompt, completion, cached, reasoning } : undefined };
}

const weather = (location: string, name = 'weather') => ({ name, arguments: { location } });

/**
 * One of each way in which a dialect says something; the reading that all replays are held to is held to these. The
 * numbers are prompt, completion, and what of them is cached and reasoning.
 */
export const FACTS_BY_EYE: readonly FactByEye[] = [
  fact('openai/chat-prompt-cache-read.yaml', { finishReason: 'length' }, 1220, 100, 1152),
  fact(
    'openai/chat-stream-refusal.sse',
    { text: '', refusal: "I'm sorry, I can't assist with that request." },
    79,
    11,
  ),
  fact(
    'openai/responses-function-call.yaml',
    {
      toolCalls: [{ name: 'get_current_weather', arguments: { location: 'Boston, MA', unit: 'celsius' } }],
      finishReason: 'completed',
    },
    75,
    23,
  ),
  fact(
    'openai/responses-custom-tool-call.yaml',
    { toolCalls: [{ name: 'math_exp', arguments: '4 + 4' }] },
    159,
    275,
    0,
    256,
  ),
  fact('openai/responses-stream-prompt-cache-read.yaml', {}, 1515, 8, 1390),
  fact(
    'openai-compatible/qwen-stream-tool-call-empty-ids.chunks.jsonl',
    { toolCalls: [weather('San Francisco')], finishReason: 'tool_calls' },
    295,
    22,
  ),
  fact('openai-compatible/xai-text-reasoning.json', { text: 'Hello' }, 12, 229, 2, 228),
  fact(
    'openai-compatible/moonshot-stream-reasoning.chunks.jsonl',
    { text: 'Hello!', reasoning: 'Thinking aloud. ' },
    9,
    12,
    0,
    7,
  ),
  fact('anthropic/messages-thinking.json', { finishReason: 'stop' }, 52, 221, 0, 65),
  fact('anthropic/messages-stream-pause-turn.sse', { text: 'Hello, World!', finishReason: 'stop' }, 17, 227),
  fact(
    'anthropic/messages-stream-tool-use-no-args.chunks.jsonl',
    {
      text: "I'll update the issue list for you.",
      toolCalls: [{ name: 'updateIssueList', arguments: {} }],
      finishReason: 'tool_calls',
    },
    565,
    48,
  ),
  fact(
    'anthropic/messages-stream-mcp.chunks.jsonl',
    {
      text: 'The echo tool responded back with: **hello world**\n\nIt simply echoed back the exact message that was sent to it.',
      toolCalls: [],
      finishReason: 'stop',
    },
    1250,
    83,
  ),
  fact('anthropic/messages-refusal.json', { text: '', finishReason: 'content_filter' }, 18, 5),
  fact('gemini/thought-summary.json', { text: 'Mountain View', finishReason: 'stop' }, 14, 26, 0, 24),
  fact('gemini/finish-safety-empty-content.yaml', { text: '', finishReason: 'content_filter' }, 14, 0),
  fact('gemini/function-call-no-args.json', { toolCalls: [{ name: 'current_time', arguments: {} }] }),
  fact(
    'gemini/stream-function-call-partial-args.chunks.jsonl',
    {
      toolCalls: [weather('Boston', 'getWeather'), weather('San Francisco', 'getWeather')],
      finishReason: 'tool_calls',
    },
    26,
    155,
    0,
    132,
  ),
  // What its own tool read is counted beside the prompt, what it thought beside the candidates.
  fact('gemini/stream-code-execution.sse', { toolCalls: [] }, 21 + 243, 126 + 95, 0, 95),
];
