import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseLocation } from '../../../src/core/database-location.ts';
import { parseJson } from '../../../src/core/json.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import {
  type EmulatedGateway,
  emulate,
  emulatedFile,
  KEYS,
  MODEL,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { askAdmin } from '../admin/admin-client.ts';

const CACHED = 'vk-request-log-cached';
const QUIET = 'vk-request-log-quiet';

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startLogging();
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.emulator.clear());

function startLogging(options: Parameters<typeof startEmulatedGateway>[0] = {}) {
  return startEmulatedGateway(options, (url) => {
    const { virtual_keys, models, providers, ...file } = emulatedFile(url);
    const deserted = {
      id: 'deserted',
      type: 'openai',
      base_url: 'http://127.0.0.1:9/v1',
      api_key: 'sk-none',
    };
    return {
      ...file,
      providers: [...listOf(providers), deserted],
      models: [...listOf(models), { name: 'broken', provider: 'deserted' }],
      virtual_models: [
        { name: 'smart', strategy: 'fallback', targets: [{ model: 'broken' }, { model: MODEL }] },
      ],
      virtual_keys: [
        ...listOf(virtual_keys),
        { name: 'cached', key: CACHED, path: 'litellm', cache: true },
        { name: 'quiet', key: QUIET, path: 'litellm', logging: false },
      ],
    };
  });
}

const slowAnswer = emulate({ text: 'word '.repeat(2_000), eventDelayMs: 20 });

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The rows of a gateway's log, oldest first. */
async function rowsIn(database: DatabaseLocation): Promise<Record<string, unknown>[]> {
  const db = connectDatabase(database);
  try {
    return await db('api_requests').orderBy('created_at');
  } finally {
    await db.destroy();
  }
}

