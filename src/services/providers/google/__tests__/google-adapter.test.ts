import type { RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAll, readEvents } from '../../../../../test/support/event-stream.ts';
import { type RawProvider, startRawProvider } from '../../../../../test/support/raw-provider.ts';
import { createRecordingLogger } from '../../../../../test/support/recording-logger.ts';
import type { Compat } from '../../../../core/catalog.ts';
import type { JsonObject } from '../../../../core/json.ts';
import type { Reply } from '../../../../core/request-path.ts';
import { createGlobalFetchHook } from '../../../global-fetch-hook.ts';
import { createUpstreamTransport } from '../../../upstream-transport.ts';
import { createGoogleAdapter } from '../google-adapter.ts';
import { API_KEY, googleCall } from './google-call.ts';

const transport = createUpstreamTransport({ connectMs: 2_000, headersMs: 2_000, idleMs: 2_000 }, true);
const fetchHook = createGlobalFetchHook();
const logger = createRecordingLogger();
const messages = [{ role: 'user', content: 'Rain in Rome?' }];
const usageMetadata = {
  promptTokenCount: 5,
  candidatesTokenCount: 2,
  thoughtsTokenCount: 3,
  totalTokenCount: 10,
};
const usage = { prompt: 5, completion: 5, cached: 0, reasoning: 3 };

let provider: RawProvider;

beforeAll(async () => {
  provider = await startRawProvider();
});
beforeEach(() => fetchHook.install());
afterEach(() => fetchHook.uninstall());
afterAll(async () => {
  provider.close();
  await transport.close();
});

function handle(fields: JsonObject, compat: Compat, signal = new AbortController().signal): Promise<Reply> {
  const call = googleCall({ messages, ...fields }, { compat, baseUrl: `${provider.url}/v1beta` });
  return createGoogleAdapter(call.provider, { transport, logger, fetchHook }).handle(call, signal);
}

/** Takes the request's bytes off the wire, else the connection cannot be used again. */
function answering(status: number, contentType: string, body: string): RequestListener {
  return (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': contentType }).end(body);
  };
}

function answerWith(document: unknown, status = 200): void {
  provider.answerWith(answering(status, 'application/json; charset=UTF-8', JSON.stringify(document)));
}

function streamWith(...events: JsonObject[]): void {
  provider.answerWith(answering(200, 'text/event-stream', events.map(eventOf).join('')));
}

function eventOf(event: JsonObject): string {
  return `data: ${JSON.stringify(event)}\r\n\r\n`;
}

function saying(text: string, more: JsonObject = {}): JsonObject {
  return { candidates: [{ content: { role: 'model', parts: [{ text }] }, ...more }], responseId: 'r1' };
}

async function documentOf(reply: Reply) {
  return JSON.parse((await readAll(reply.body)).toString('utf8'));
}

async function dataOf(reply: Reply): Promise<string[]> {
  return readEvents(await readAll(reply.body)).map(({ data }) => data);
}

