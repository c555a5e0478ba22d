import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderType } from '../../../src/core/catalog.ts';
import { parseJson } from '../../../src/core/json.ts';
import { assembleChunks } from '../../../src/services/request-log/assemble-chunks.ts';
import { said } from '../../parity/corpus/turns.ts';
import { KEYS } from '../../support/emulated-gateway.ts';
import { readEvents } from '../../support/event-stream.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningGateway, startGateway } from '../../support/running-gateway.ts';
import { accountsFile, ask, crossed, NEW_WAYS, WAYS } from './accounts.ts';
import { GEMINI_COUNTS, geminiEvents, generated, messageEvents, wholeMessage } from './counted-answers.ts';
import { ledgerOf } from './ledger.ts';
import { chunksOf, type ScriptedProvider, startScriptedProvider, typedEvents } from './scripted-provider.ts';

let provider: ScriptedProvider;
let gateway: RunningGateway;
beforeAll(async () => {
  provider = await startScriptedProvider();
  gateway = await startGateway({ file: accountsFile(provider.url) });
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

const request = { messages: said('Hello'), max_tokens: 50 };
const endpoints = {
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
} as const;

/** What the ledger counted of the provider's next answer. */
async function counted(
  key: string,
  type: ProviderType,
  body: object = request,
  path: string = endpoints.chat,
): Promise<unknown> {
  const response = await ask(gateway, key, type, body, path);
  expect(response.status).toBe(200);
  return (await ledgerOf(gateway, response)).usage;
}

const choice = { index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' };
const chunk = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

describe('counts of a stream', () => {
  it.each(WAYS)('U2 are not overwritten by zeros that come later on %s', async (_way, key) => {
    const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
    provider.answerStream(
      chunksOf({ ...chunk({ content: 'Hi' }, 'stop'), usage }, { choices: [], usage: zeros }),
    );
    expect(await counted(key, 'openai', { ...request, stream: true })).toMatchObject({
      prompt: 11,
      completion: 7,
    });
  });

  it.each(NEW_WAYS)(
    'U2 of Anthropic’s are not overwritten by zeros that come later on %s',
    async (_way, key) => {
      provider.answerStream(messageEvents({ input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 9 }));
      const usage = await counted(key, 'anthropic', { ...request, stream: true });
      expect(usage).toMatchObject({ prompt: 60, completion: 9, cached: 30 });
    },
  );

  it.each(WAYS)('U2 of Anthropic’s endpoint are not overwritten by zeros either on %s', async (_way, key) => {
    provider.answerStream(messageEvents({ input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 9 }));
    const usage = await counted(key, 'anthropic', { ...request, stream: true }, endpoints.messages);
    expect(usage).toMatchObject({ prompt: 60, completion: 9, cached: 30 });
  });

  it.each(NEW_WAYS)(
    'U6 of Gemini’s are those of its last chunk, thoughts being output, on %s',
    async (_way, key) => {
      provider.answerStream(geminiEvents);
      const usage = await counted(key, 'google', { ...request, stream: true });
      expect(usage).toEqual({ prompt: 10, completion: 12, cached: 4, reasoning: 7 });
    },
  );
});

describe('counts of Anthropic’s', () => {
  const expected = { prompt: 60, completion: 9, cached: 30 };

  it.each(NEW_WAYS)(
    'U3 are the whole prompt with what the cache took and gave, and the last output, on %s',
    async (_way, key) => {
      provider.answerJson(wholeMessage);
      expect(await counted(key, 'anthropic')).toMatchObject(expected);
      provider.answerStream(messageEvents());
      expect(await counted(key, 'anthropic', { ...request, stream: true })).toMatchObject(expected);
    },
  );

  it.each(WAYS)('U3 are the same on its own endpoint on %s', async (_way, key) => {
    provider.answerJson(wholeMessage);
    expect(await counted(key, 'anthropic', request, endpoints.messages)).toMatchObject(expected);
    provider.answerStream(messageEvents());
    expect(await counted(key, 'anthropic', { ...request, stream: true }, endpoints.messages)).toMatchObject(
      expected,
    );
  });
});

describe('counts of responses', () => {
  const usage = {
    input_tokens: 50,
    input_tokens_details: { cached_tokens: 20 },
    output_tokens: 8,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 58,
  };
  const output = [
    { type: 'message', id: 'm', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] },
  ];
  const response = { id: 'resp_1', object: 'response', status: 'completed', output, usage };

  it.each(WAYS)(
    'U4 are read where they stand, and the cached part is counted once, on %s',
    async (_way, key) => {
      const expected = { prompt: 50, completion: 8, cached: 20, reasoning: 3 };
      provider.answerJson(response);
      const body = { input: 'Hello' };
      expect(await counted(key, 'openai', body, endpoints.responses)).toEqual(expected);
      provider.answerStream(
        typedEvents(
          { type: 'response.created', response: { ...response, output: [], usage: null } },
          { type: 'response.output_text.delta', delta: 'Hi' },
          { type: 'response.completed', response },
        ),
      );
      expect(await counted(key, 'openai', { ...body, stream: true }, endpoints.responses)).toEqual(expected);
    },
  );
});

describe('cached tokens', () => {
  const chat = (usage: object) => ({ choices: [choice], usage });
  const answers: [string, ProviderType, string, object][] = [
    [
      'prompt_tokens_details.cached_tokens',
      'openai',
      endpoints.chat,
      chat({ prompt_tokens: 50, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 30 } }),
    ],
    [
      'prompt_cache_hit_tokens',
      'deepseek',
      endpoints.chat,
      chat({ prompt_tokens: 50, completion_tokens: 2, prompt_cache_hit_tokens: 30 }),
    ],
    [
      'input_tokens_details.cached_tokens',
      'openai',
      endpoints.responses,
      {
        output: [{}],
        usage: {
          input_tokens: 50,
          output_tokens: 2,
          total_tokens: 52,
          input_tokens_details: { cached_tokens: 30 },
        },
      },
    ],
    [
      'cache_read_input_tokens',
      'anthropic',
      endpoints.chat,
      { ...wholeMessage, usage: { input_tokens: 20, cache_read_input_tokens: 30, output_tokens: 2 } },
    ],
    [
      'cachedContentTokenCount',
      'google',
      endpoints.chat,
      generated(
        { promptTokenCount: 50, candidatesTokenCount: 2, totalTokenCount: 52, cachedContentTokenCount: 30 },
        'STOP',
      ),
    ],
  ];

  it.each(answers)(
    'U5 are counted as part of the prompt: %s of %s',
    async (_source, type, path, document) => {
      for (const [, key] of NEW_WAYS) {
        provider.answerJson(document);
        expect(await counted(key, type, { ...request, input: 'Hello' }, path)).toMatchObject({
          prompt: 50,
          completion: 2,
          cached: 30,
        });
      }
    },
  );
});

describe('the total', () => {
  it.each([
    [
      'anthropic',
      wholeMessage,
      messageEvents(),
      { prompt_tokens: 60, completion_tokens: 9, total_tokens: 69 },
    ],
    [
      'google',
      generated(GEMINI_COUNTS, 'STOP'),
      geminiEvents,
      { prompt_tokens: 10, completion_tokens: 12, total_tokens: 22 },
    ],
  ] as const)('U7 is prompt and completion together: %s', async (type, document, events, expected) => {
    provider.answerJson(document);
    const whole = await ask(gateway, KEYS.plain, type, request);
    expect(await whole.json()).toMatchObject({ usage: expected });
    provider.answerStream(events);
    const asked = { ...request, stream: true, stream_options: { include_usage: true } };
    const stream = await ask(gateway, KEYS.plain, type, asked);
    const data = readEvents(Buffer.from(await stream.arrayBuffer())).map((event) => parseJson(event.data));
    expect(assembleChunks(data)?.usage).toMatchObject(expected);
  });

  it('U7 is nothing of its own in the ledger, so that a provider’s wrong one does no harm', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 999 };
    provider.answerJson({ choices: [choice], usage });
    expect(await counted(KEYS.plain, 'openai')).toEqual({
      prompt: 3,
      completion: 4,
      cached: 0,
      reasoning: 0,
    });
  });
});