/** The one row of a request, by the answer to it, which is read to its end. */
async function rowOf(response: Response): Promise<Record<string, unknown>> {
  if (!response.bodyUsed) await response.arrayBuffer();
  const id = response.headers.get('x-request-id');
  let rows: Record<string, unknown>[] = [];
  await eventually(async () => {
    rows = (await rowsIn(gateway.database)).filter((row) => row.id === id);
    return rows.length > 0;
  });
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

const ask = (key: string, more: object = {}, path?: string) =>
  postChat(gateway, {
    key,
    body: { model: MODEL, messages: [{ role: 'user', content: 'Hello' }], ...more },
    ...(path === undefined ? {} : { path }),
  });

describe('the row of a request', () => {
  it.each([
    ['legacy', KEYS.legacy, false],
    ['legacy', KEYS.legacy, true],
    ['litellm', KEYS.litellm, false],
    ['litellm', KEYS.litellm, true],
  ])(
    'has what it came to on the %s path, as the provider counted it (%s, stream: %s)',
    async (path, key, stream) => {
      const response = await ask(key, {
        stream,
        ...(stream ? { stream_options: { include_usage: true } } : {}),
      });
      const [, prompt, completion] =
        /"prompt_tokens":(\d+),"completion_tokens":(\d+)/.exec(await response.text()) ?? [];
      const row = await rowOf(response);
      expect(row).toMatchObject({
        virtual_key_id: expect.stringMatching(/^key_/),
        provider_id: 'emulator',
        model: MODEL,
        path,
        reason: 'key_override',
        request_type: 'chat.completions',
        stream: Number(stream),
        status: 'success',
        http_status: 200,
        error_message: null,
        prompt_tokens: Number(prompt),
        completion_tokens: Number(completion),
        cached_tokens: 0,
        cache_hit: 0,
        requested_model: MODEL,
        attempts: 1,
        tokens_estimated: 0,
        time_to_first_token: stream ? expect.any(Number) : null,
        // 0.15 and 0.6 dollars a million.
        nano_dollars: Number(prompt) * 150 + Number(completion) * 600,
      });
      expect(Number(row.response_time)).toBeGreaterThanOrEqual(0);
      expect(Math.abs(Number(row.created_at) - Date.now())).toBeLessThan(60_000);
    },
  );

  it('has the model that answered, by the name that the gateway has for it (M2)', async () => {
    const row = await rowOf(await ask(KEYS.litellm, { model: 'smart' }));
    expect(row).toMatchObject({
      requested_model: 'smart',
      model: MODEL,
      provider_id: 'emulator',
      status: 'success',
    });
  });

  it.each([
    ['of both targets where the first fails', KEYS.litellm, 'smart', {}, 2],
    [
      'of each time that one provider was asked',
      KEYS.plain,
      MODEL,
      { messages: [emulate({ status: 503 })] },
      3,
    ],
    [
      'of one on the legacy path, which asks once',
      KEYS.legacy,
      MODEL,
      { messages: [emulate({ status: 503 })] },
      1,
    ],
    ['of none where nobody was asked', KEYS.litellm, 'nobody', {}, 0],
  ])('has the number of attempts: %s', async (_, key, model, more, attempts) => {
    expect(await rowOf(await ask(key, { model, ...more }))).toMatchObject({
      requested_model: model,
      attempts,
    });
  });

  it('is one for a request that was answered from the cache, which cost nothing', async () => {
    const question = { messages: [{ role: 'user', content: 'What is in the log?' }] };
    const [miss, hit] = [await rowOf(await ask(CACHED, question)), await rowOf(await ask(CACHED, question))];
    expect([miss.cache_hit, hit.cache_hit]).toEqual([0, 1]);
    expect([typeof miss.nano_dollars, hit.nano_dollars]).toEqual(['number', null]);
    expect(hit).toMatchObject({ status: 'success', http_status: 200, prompt_tokens: miss.prompt_tokens });
    expect([miss.attempts, hit.attempts]).toEqual([1, 0]);
  });

  it('has the counts of a key whose requests are not logged otherwise (U9)', async () => {
    const row = await rowOf(await ask(QUIET));
    expect(row).toMatchObject({ status: 'success', model: MODEL });
    expect(Number(row.prompt_tokens)).toBeGreaterThan(0);
  });

  it.each<[string, () => Promise<Response>, object]>([
    [
      'that the provider refused',
      () => ask(KEYS.litellm, { messages: [emulate({ status: 400 })] }),
      { http_status: 400, status: 'client_error', path: 'litellm', model: MODEL, prompt_tokens: 0 },
    ],
    [
      'that the provider failed',
      () => ask(KEYS.legacy, { messages: [emulate({ status: 500 })] }),
      { http_status: 500, status: 'upstream_error', path: 'legacy', model: MODEL, nano_dollars: null },
    ],
    [
      'for an unknown model',
      () => ask(KEYS.litellm, { model: 'nobody' }),
      { http_status: 404, status: 'client_error', error_message: 'model_not_found', path: null, model: null },
    ],
    [
      'that is none',
      () => ask(KEYS.litellm, { messages: 'none' }),
      { http_status: 400, status: 'client_error', error_message: 'invalid_type', path: null },
    ],
    [
      'of a disabled key',
      () => ask(KEYS.disabled),
      { http_status: 403, status: 'client_error', error_message: 'api_key_disabled', virtual_key_id: null },
    ],
    [
      'of nobody',
      () => ask('vk-nobody-at-all-1'),
      { http_status: 401, status: 'client_error', error_message: 'invalid_api_key', virtual_key_id: null },
    ],
    [
      'for nothing',
      () => ask(KEYS.litellm, {}, '/v1/nothing'),
      { http_status: 404, request_type: 'other', error_message: 'not_found' },
    ],
  ])('is there for a request %s', async (_, send, expected) => {
    expect(await rowOf(await send())).toMatchObject({ cache_hit: 0, completion_tokens: 0, ...expected });
  });

  it('is there for a request whose client left', async () => {
    const before = new Set((await rowsIn(gateway.database)).map(({ id }) => id));
    const aborter = new AbortController();
    const response = await postChat(gateway, {
      key: KEYS.litellm,
      body: { model: MODEL, stream: true, messages: [slowAnswer] },
      signal: aborter.signal,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    aborter.abort();
    let row: Record<string, unknown> | undefined;
    await eventually(async () => {
      row = (await rowsIn(gateway.database)).find(
        ({ id }) => id === response.headers.get('x-request-id') && !before.has(id),
      );
      return row !== undefined;
    });
    expect(row).toMatchObject({ status: 'client_abort', error_message: null, path: 'litellm' });
  });
});

/** What the log has of a request's bodies, once its row is there, which is written later than they are at most. */
async function bodiesOf(response: Response): Promise<Record<string, unknown> | undefined> {
  const { id } = await rowOf(response);
  const db = connectDatabase(gateway.database);
  try {
    return await db('api_request_bodies').where({ request_id: id }).first();
  } finally {
    await db.destroy();
  }
}

async function writtenBodiesOf(response: Response) {
  await response.text();
  let row: Record<string, unknown> | undefined;
  await eventually(async () => {
    row = await bodiesOf(response);
    return row !== undefined;
  });
  const parsed = (text: unknown) => (typeof text === 'string' ? parseJson(text) : text);
  return { asked: parsed(row?.request_body), answered: parsed(row?.response_body) };
}

describe('what a request asked and was answered', () => {
  it.each([
    ['legacy', KEYS.legacy],
    ['litellm', KEYS.litellm],
  ])('is kept whole and put together from a stream on the %s path', async (_, key) => {
    const question = { messages: [emulate({ text: 'It rains in Oslo.' }, 'How is the weather?')] };
    const [whole, streamed] = [
      await writtenBodiesOf(await ask(key, question)),
      await writtenBodiesOf(await ask(key, { ...question, stream: true })),
    ];
    expect(whole.asked).toEqual({ model: MODEL, ...question });
    expect(streamed.asked).toEqual({ model: MODEL, ...question, stream: true });
    for (const { answered } of [whole, streamed]) {
      expect(answered).toMatchObject({
        choices: [{ message: { role: 'assistant', content: 'It rains in Oslo.' }, finish_reason: 'stop' }],
      });
    }
  });

  it('is the error where there was one, the provider’s or the gateway’s', async () => {
    const refused = await writtenBodiesOf(await ask(KEYS.litellm, { messages: [emulate({ status: 400 })] }));
    expect(refused.answered).toMatchObject({ error: { message: expect.any(String) } });
    const unknown = await writtenBodiesOf(await ask(KEYS.litellm, { model: 'nobody' }));
    expect(unknown).toMatchObject({
      asked: { model: 'nobody' },
      answered: { error: { code: 'model_not_found' } },
    });
  });

  it('is kept for an answer of the cache as well', async () => {
    const question = { messages: [emulate({ text: 'Kept.' }, 'Keep it?')] };
    await writtenBodiesOf(await ask(CACHED, question));
    const again = await ask(CACHED, question);
    expect(again.headers.get('x-cache-status')).toBe('HIT');
    expect((await writtenBodiesOf(again)).answered).toMatchObject({
      choices: [{ message: { content: 'Kept.' } }],
    });
  });

  it('U9 is not kept where the key’s requests are not logged, of which every count stays', async () => {
    const [quiet, logged] = [await ask(QUIET), await ask(KEYS.litellm)];
    await writtenBodiesOf(logged);
    expect(await bodiesOf(quiet)).toBeUndefined();
    expect(await rowOf(quiet)).toMatchObject({ status: 'success', http_status: 200 });
  });

  it('has no credential of a tool that the provider is to call, and is in no log line', async () => {
    const secret = 'tool-credential-0123456789';
    const marker = 'a-marker-that-nobody-prints';
    const response = await ask(KEYS.plain, {
      messages: [emulate({ text: marker })],
      store: true,
      metadata: { authorization: `Bearer ${secret}` },
    });
    const { asked, answered } = await writtenBodiesOf(response);
    expect(asked).toMatchObject({ metadata: { authorization: '[redacted]' } });
    expect(JSON.stringify([asked, answered])).not.toContain(secret);
    expect(JSON.stringify(answered)).toContain(marker);
    expect(gateway.logLines.join('')).not.toMatch(new RegExp(`${secret}|${marker}`));
  });

  it('is kept no longer where that is set so, and read by the admin API until then', async () => {
    const admin = (method: string, path: string, body?: object) =>
      askAdmin(gateway, method, path, body === undefined ? {} : { body });
    const kept = await ask(KEYS.litellm, { messages: [emulate({ text: 'Before.' })] });
    await writtenBodiesOf(kept);
    const path = `/config/api-requests/${kept.headers.get('x-request-id')}`;
    const { body } = await admin('GET', path);
    expect(JSON.parse(String(body.responseBody))).toMatchObject({
      choices: [{ message: { content: 'Before.' } }],
    });

    await admin('PUT', '/config/system-settings', { requestBodyDays: 0 });
    try {
      const after = await ask(KEYS.litellm);
      await rowOf(after);
      await admin('PUT', '/config/system-settings', { requestBodyDays: 7 });
      await writtenBodiesOf(await ask(KEYS.litellm));
      expect(await bodiesOf(after)).toBeUndefined();
    } finally {
      await admin('PUT', '/config/system-settings', { requestBodyDays: 7 });
    }
    await admin('POST', '/config/api-requests/clean', { daysToKeep: 0 });
    expect((await admin('GET', path)).body).toMatchObject({ status: 'success', responseBody: null });
  });
});

describe('the log at the end of the gateway', () => {
  it('has exactly one row for every request, those that were cut off included', async () => {
    const dataDir = temporaryFolder();
    const ending = await startLogging({ dataDir, settings: { drainMs: 50 } });
    let isStopped = false;
    onTestFinished(() => (isStopped ? undefined : ending.stop()));
    const quick = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        postChat(ending, { key: index % 2 ? KEYS.litellm : KEYS.legacy }),
      ),
    );
    const slow = await Promise.all(
      [KEYS.litellm, KEYS.legacy].map((key) =>
        postChat(ending, {
          key,
          body: { model: MODEL, stream: true, messages: [slowAnswer] },
        }),
      ),
    );
    await Promise.all(quick.map((response) => response.text()));
    const reading = slow.map((response) => response.text().catch(() => 'cut off'));
    await ending.stop();
    isStopped = true;
    await Promise.all(reading);
    const ids = (responses: readonly Response[]) =>
      responses.map(({ headers }) => headers.get('x-request-id'));
    const rows = await rowsIn(ending.database);
    expect(rows.map(({ id }) => id).toSorted()).toEqual([...ids(quick), ...ids(slow)].toSorted());
    const cutOff = rows.filter(({ id }) => ids(slow).includes(String(id)));
    expect(cutOff.map(({ status, error_message }) => [status, error_message])).toEqual(
      Array(2).fill(['gateway_error', 'draining']),
    );
  });
});
