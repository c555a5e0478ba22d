import type { Usage } from '../../src/core/usage.ts';

/** What a recorded chat stream says, read by eye from the recording. */
export interface RecordedStream {
  readonly path: string;
  readonly finishReason: string;
  readonly usage: Usage | undefined;
  /** Whether the usage comes in a frame of its own, without a choice. */
  readonly hasUsageFrame: boolean;
  readonly choices: number;
}

const counts = (prompt: number, completion: number, reasoning = 0): Usage => ({
  prompt,
  completion,
  cached: 0,
  reasoning,
});

function stream(
  path: string,
  finishReason: string,
  usage?: Usage,
  hasUsageFrame = true,
  choices = 1,
): RecordedStream {
  return { path, finishReason, usage, hasUsageFrame: hasUsageFrame && usage !== undefined, choices };
}

/** Every recorded stream of the OpenAI chat dialect that came to its end. */
export const RECORDED_STREAMS: readonly RecordedStream[] = [
  stream('openai/chat-stream-length-stop.sse', 'length', counts(79, 1)),
  stream('openai/chat-stream-logprobs.sse', 'stop', counts(9, 2)),
  stream('openai/chat-stream-refusal.sse', 'stop', counts(79, 11)),
  stream('openai/chat-stream-structured-output.sse', 'stop', counts(79, 14)),
  stream('openai/chat-stream-text-raw.sse', 'stop', counts(14, 30)),
  stream('openai/chat-stream-tool-call-single.sse', 'tool_calls', counts(76, 24)),
  stream('openai/chat-stream-include-usage.yaml', 'length', counts(12, 100, 100)),
  stream('openai/chat-stream-n2.yaml', 'stop', counts(26, 104), true, 2),
  stream('openai/chat-stream-text.yaml', 'stop'),
  stream('openai/chat-stream-tool-calls-parallel.yaml', 'tool_calls', counts(75, 51)),
  stream('openai/chat-stream-tool-calls-parallel-obfuscation.yaml', 'tool_calls'),
  stream('openai/completion-stream-usage.yaml', 'length', counts(31, 25)),
  stream('deepseek/chat-stream.yaml', 'stop', counts(11, 8), false),
  stream('deepseek/stream-reasoning-content.yaml', 'stop', counts(17, 47, 34), false),
  stream('deepseek/stream-tool-calls-parallel.yaml', 'tool_calls', counts(404, 48), false),
  stream('azure-openai/chat-stream-content-filter-chunks.yaml', 'stop'),
  stream('openai-compatible/ollama-cloud-stream.yaml', 'stop', counts(74, 53)),
  stream('openai-compatible/openrouter-stream-comments.yaml', 'stop', counts(15, 9), false),
];

/** The one recording whose first event is an error. */
export const RECORDED_ERROR_STREAM = 'openai/chat-stream-error-first-chunk.sse';
