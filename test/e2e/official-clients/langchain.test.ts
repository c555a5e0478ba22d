import {
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  type UsageMetadata,
} from '@langchain/core/messages';
import { OutputParserException } from '@langchain/core/output_parsers';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { APIError, BadRequestError } from 'openai';
import type { AssembledText, ChatClient } from './chat-client.ts';
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

/** LangChain's chat model. Its tools run themselves and write their own messages; it leaves the loop to its users. */
const client: ChatClient = {
  name: 'LangChain',
  joinsByIndex: false,

  async runTools(connection, manner) {
    const weather = createWeatherTool();
    const { name, description, input: schema } = weather;
    const getWeather = tool(weather.run, { name, description, schema });
    const model = modelOf(connection).bindTools([getWeather]);
    const answer = async (history: BaseMessage[]) =>
      manner === 'whole' ? model.invoke(history) : joined(await Array.fromAsync(await model.stream(history)));

    const messages: BaseMessage[] = [new HumanMessage(WEATHER_QUESTION)];
    const answers = [await answer(messages)];
    for (let last = answers.at(-1); last?.tool_calls?.length; last = answers.at(-1)) {
      const results = await Promise.all(last.tool_calls.map((call) => getWeather.invoke(call)));
      messages.push(last, ...results);
      answers.push(await answer(messages));
    }
    return {
      cities: weather.cities,
      text: answers.at(-1)?.text ?? null,
      finishReasons: answers.map(finishReasonOf),
    };
  },

  async assembleText(connection) {
    const chunks = await Array.fromAsync(await modelOf(connection).stream(LONG_QUESTION));
    const whole = joined(chunks);
    return {
      text: whole.text,
      pieces: chunks.filter((chunk) => chunk.text !== '').length,
      finishReason: finishReasonOf(whole),
      usage: toUsage(whole.usage_metadata),
    };
  },

  fillTool(connection) {
    const model = modelOf(connection);
    const config = { name: 'plant', method: 'functionCalling' };
    return model.withStructuredOutput(tree, config).invoke(TREE_QUESTION);
  },

  async fillSchema(connection, manner) {
    const config = { name: 'tree', method: 'jsonSchema', strict: true };
    const model = modelOf(connection).withStructuredOutput(tree, config);
    if (manner === 'whole') return model.invoke(TREE_QUESTION);
    return (await Array.fromAsync(await model.stream(TREE_QUESTION))).at(-1);
  },

  nameFailure(error) {
    if (error instanceof BadRequestError) return 'refused';
    // Of a whole answer it is the client of OpenAI underneath that reads it.
    const isUnreadable = error instanceof OutputParserException || error instanceof SyntaxError;
    return isUnreadable ? 'unreadable' : undefined;
  },

  async meetRateLimit(connection, manner) {
    const model = modelOf(connection);
    const error = await errorOf(manner === 'whole' ? model.invoke(TOO_MANY) : model.stream(TOO_MANY));
    if (!(error instanceof APIError)) throw error;
    const { status, message, headers } = error;
    return {
      isRateLimit: 'lc_error_code' in error && error.lc_error_code === 'MODEL_RATE_LIMIT',
      status,
      message,
      retryAfter: headers?.get('retry-after'),
    };
  },
};

function joined(chunks: readonly AIMessageChunk[]): AIMessageChunk {
  return chunks.reduce((whole, chunk): AIMessageChunk => whole.concat(chunk));
}

function toUsage(usage: UsageMetadata | undefined): AssembledText['usage'] {
  return { prompt: usage?.input_tokens, completion: usage?.output_tokens, total: usage?.total_tokens };
}

function finishReasonOf({
  response_metadata: { finish_reason: reason },
}: AIMessageChunk): string | undefined {
  return typeof reason === 'string' ? reason : undefined;
}

function modelOf({ origin, apiKey, model, fetch }: Connection): ChatOpenAI {
  const configuration = { baseURL: `${origin}/v1`, fetch };
  return new ChatOpenAI({ model, apiKey, configuration, maxTokens: MAX_TOKENS, maxRetries: 0 });
}

describeChatClient(client);