describe('bodies', () => {
  it.each(crossed(WAYS, ['openai', 'anthropic']))(
    'U9 are logged nowhere, and every request counts with its tokens: $type on $way',
    async ({ type, key }) => {
      const path = key === KEYS.legacy ? 'legacy' : 'litellm';
      const before = await tokens(path, type);
      const usage = { prompt_tokens: 10, completion_tokens: 9 };
      const secret = { ...choice, message: { role: 'assistant', content: 'The answer is a whispered fig.' } };
      provider.answerJson(
        type === 'openai'
          ? { choices: [secret], usage }
          : {
              ...wholeMessage,
              content: [{ type: 'text', text: 'The answer is a whispered fig.' }],
              usage: { input_tokens: 10, output_tokens: 9 },
            },
      );
      const asked = { ...request, messages: said('My secret is a quiet banyan.') };
      expect(await counted(key, type, asked)).toMatchObject({ prompt: 10, completion: 9 });
      await eventually(async () => (await tokens(path, type)) === before + 19);
      expect(gateway.logLines.join('')).not.toMatch(/whispered|quiet banyan/);
    },
  );
});

/** All prompt and completion tokens counted so far on that path for that account. */
async function tokens(path: string, account: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('gateway_tokens_total{'))
    .filter((line) => line.includes(`path="${path}"`) && line.includes(`provider="${account}"`))
    .filter((line) => /type="(prompt|completion)"/.test(line))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
