import { describe, expect, it } from 'vitest';
import { isJsonObject } from '../../../src/core/json.ts';
import { readExchanges } from '../../../test/support/recorded-exchange.ts';
import { HAS_RECORDINGS, indexedRecordings, MISSING_RECORDINGS } from '../../../test/support/recordings.ts';
import { emulate, post, startEmulator, typedEvents } from './test-emulator.ts';

const PATHS = new Set(['/v1/completions', '/v1/responses']);
const exchanges = indexedRecordings()
  .filter(({ path }) => path.startsWith('openai/'))
  .flatMap((recording) => readExchanges(recording))
  .filter(({ path, request }) => request !== undefined && PATHS.has(path ?? ''));
const taken = exchanges.filter(({ status }) => status === 200);
const refused = exchanges.filter(({ status }) => status === 400);

const below = (path = '') => path.slice('/v1'.length);

describe('recorded text completions and responses', () => {
  it.runIf(HAS_RECORDINGS)(`are there${MISSING_RECORDINGS}`, () => {
    expect(taken.length).toBeGreaterThan(10);
    expect(refused.length).toBeGreaterThan(1);
  });

  it.runIf(HAS_RECORDINGS).each(taken)(
    `what OpenAI took in $file ($index), the emulator takes${MISSING_RECORDINGS}`,
    async ({ path, request, isStream }) => {
      const { status, text, headers } = await post(await startEmulator(), below(path), request);
      expect(status, text).toBe(200);
      expect(headers.get('content-type')).toMatch(isStream ? /^text\/event-stream/ : /^application\/json/);
    },
  );

  it.runIf(HAS_RECORDINGS).each(refused)(
    `the emulator refuses as OpenAI did in $file${MISSING_RECORDINGS}`,
    async ({ path, request, status, body }) => {
      const isUnknownModel = String(body).includes('model_not_found');
      const emulator = await startEmulator(isUnknownModel ? { models: ['gpt-4o'] } : {});
      const answer = await post(emulator, below(path), request);
      expect(answer.status).toBe(status);
      expect(answer.json).toEqual(JSON.parse(String(body)));
    },
  );

  it.runIf(HAS_RECORDINGS)(
    `stream in events of which OpenAI's streams have each${MISSING_RECORDINGS}`,
    async () => {
      const known = new Set(
        taken
          .filter(({ path, isStream }) => path === '/v1/responses' && isStream)
          .flatMap(({ body }) => typedEvents(String(body)).map(({ type }) => type)),
      );
      const toolCalls = [{ name: 'get_weather', arguments: '{"city":"Oslo"}' }];
      const input = emulate({ text: 'one two', toolCalls });
      const request = { model: 'gpt-4o', input, stream: true };
      const { text } = await post(await startEmulator(), '/responses', request);
      const types = typedEvents(text).map(({ type }) => type);
      expect(types.filter((type) => !known.has(type))).toEqual([]);
    },
  );

  it.runIf(HAS_RECORDINGS)(
    `have every field that each recorded response has${MISSING_RECORDINGS}`,
    async () => {
      const recorded = taken
        .filter(({ path, isStream }) => path === '/v1/responses' && !isStream)
        .map(({ body }): unknown => JSON.parse(String(body)))
        .filter(isJsonObject);
      const always = Object.keys(recorded[0] ?? {}).filter((field) =>
        recorded.every((response) => field in response),
      );
      const { json } = await post(await startEmulator(), '/responses', { model: 'gpt-4o', input: 'Hi' });
      expect(Object.keys(json)).toEqual(expect.arrayContaining(always));
    },
  );
});