describe('a whole answer', () => {
  const answer = { ...saying('No.', { finishReason: 'STOP' }), usageMetadata, modelVersion: 'gemini-x-001' };

  it('is OpenAI’s under compat: openai, with the right counts', async () => {
    answerWith(answer);
    const reply = await handle({}, 'openai');
    expect(await documentOf(reply)).toMatchObject({
      id: 'r1',
      model: 'gemini-x-001',
      choices: [{ message: { role: 'assistant', content: 'No.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
    });
    expect(await reply.outcome).toMatchObject({ kind: 'success', finishReason: 'stop', usage });
  });

  it('is Portkey’s under compat: portkey, and the right counts are known all the same', async () => {
    answerWith(answer);
    const reply = await handle({ user: 'u' }, 'portkey');
    expect(await documentOf(reply)).toMatchObject({ provider: 'google', usage: { completion_tokens: 2 } });
    expect(await reply.outcome).toMatchObject({ kind: 'success', usage });
    expect(logger.entries.at(-1)?.fields).toMatchObject({ droppedFields: ['user'] });
  });
});

describe('a stream', () => {
  it.each<Compat>(['openai', 'portkey'])(
    'ends with [DONE] under compat: %s, though Gemini has no end',
    async (compat) => {
      streamWith(saying('N'), saying('o.', { finishReason: 'STOP' }), { usageMetadata });
      const reply = await handle({ stream: true }, compat);
      const data = await dataOf(reply);
      expect(data.at(-1)).toBe('[DONE]');
      const chunks = data.slice(0, -1).map((text) => JSON.parse(text));
      const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
      expect(text).toBe('No.');
      expect(await reply.outcome).toMatchObject({ kind: 'success', finishReason: 'stop', usage });
    },
  );

  it.each<Compat>(['openai', 'portkey'])('that is cut is told under compat: %s', async (compat) => {
    streamWith(saying('N'));
    const reply = await handle({ stream: true }, compat);
    const data = await dataOf(reply);
    expect(data.at(-1)).toContain('upstream_interrupted');
    expect(data).not.toContain('[DONE]');
    expect(await reply.outcome).toMatchObject({ kind: 'truncated' });
  });

  it.each<Compat>(['openai', 'portkey'])(
    'that fails in the middle is told under compat: %s',
    async (compat) => {
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
      const error = { code: 503, message: 'Overloaded.', status: 'UNAVAILABLE' };
      provider.answerWith((request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(eventOf(saying('N')));
        void begun.then(() => response.end(eventOf({ error })));
      });
      const reply = await handle({ stream: true }, compat);
      begin();
      const last = JSON.parse((await dataOf(reply)).at(-1) ?? '');
      expect(last.error).toMatchObject({ code: 'service_unavailable', message: 'Overloaded.' });
      expect(await reply.outcome).toMatchObject({ kind: 'upstream_error' });
    },
  );
});

describe.each<Compat>(['openai', 'portkey'])('a prompt that is blocked under compat: %s', (compat) => {
  const blocked = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 5 } };
  const fault = {
    code: 'content_filter',
    status: 400,
    retryable: false,
    message: 'The provider blocked the prompt (SAFETY).',
  };

  it('is an error of the client’s', async () => {
    answerWith(blocked);
    await expect(handle({}, compat)).rejects.toMatchObject(fault);
  });

  it('is one before a stream begins', async () => {
    streamWith(blocked);
    await expect(handle({ stream: true }, compat)).rejects.toMatchObject(fault);
  });
});

describe('a stream of fewer choices than the client asked for', () => {
  const finished = saying('No.', { finishReason: 'STOP' });

  it('is cut where they were asked of the provider', async () => {
    streamWith(finished);
    const reply = await handle({ stream: true, n: 2 }, 'openai');
    const data = await dataOf(reply);
    expect(data.at(-1)).toContain('upstream_interrupted');
    expect(data).not.toContain('[DONE]');
    expect((await reply.outcome).kind).toBe('truncated');
  });

  it('is complete under compat: portkey, as Portkey asks for one', async () => {
    streamWith(finished);
    const reply = await handle({ stream: true, n: 2 }, 'portkey');
    expect((await dataOf(reply)).at(-1)).toBe('[DONE]');
    expect((await reply.outcome).kind).toBe('success');
  });
});

describe('an answer without anything in it', () => {
  const failed = { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }] };

  it('is the provider’s fault, which may pass', async () => {
    answerWith(failed);
    await expect(handle({}, 'openai')).rejects.toMatchObject({
      code: 'upstream_invalid_response',
      retryable: true,
    });
    streamWith(failed);
    await expect(handle({ stream: true }, 'openai')).rejects.toMatchObject({ code: 'upstream_stream_error' });
  });

  it('is a plain end to clients who know it as one', async () => {
    answerWith(failed);
    expect(await documentOf(await handle({}, 'portkey'))).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
    });
  });
});

describe('an error', () => {
  const error = { code: 429, message: `Quota of ${API_KEY} exceeded.`, status: 'RESOURCE_EXHAUSTED' };

  it('has OpenAI’s words under compat: openai, and not the key', async () => {
    answerWith({ error }, 429);
    const reply = await handle({}, 'openai');
    expect(reply.status).toBe(429);
    expect(await documentOf(reply)).toEqual({
      error: {
        message: 'Quota of [redacted] exceeded.',
        type: 'rate_limit_error',
        param: null,
        code: 'rate_limit_exceeded',
      },
    });
    expect(await reply.outcome).toMatchObject({ kind: 'rate_limited' });
  });

  it('has Google’s words and Portkey’s form under compat: portkey, in a list too', async () => {
    answerWith([{ error }], 429);
    const reply = await handle({ stream: true }, 'portkey');
    expect(await documentOf(reply)).toEqual({
      error: {
        message: 'google error: Quota of [redacted] exceeded.',
        type: 'RESOURCE_EXHAUSTED',
        param: null,
        code: 429,
      },
      provider: 'google',
    });
  });
});

it('refuses what cannot be translated before anything is sent', async () => {
  provider.answerWith(() => {
    throw new Error('It was sent.');
  });
  await expect(handle({ logit_bias: { 1: 2 } }, 'openai')).rejects.toMatchObject({ param: 'logit_bias' });
});

it('ends with the client', async () => {
  const leaving = new AbortController();
  provider.answerWith((request) => {
    request.resume();
    leaving.abort();
  });
  await expect(handle({}, 'openai', leaving.signal)).rejects.toMatchObject({ code: 'client_closed_request' });
});
