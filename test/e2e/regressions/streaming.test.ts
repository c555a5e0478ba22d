import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderType } from '../../../src/core/catalog.ts';
import { parseJson } from '../../../src/core/json.ts';
import { assembleChunks } from '../../../src/services/request-log/assemble-chunks.ts';
import { LONG, said, told, weather } from '../../parity/corpus/turns.ts';
import { expectCounted } from '../../support/counted-outcomes.ts';
import { type EmulatedGateway, KEYS, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { readEvents } from '../../support/event-stream.ts';
import { eventually } from '../../support/eventually.ts';
import { ask, crossed, DIALECTS, hastyAccountsFile, NEW_WAYS, WAYS } from './accounts.ts';
import { ledgerOf } from './ledger.ts';

/** Enough for several events in every dialect. */
const WORDS = `${LONG} ${LONG} ${LONG}`;

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({}, hastyAccountsFile);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.emulator.clear());

function stream(key: string, type: ProviderType, directive: object, more: object = {}): Promise<Response> {
  const body = { stream: true, max_tokens: 100, messages: told({ text: WORDS, ...directive }), ...more };
  return ask(gateway, key, type, body);
}

/** The model that may take little time until it answers. */
const hasty = (type: ProviderType) => ({ model: `hasty-${type}` });

/** The data of a stream's events, parsed. */
async function dataOf(response: Response): Promise<unknown[]> {
  const bytes = Buffer.from(await response.arrayBuffer());
  return readEvents(bytes).map(({ data }) => parseJson(data) ?? data);
}

async function expectRefusal(response: Response, status: number): Promise<unknown> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const body: unknown = await response.json();
  expect(body).toMatchObject({ error: { message: expect.any(String) } });
  return body;
}

describe('a stream that fails', () => {
  it.each(crossed(WAYS, DIALECTS))(
    'S1 writes one head and no second one when $type breaks it off on $way',
    async ({ type, key }) => {
      const response = await stream(key, type, { cut: 'reset', afterEvents: 5 });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text.match(/event: error/g) ?? []).toHaveLength(key === KEYS.legacy ? 0 : 1);
      expect(text).not.toContain('HTTP/1.1');
      await ledgerOf(gateway, response);
      expect(gateway.logLines.join('')).not.toMatch(/ERR_HTTP_HEADERS_SENT|ERR_STREAM/);
      expect((await ask(gateway, key, type, { messages: said('Hi'), max_tokens: 9 })).status).toBe(200);
    },
  );

  it.each(crossed(WAYS, DIALECTS).flatMap((row) => [401, 429, 500].map((status) => ({ ...row, status }))))(
    'S2 is a JSON error with the status $status that $type answers in place of it on $way',
    async ({ type, key, status }) => {
      await expectRefusal(await stream(key, type, { status, retryAfter: 0 }), status);
    },
  );

  it.each(crossed(NEW_WAYS, DIALECTS))(
    'S2 has no head before its first event: $type that sends none is a 504 on $way',
    async ({ type, key }) => {
      const response = await stream(key, type, { hang: 'mid_stream', afterEvents: 0 }, hasty(type));
      expect(await expectRefusal(response, 504)).toMatchObject({ error: { code: 'upstream_timeout' } });
    },
  );

  it.each(crossed(NEW_WAYS, DIALECTS))(
    'S3 ends with the error of $type, without [DONE], and counts as one on $way',
    async ({ type, key }) => {
      const directive = { errorMidStream: true, afterEvents: 5, eventDelayMs: 20, errorMessage: 'Worn out.' };
      const response = await stream(key, type, directive);
      const data = await dataOf(response);
      const error = {
        message: 'Worn out.',
        type: expect.any(String),
        code: expect.toBeOneOf([expect.any(String), null]),
      };
      expect(data.at(-1)).toMatchObject({ error });
      expect(data).not.toContain('[DONE]');
      expect(await ledgerOf(gateway, response)).toMatchObject({ status: 200, outcome: 'upstream_error' });
    },
  );

  it.each(
    crossed(NEW_WAYS, DIALECTS).flatMap((row) => [true, false].map((streamed) => ({ ...row, streamed }))),
  )(
    'S4 is given up with 504 when $type takes the connection and never answers on $way (stream: $streamed)',
    async ({ type, key, streamed }) => {
      const response = await stream(
        key,
        type,
        { hang: 'before_headers' },
        { ...hasty(type), stream: streamed },
      );
      expect(await expectRefusal(response, 504)).toMatchObject({ error: { code: 'upstream_timeout' } });
    },
  );
});

