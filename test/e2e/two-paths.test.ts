import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmulatedGateway,
  emulate,
  KEYS,
  MODEL,
  openaiClient,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';

type Messages = OpenAI.ChatCompletionMessageParam[];
type Extra = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>;

const weatherTool: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

/** What a client program does with an answer, whichever path it came by. */
interface ClientView {
  content: string;
  /** Without their ids, which the provider draws anew for each answer. */
  toolCalls: { name: string; arguments: string }[];
  toolCallIds: number;
  finishReason: string | null;
  role: string | undefined;
}

const scenarios: { name: string; messages: Messages; extra?: Extra; expected: Partial<ClientView> }[] = [
  {
    name: 'text',
    messages: [{ role: 'user', content: 'Tell me about strangler figs' }],
    expected: { content: 'You said: Tell me about strangler figs', finishReason: 'stop', role: 'assistant' },
  },
  {
    name: 'text that is not ASCII',
    messages: [emulate({ text: '榕树 🌳 «ficus» \\" \n 結束' })],
    expected: { content: '榕树 🌳 «ficus» \\" \n 結束', finishReason: 'stop' },
  },
  {
    name: 'text cut by max_tokens',
    messages: [emulate({ text: 'one two three four five six' })],
    extra: { max_tokens: 2 },
    expected: { finishReason: 'length' },
  },
  {
    name: 'parallel tool calls',
    messages: [
      emulate({
        toolCalls: [
          { name: 'get_weather', arguments: '{"city":"Oslo"}' },
          { name: 'get_weather', arguments: '{"city":"São Paulo"}' },
        ],
      }),
    ],
    extra: { tools: [weatherTool] },
    expected: { finishReason: 'tool_calls' },
  },
  {
    name: 'a tool result answered',
    messages: [
      { role: 'user', content: 'Weather in Oslo?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'minus four' },
    ],
    extra: { tools: [weatherTool] },
    expected: { finishReason: 'stop' },
  },
  {
    name: 'JSON by schema',
    messages: [{ role: 'user', content: 'Give me json' }],
    extra: {
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'tree',
          strict: true,
          schema: {
            type: 'object',
            properties: { species: { type: 'string' } },
            required: ['species'],
            additionalProperties: false,
          },
        },
      },
    },
    expected: { finishReason: 'stop' },
  },
];

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway();
});
afterAll(() => gateway.stop());

describe('the same client code on either path', () => {
  it.each(scenarios)('gets the same whole answer: $name', async ({ messages, extra, expected }) => {
    const legacy = await ask(KEYS.legacy, messages, extra);
    const litellm = await ask(KEYS.litellm, messages, extra);
    expect(litellm).toEqual(legacy);
    expect(litellm).toMatchObject(expected);
  });

  it.each(scenarios)('gets the same stream: $name', async ({ messages, extra, expected }) => {
    const legacy = await askStreaming(KEYS.legacy, messages, extra);
    const litellm = await askStreaming(KEYS.litellm, messages, extra);
    expect(litellm).toEqual(legacy);
    expect(litellm).toMatchObject(expected);
    expect(litellm).toEqual(await ask(KEYS.litellm, messages, extra));
  });

  it('carries tool calls whole', async () => {
    const { messages = [], extra } = scenarios.find(({ name }) => name === 'parallel tool calls') ?? {};
    for (const key of [KEYS.legacy, KEYS.litellm]) {
      const { toolCalls, toolCallIds } = await askStreaming(key, messages, extra);
      expect(toolCalls.map((call) => call.arguments)).toEqual(['{"city":"Oslo"}', '{"city":"São Paulo"}']);
      expect(toolCallIds).toBe(2);
    }
  });

  it('sends usage in a stream exactly where it was asked for', async () => {
    const usages = async (key: string, include_usage: boolean) => {
      const stream = await openaiClient(gateway, key).chat.completions.create({
        model: MODEL,
        messages: [{ role: 'user', content: 'Hello' }],
        stream: true,
        ...(include_usage ? { stream_options: { include_usage } } : {}),
      });
      const chunks = await Array.fromAsync(stream);
      return chunks.flatMap((chunk) => (chunk.usage ? [chunk.usage.total_tokens] : []));
    };
    for (const key of [KEYS.legacy, KEYS.litellm]) {
      expect(await usages(key, false)).toEqual([]);
      expect(await usages(key, true)).toHaveLength(1);
    }
  });

  it.each([
    ['legacy', KEYS.legacy],
    ['litellm', KEYS.litellm],
  ])('says in headers that %s served and why', async (path, key) => {
    const { response } = await openaiClient(gateway, key)
      .chat.completions.create({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }] })
      .withResponse();
    expect(response.headers.get('x-gateway-path')).toBe(path);
    expect(response.headers.get('x-gateway-reason')).toBe('key_override');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(response.headers.get('x-cache-status')).toBe('BYPASS');
    expect(response.headers.get('server-timing')).toMatch(/^gateway;dur=[\d.]+, upstream;dur=[\d.]+$/);
  });

  it.each([429, 500, 401, 404, 400])(
    'passes a provider status %i on with an error object',
    async (status) => {
      const answers = await Promise.all(
        [KEYS.legacy, KEYS.litellm].map((key) =>
          openaiClient(gateway, key)
            .chat.completions.create({ model: MODEL, messages: [emulate({ status, retryAfter: 7 })] })
            .then(
              () => undefined,
              (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
            ),
        ),
      );
      expect(answers.map((error) => error?.status)).toEqual([status, status]);
      expect(answers.map((error) => error?.headers?.get('retry-after'))).toEqual(['7', '7']);
      const [legacy, litellm] = answers;
      expect(litellm?.code).toBe(legacy?.code);
      expect(litellm?.type).toBe(legacy?.type);
    },
  );
});

async function ask(key: string, messages: Messages, extra: Extra = {}): Promise<ClientView> {
  const completion = await openaiClient(gateway, key).chat.completions.create({
    model: MODEL,
    messages,
    ...extra,
  });
  const [choice] = completion.choices;
  const calls = (choice?.message.tool_calls ?? []).filter((call) => call.type === 'function');
  return {
    content: choice?.message.content ?? '',
    toolCalls: calls.map((call) => ({ name: call.function.name, arguments: call.function.arguments })),
    toolCallIds: new Set(calls.map((call) => call.id)).size,
    finishReason: choice?.finish_reason ?? null,
    role: choice?.message.role,
  };
}

async function askStreaming(key: string, messages: Messages, extra: Extra = {}): Promise<ClientView> {
  const view: ClientView = {
    content: '',
    toolCalls: [],
    toolCallIds: 0,
    finishReason: null,
    role: undefined,
  };
  const ids = new Set<string>();
  const stream = await openaiClient(gateway, key).chat.completions.create({
    model: MODEL,
    messages,
    ...extra,
    stream: true,
  });
  for await (const { choices } of stream) {
    const [choice] = choices;
    view.role ??= choice?.delta.role;
    view.content += choice?.delta.content ?? '';
    view.finishReason = choice?.finish_reason ?? view.finishReason;
    for (const { index, id, function: part } of choice?.delta.tool_calls ?? []) {
      view.toolCalls[index] ??= { name: '', arguments: '' };
      const call = view.toolCalls[index];
      call.name += part?.name ?? '';
      call.arguments += part?.arguments ?? '';
      if (id !== undefined) ids.add(id);
    }
  }
  return { ...view, toolCallIds: ids.size };
}
