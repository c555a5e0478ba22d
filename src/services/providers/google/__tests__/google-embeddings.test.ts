import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAll } from '../../../../../test/support/event-stream.ts';
import { type RawProvider, startRawProvider } from '../../../../../test/support/raw-provider.ts';
import { createRecordingLogger } from '../../../../../test/support/recording-logger.ts';
import type { Compat } from '../../../../core/catalog.ts';
import type { JsonObject } from '../../../../core/json.ts';
import { createGlobalFetchHook } from '../../../global-fetch-hook.ts';
import { createUpstreamTransport } from '../../../upstream-transport.ts';
import { createGoogleAdapter } from '../google-adapter.ts';
import { toEmbeddingsRequest } from '../google-embeddings.ts';
import { googleCall } from './google-call.ts';

function requestOf(fields: JsonObject, compat: Compat = 'openai') {
  return toEmbeddingsRequest(googleCall({ model: 'embed-x', ...fields }, { compat, endpoint: 'embeddings' }));
}

describe('a request for embeddings', () => {
  it('of one text is for one', () => {
    expect(requestOf({ input: 'a', dimensions: 3, encoding_format: 'base64', user: 'u' })).toEqual({
      method: 'embedContent',
      body: { content: { parts: [{ text: 'a' }] }, outputDimensionality: 3 },
      droppedFields: [],
    });
  });

  it('of several says the same of each', () => {
    expect(requestOf({ input: ['a', 'b'], extra_body: { taskType: 'CLUSTERING' } })).toEqual({
      method: 'batchEmbedContents',
      body: {
        requests: [
          { content: { parts: [{ text: 'a' }] }, taskType: 'CLUSTERING' },
          { content: { parts: [{ text: 'b' }] }, taskType: 'CLUSTERING' },
        ],
      },
      droppedFields: [],
    });
  });

  it('says nothing but the text under compat: portkey, and which fields it leaves out', () => {
    expect(requestOf({ input: ['a'], dimensions: 3, user: 'u' }, 'portkey')).toEqual({
      method: 'embedContent',
      body: { content: { parts: [{ text: 'a' }] }, model: 'embed-x' },
      droppedFields: ['dimensions', 'user'],
    });
  });

  it('keeps several texts apart under compat: portkey, where Portkey makes one of them', () => {
    expect(requestOf({ input: ['a', 'b'] }, 'portkey').method).toBe('batchEmbedContents');
  });

  it.each([[[]], [[1, 2]], [[[1], [2]]], [7], [['a', 7]]])(
    'is left for Google to refuse under compat: portkey: %j',
    (input) => {
      const parts = (Array.isArray(input) ? input : [input]).map((text) => ({ text }));
      expect(requestOf({ input }, 'portkey')).toMatchObject({
        method: 'embedContent',
        body: { content: { parts } },
      });
    },
  );

  it.each<[string, JsonObject]>([
    ['input', {}],
    ['input', { input: [] }],
    ['input', { input: [1, 2] }],
    ['input', { input: [[1], [2]] }],
    ['input', { input: ['a', 7] }],
    ['encoding_format', { input: 'a', encoding_format: 'hex' }],
  ])('is refused by %s', (param, fields) => {
    expect(() => requestOf(fields)).toThrow(expect.objectContaining({ status: 400, param }));
  });
});

describe('a reply with embeddings', () => {
  const transport = createUpstreamTransport({ connectMs: 2_000, headersMs: 2_000, idleMs: 2_000 }, true);
  const fetchHook = createGlobalFetchHook();
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

  async function embed(fields: JsonObject, document: unknown, compat: Compat = 'openai', status = 200) {
    provider.answerWith((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
    const options = { compat, endpoint: 'embeddings', baseUrl: `${provider.url}/v1beta` } as const;
    const call = googleCall({ model: 'embed-x', ...fields }, options);
    const adapter = createGoogleAdapter(call.provider, {
      transport,
      fetchHook,
      logger: createRecordingLogger(),
    });
    const reply = await adapter.handle(call, new AbortController().signal);
    const written: unknown = JSON.parse((await readAll(reply.body)).toString('utf8'));
    return { status: reply.status, document: written, outcome: await reply.outcome };
  }

  it('has one for each text, and no counts where Gemini has none', async () => {
    const embeddings = [{ values: [0.5, -1] }, { values: [0.25, 2] }];
    expect(await embed({ input: ['a', 'b'] }, { embeddings })).toMatchObject({
      status: 200,
      document: {
        object: 'list',
        data: [
          { object: 'embedding', embedding: [0.5, -1], index: 0 },
          { object: 'embedding', embedding: [0.25, 2], index: 1 },
        ],
        model: 'embed-x',
        usage: { prompt_tokens: 0, total_tokens: 0 },
      },
      outcome: { kind: 'success' },
    });
  });

  it('has the counts that Gemini has', async () => {
    const answer = { embedding: { values: [1] }, usageMetadata: { promptTokenCount: 4 } };
    expect(await embed({ input: 'a' }, answer)).toMatchObject({ outcome: { usage: { prompt: 4 } } });
  });

  it('says -1 behind Portkey, which never counts, while the ledger has what Gemini counted', async () => {
    const answer = { embedding: { values: [1] }, usageMetadata: { promptTokenCount: 4 } };
    expect(await embed({ input: 'a' }, answer, 'portkey')).toMatchObject({
      document: { usage: { prompt_tokens: -1, total_tokens: -1 } },
      outcome: { usage: { prompt: 4 } },
    });
  });

  it('has base64 where it was asked for, but not behind Portkey, where it never was', async () => {
    const fields = { input: 'a', encoding_format: 'base64' };
    const answer = { embedding: { values: [0.5, -1] } };
    const packed = Buffer.from(Float32Array.of(0.5, -1).buffer).toString('base64');
    expect(await embed(fields, answer)).toMatchObject({ document: { data: [{ embedding: packed }] } });
    expect(await embed(fields, answer, 'portkey')).toMatchObject({
      document: { data: [{ embedding: [0.5, -1] }] },
    });
  });

  it.each([
    [{}],
    [{ embeddings: [{ values: [1] }] }],
    [{ embeddings: [{ values: ['x'] }, { values: [1] }] }],
  ])('is a fault where there are fewer than texts: %j', async (answer) => {
    await expect(embed({ input: ['a', 'b'] }, answer)).rejects.toMatchObject({
      code: 'upstream_invalid_response',
    });
  });

  it('is Google’s error in either form', async () => {
    const error = { code: 404, message: 'No such model.', status: 'NOT_FOUND' };
    expect(await embed({ input: 'a' }, { error }, 'openai', 404)).toMatchObject({
      status: 404,
      document: { error: { message: 'No such model.', type: 'invalid_request_error', code: 'not_found' } },
    });
    expect(await embed({ input: 'a' }, { error: { message: 'No.' } }, 'openai', 404)).toMatchObject({
      document: { error: { message: 'No.', code: 'not_found' } },
    });
    expect(await embed({ input: 'a' }, { error }, 'portkey', 404)).toMatchObject({
      document: {
        error: { message: 'google error: No such model.', type: 'NOT_FOUND', code: 404 },
        provider: 'google',
      },
    });
  });
});