describe('a stream that lasts', () => {
  it.each(crossed(NEW_WAYS, DIALECTS))(
    'S4 is not cut by the limit of its beginning: $type on $way',
    async ({ type, key }) => {
      const data = await dataOf(await stream(key, type, { eventDelayMs: 100 }, hasty(type)));
      expect(assembleChunks(data)).toMatchObject({ choices: { 0: { content: WORDS } }, isDone: true });
    },
  );

  it.each(crossed(NEW_WAYS, DIALECTS))(
    'S6 ends at the provider when its client leaves, which is no fault of the provider: $type on $way',
    async ({ type, key }) => {
      await expectCounted(gateway, 'litellm', 'client_abort', async () => {
        const response = await stream(key, type, { hang: 'mid_stream', afterEvents: 5 });
        const reader = response.body?.getReader();
        await reader?.read();
        await reader?.cancel();
        await eventually(() => gateway.emulator.requests[0]?.closedByClientAt !== undefined);
      });
    },
  );
});

describe('what a stream carries', () => {
  const toolCalls = [
    { name: 'get_weather', arguments: '{"city":"Oslo"}' },
    { name: 'get_weather', arguments: '{"city":"São Paulo"}' },
  ];

  it.each([...crossed(WAYS, ['openai', 'anthropic']), ...crossed(NEW_WAYS, ['google'])])(
    'S7 is every tool call, by its index, with id and name in its first piece: $type on $way',
    async ({ type, key }) => {
      const data = await dataOf(await stream(key, type, { text: '', toolCalls }, { tools: [weather] }));
      const id = expect.stringMatching(/./);
      expect(assembleChunks(data)?.choices).toMatchObject({
        0: {
          calls: { 0: { ...toolCalls[0], id }, 1: { ...toolCalls[1], id } },
          finishReason: expect.any(String),
        },
      });
    },
  );

  it.each(crossed(NEW_WAYS, DIALECTS))(
    'S9 is never nothing under 200: $type that ends without an event is a 502 on $way',
    async ({ type, key }) => {
      const response = await stream(key, type, { cut: 'clean', afterEvents: 0 });
      expect(await expectRefusal(response, 502)).toMatchObject({ error: { code: 'upstream_interrupted' } });
      expect(gateway.emulator.requests).toHaveLength(key === KEYS.plain ? 3 : 1);
    },
  );

  const outputs: [string, ProviderType, object][] = [
    ['a tool call', 'openai', { toolCalls: toolCalls.slice(1) }],
    ['reasoning', 'openai', { reasoning: 'Hm, hm.' }],
    ['a tool call', 'anthropic', { toolCalls: toolCalls.slice(1) }],
    ['thinking and its signature', 'anthropic', { reasoning: 'Hm, hm.' }],
    ['sealed thinking', 'anthropic', { redactedThinking: 'c2VhbGVk' }],
    ['a tool of the provider’s own', 'anthropic', { serverTool: true }],
    ['a tool call', 'google', { toolCalls: toolCalls.slice(1) }],
    ['thinking', 'google', { reasoning: 'Hm, hm.' }],
    ['a picture', 'google', { image: true }],
  ];

  it.each(
    outputs.flatMap(([what, type, directive]) =>
      NEW_WAYS.map(([way, key]) => ({ what, type, directive, way, key })),
    ),
  )('S9 may be $what alone and is a success: $type on $way', async ({ type, directive, key }) => {
    const response = await stream(key, type, { text: '', ...directive }, { tools: [weather] });
    expect(response.status).toBe(200);
    expect((await dataOf(response)).at(-1)).toBe('[DONE]');
    expect(await ledgerOf(gateway, response)).toMatchObject({ outcome: 'success' });
    expect(gateway.emulator.requests).toHaveLength(1);
  });

  it.each(crossed(WAYS, DIALECTS))(
    'S11 is text that looks like a placeholder, too, however it is cut up: $type on $way',
    async ({ type, key }) => {
      const text = 'Dear [PERSON_1], <EMAIL_2> {{mask:3}} __MASK_4__ ends in [PERS';
      const response = await stream(key, type, { text, splitBytes: 1 });
      expect(assembleChunks(await dataOf(response))?.choices[0]?.content).toBe(text);
      expect(JSON.stringify(gateway.emulator.requests[0]?.body)).toContain('[PERSON_1]');
    },
  );
});
