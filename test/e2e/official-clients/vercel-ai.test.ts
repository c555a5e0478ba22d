import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  generateText,
  isStepCount,
  NoObjectGeneratedError,
  Output,
  streamText,
  tool,
} from 'ai';
import type { ChatClient } from './chat-client.ts';
import type { Connection } from './client-gateway.ts';
import { describeChatClient } from './describe-chat-client.ts';
import { errorOf } from './error-of.ts';
import {
  createWeatherTool,
  LONG_QUESTION,
  MAX_TOKENS,
  TOO_MANY,
  TREE_QUESTION,
  tree,
  WEATHER_QUESTION,
} from './tasks.ts';

/** The Vercel AI SDK with its provider for anything compatible with OpenAI. */
const client: ChatClient = {
  name: 'Vercel AI SDK',
  joinsByIndex: false,

  async runTools(connection, manner) {
    const weather = createWeatherTool();
    const { description, input: inputSchema } = weather;
    const request = {
      ...ask(connection, WEATHER_QUESTION),
      tools: { [weather.name]: tool({ description, inputSchema, execute: weather.run }) },
      stopWhen: isStepCount(5),
    };
    const result = manner === 'whole' ? await generateText(request) : streamText(request);
    const steps = await result.steps;
    return {
      cities: weather.cities,
      text: await result.text,
      finishReasons: steps.map(({ rawFinishReason }) => rawFinishReason),
    };
  },

  async assembleText(connection) {
    const result = streamText(ask(connection, LONG_QUESTION));
    const pieces = await Array.fromAsync(result.textStream);
    const { inputTokens, outputTokens, totalTokens } = await result.usage;
    return {
      text: pieces.join(''),
      pieces: pieces.length,
      finishReason: await result.rawFinishReason,
      usage: { prompt: inputTokens, completion: outputTokens, total: totalTokens },
    };
  },

  async fillTool(connection) {
    const { toolCalls } = await generateText({
      ...ask(connection, TREE_QUESTION),
      tools: { plant: tool({ inputSchema: tree }) },
      toolChoice: { type: 'tool', toolName: 'plant' },
    });
    return toolCalls[0]?.input;
  },

  async fillSchema(connection, manner) {
    const request = { ...ask(connection, TREE_QUESTION), output: Output.object({ schema: tree }) };
    if (manner === 'whole') return (await generateText(request)).output;
    const { onError, rethrow } = keepErrors();
    const result = streamText({ ...request, onError });
    await result.consumeStream();
    rethrow();
    return result.output;
  },

  nameFailure(error) {
    if (APICallError.isInstance(error) && error.statusCode === 400) return 'refused';
    return NoObjectGeneratedError.isInstance(error) ? 'unreadable' : undefined;
  },

  async meetRateLimit(connection, manner) {
    const request = ask(connection, TOO_MANY);
    const error = await errorOf(manner === 'whole' ? generateText(request) : readStream(request));
    if (!APICallError.isInstance(error)) throw error;
    const { isRetryable, statusCode, message, responseHeaders } = error;
    return {
      // It has no class of error for each status.
      isRateLimit: isRetryable && statusCode === 429,
      status: statusCode,
      message,
      retryAfter: responseHeaders?.['retry-after'],
    };
  },
};

async function readStream(request: ReturnType<typeof ask>): Promise<void> {
  const { onError, rethrow } = keepErrors();
  await streamText({ ...request, onError }).consumeStream();
  rethrow();
}

/** The SDK's streams do not throw what went wrong, they tell it. */
function keepErrors() {
  const errors: unknown[] = [];
  return {
    onError: ({ error }: { readonly error: unknown }) => {
      errors.push(error);
    },
    rethrow() {
      if (errors.length > 0) throw errors[0];
    },
  };
}

function ask({ origin, apiKey, model, fetch }: Connection, prompt: string) {
  const provider = createOpenAICompatible({
    name: 'gateway',
    baseURL: `${origin}/v1`,
    apiKey,
    fetch,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  return { model: provider(model), prompt, maxOutputTokens: MAX_TOKENS, maxRetries: 0 };
}

describeChatClient(client);
