import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EmulatedGateway, emulate } from '../../support/emulated-gateway.ts';
import { MANNERS, type Manner } from './chat-client.ts';
import { ANTHROPIC_MODEL, type Connection, startClientGateway } from './client-gateway.ts';
import { errorOf } from './error-of.ts';
import { SETTINGS, type Task, takeRoutes } from './take-routes.ts';
import {
  CITIES,
  createWeatherTool,
  LONG_QUESTION,
  LONG_TEXT,
  MAX_TOKENS,
  RATE_LIMIT,
  TOO_MANY,
  TREE,
  TREE_QUESTION,
  tree,
  WEATHER_ANSWER,
  WEATHER_CALLS,
  WEATHER_QUESTION,
} from './tasks.ts';

/** What the emulator signs thinking with. */
const SIGNATURE = 'c2lnbmVkLWJ5LWVtdWxhdG9y';

type Answer = Anthropic.Message | Anthropic.Beta.BetaMessage;
type Thinking = Pick<Anthropic.MessageCreateParamsNonStreaming, 'thinking' | 'max_tokens'>;

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startClientGateway();
});
afterAll(() => gateway.stop());

describe.each(SETTINGS)('@anthropic-ai/sdk, $name', ({ compat }) => {
  const run = <T>(requests: number, task: Task<T>): Promise<T> =>
    takeRoutes({ gateway, model: ANTHROPIC_MODEL, compat }, requests, task);

  it.each(MANNERS)('gets a text and its usage, %s', async (manner) => {
    const { text, stopReason, usage } = await run(1, (connection) => getText(connection, manner));
    expect({ text, stopReason }).toEqual({ text: LONG_TEXT, stopReason: 'end_turn' });
    expect(usage).toMatchObject({ input_tokens: expect.any(Number), output_tokens: expect.any(Number) });
  });

  it('hands a stream of text on piece by piece', async () => {
    const pieces = await run(1, getPieces);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(LONG_TEXT);
  });

  it.each(MANNERS)('runs a tool-calling loop, %s', async (manner) => {
    const loop = await run(2, (connection) => runTools(connection, manner, WEATHER_QUESTION));
    expect(loop).toEqual({
      cities: CITIES,
      text: expect.stringMatching(WEATHER_ANSWER),
      stopReasons: ['tool_use', 'end_turn'],
    });
  });

  it.each(MANNERS)('sends signed thinking back with the tools’ results, %s', async (manner) => {
    const sentBack = await run(2, (connection) => think(connection, manner));
    expect(sentBack).toEqual([
      { type: 'thinking', thinking: 'look it up', signature: SIGNATURE },
      { type: 'redacted_thinking', data: 'c2VhbGVk' },
      ...CITIES.map((city) => expect.objectContaining({ type: 'tool_use', input: { city } })),
    ]);
  });

  it('counts tokens', async () => {
    const count = await run(1, countTokens);
    expect(count).toEqual({ input_tokens: expect.any(Number) });
  });

  it('gets a structured output from a tool that it forces', async () => {
    expect(await run(1, fillTool)).toEqual(TREE);
  });

  const isKept = compat === 'openai';
  const name = isKept
    ? 'gets a structured output by a schema'
    : 'cannot read its structured output, as the schema is dropped (anthropic.dropped_fields)';
  it.each(MANNERS)(`${name}, %s`, async (manner) => {
    const outcome = await run(1, (connection) => fillSchema(connection, manner));
    expect(outcome).toEqual(isKept ? TREE : 'unreadable');
  });

  it.each(MANNERS)('meets a rate limit as its own typed error, %s', async (manner) => {
    const limit = await run(1, (connection) => meetRateLimit(connection, manner));
    expect(limit).toEqual({ ...RATE_LIMIT, type: 'rate_limit_error' });
  });
});

async function getText(connection: Connection, manner: Manner) {
  const { messages } = clientOf(connection);
  const request = ask(connection, LONG_QUESTION);
  const answer =
    manner === 'whole' ? await messages.create(request) : await messages.stream(request).finalMessage();
  return { text: textOf(answer), stopReason: answer.stop_reason, usage: answer.usage };
}

async function getPieces(connection: Connection): Promise<readonly string[]> {
  const pieces: string[] = [];
  const stream = clientOf(connection).messages.stream(ask(connection, LONG_QUESTION));
  await stream.on('text', (piece) => pieces.push(piece)).done();
  return pieces;
}

