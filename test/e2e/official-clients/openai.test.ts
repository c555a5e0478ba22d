import OpenAI, { OpenAIError } from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
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

/** The official client, with the whole of its helpers. */
const client: ChatClient = {
  name: 'openai',
  joinsByIndex: true,

  async runTools(connection, manner) {
    const weather = createWeatherTool();
    const { name, description, input: parameters } = weather;
    const tools = [zodFunction({ name, description, parameters, function: weather.run })];
    const request = { ...ask(connection, WEATHER_QUESTION), tools };
    const completions = completionsOf(connection);
    const runner =
      manner === 'whole' ? completions.runTools(request) : completions.runTools({ ...request, stream: true });
    const text = await runner.finalContent();
    const finishReasons = runner.allChatCompletions().map(({ choices }) => choices[0]?.finish_reason);
    return { cities: weather.cities, text, finishReasons };
  },

  async assembleText(connection) {
    const stream = completionsOf(connection).stream({
      ...ask(connection, LONG_QUESTION),
      stream_options: { include_usage: true },
    });
    let pieces = 0;
    stream.on('content', () => {
      pieces += 1;
    });
    const { choices, usage } = await stream.finalChatCompletion();
    return {
      text: choices[0]?.message.content ?? null,
      pieces,
      finishReason: choices[0]?.finish_reason,
      usage: {
        prompt: usage?.prompt_tokens,
        completion: usage?.completion_tokens,
        total: usage?.total_tokens,
      },
    };
  },

  async fillTool(connection) {
    const { choices } = await completionsOf(connection).parse({
      ...ask(connection, TREE_QUESTION),
      tools: [zodFunction({ name: 'plant', parameters: tree })],
      tool_choice: { type: 'function', function: { name: 'plant' } },
    });
    const call = choices[0]?.message.tool_calls?.[0];
    return call?.type === 'function' ? call.function.parsed_arguments : undefined;
  },

  async fillSchema(connection, manner) {
    const request = { ...ask(connection, TREE_QUESTION), response_format: zodResponseFormat(tree, 'tree') };
    const completions = completionsOf(connection);
    const { choices } =
      manner === 'whole'
        ? await completions.parse(request)
        : await completions.stream(request).finalChatCompletion();
    return choices[0]?.message.parsed;
  },

  nameFailure(error) {
    if (error instanceof OpenAI.BadRequestError) return 'refused';
    // The helper for streams wraps what the other one throws as it is.
    const cause = error instanceof OpenAIError ? error.cause : error;
    return cause instanceof SyntaxError ? 'unreadable' : undefined;
  },

  async meetRateLimit(connection, manner) {
    const completions = completionsOf(connection);
    const request = ask(connection, TOO_MANY);
    const error = await errorOf(
      manner === 'whole' ? completions.create(request) : completions.stream(request).done(),
    );
    if (!(error instanceof OpenAI.APIError)) throw error;
    const { status, message, headers } = error;
    return {
      isRateLimit: error instanceof OpenAI.RateLimitError,
      status,
      message,
      retryAfter: headers?.get('retry-after'),
    };
  },
};

function completionsOf({ origin, apiKey, fetch }: Connection) {
  return new OpenAI({ apiKey, baseURL: `${origin}/v1`, maxRetries: 0, fetch }).chat.completions;
}

function ask({ model }: Connection, content: string) {
  return { model, max_tokens: MAX_TOKENS, messages: [{ role: 'user' as const, content }] };
}

describeChatClient(client);