async function runTools(connection: Connection, manner: Manner, question: string, thinking?: Thinking) {
  const weather = createWeatherTool();
  const { name, description, input: inputSchema, run } = weather;
  const request = {
    ...ask(connection, question),
    ...thinking,
    tools: [betaZodTool({ name, description, inputSchema, run })],
    // A thread is kept by the provider, and Portkey drops the field that names it.
    thread: false as const,
  };
  const answers = await collectAnswers(connection, manner, request);
  const last = answers.at(-1);
  return {
    cities: weather.cities,
    text: last === undefined ? null : textOf(last),
    stopReasons: answers.map(({ stop_reason }) => stop_reason),
  };
}

type RunnerRequest = Parameters<Anthropic['beta']['messages']['toolRunner']>[0];

async function collectAnswers(connection: Connection, manner: Manner, request: RunnerRequest) {
  const { messages } = clientOf(connection).beta;
  if (manner === 'whole') return Array.fromAsync(messages.toolRunner({ ...request, stream: false }));
  const streams = messages.toolRunner({ ...request, stream: true });
  return Array.fromAsync(streams, (stream) => stream.finalMessage());
}

/** Ids differ between any two answers. */
const block = z.looseObject({}).transform(({ id: _id, ...others }) => others);
const sentRequest = z.object({
  messages: z.tuple([z.unknown(), z.object({ content: z.array(block) })], z.unknown()),
});

/** What the provider got of the turn in which the model thought and called tools. */
async function think(connection: Connection, manner: Manner): Promise<unknown> {
  const directive = { reasoning: 'look it up', redactedThinking: 'c2VhbGVk', toolCalls: WEATHER_CALLS };
  const thinking = { type: 'enabled', budget_tokens: 1024 } as const;
  await runTools(connection, manner, emulate(directive).content, { thinking, max_tokens: 2000 });
  const [, { content }] = sentRequest.parse(gateway.emulator.requests.at(-1)?.body).messages;
  return content;
}

async function countTokens(connection: Connection) {
  const { max_tokens: _limit, ...request } = ask(connection, LONG_QUESTION);
  return clientOf(connection).messages.countTokens(request);
}

async function fillTool(connection: Connection): Promise<unknown> {
  let filled: unknown;
  const plant = betaZodTool({
    name: 'plant',
    description: 'Plants a tree',
    inputSchema: tree,
    run(given) {
      filled = given;
      return 'planted';
    },
  });
  await clientOf(connection).beta.messages.toolRunner({
    ...ask(connection, TREE_QUESTION),
    tools: [plant],
    tool_choice: { type: 'tool', name: 'plant' },
    max_iterations: 1,
    thread: false,
  });
  return filled;
}

async function fillSchema(connection: Connection, manner: Manner): Promise<unknown> {
  const { messages } = clientOf(connection);
  const request = { ...ask(connection, TREE_QUESTION), output_config: { format: zodOutputFormat(tree) } };
  try {
    const { parsed_output } =
      manner === 'whole' ? await messages.parse(request) : await messages.stream(request).finalMessage();
    return parsed_output;
  } catch (error) {
    const isUnreadable = error instanceof Anthropic.AnthropicError && !(error instanceof Anthropic.APIError);
    if (!isUnreadable) throw error;
    return 'unreadable';
  }
}

async function meetRateLimit(connection: Connection, manner: Manner) {
  const { messages } = clientOf(connection);
  const request = ask(connection, TOO_MANY);
  const asked = manner === 'whole' ? messages.create(request) : messages.stream(request).done();
  const error = await errorOf(asked);
  if (!(error instanceof Anthropic.APIError)) throw error;
  const { status, message, headers, type } = error;
  const isRateLimit = error instanceof Anthropic.RateLimitError;
  return { isRateLimit, status, message, type, retryAfter: headers?.get('retry-after') };
}

function textOf({ content }: Answer): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

function clientOf({ origin, apiKey, fetch }: Connection): Anthropic {
  return new Anthropic({ apiKey, baseURL: origin, maxRetries: 0, fetch });
}

function ask({ model }: Connection, content: string) {
  return { model, max_tokens: MAX_TOKENS, messages: [{ role: 'user' as const, content }] };
}
