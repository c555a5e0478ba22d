import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseLocation } from '../../../src/core/database-location.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import { said, told } from '../../parity/corpus/turns.ts';
import {
  type EmulatedGateway,
  KEYS,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { startGateway } from '../../support/running-gateway.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { accountsFile, ask, crossed, DIALECTS, MODELS, WAYS } from './accounts.ts';
import { chunksOf, type ScriptedProvider, startScriptedProvider } from './scripted-provider.ts';

const NO_LEGACY = { PORTKEY_GATEWAY_URL: 'off' };
const hello = { messages: said('Hello'), max_tokens: 50 };

let gateway: EmulatedGateway;
/** Stands behind the `openai-compatible` account. */
let provider: ScriptedProvider;

beforeAll(async () => {
  provider = await startScriptedProvider();
  gateway = await startEmulatedGateway({}, withTwins);
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});
beforeEach(() => gateway.emulator.clear());

/** Two models more, which share their identifier. */
function withTwins(url: string) {
  const file = accountsFile(url, provider.url);
  const twins = ['twin-a', 'twin-b'].map((name) => ({
    name,
    provider: 'openai',
    model_identifier: 'gpt-twin',
  }));
  return { ...file, models: [...file.models, ...twins] };
}

describe('a model', () => {
  it.each(WAYS)('E4 that is unknown is a 404, and no other one answers, on %s', async (_way, key) => {
    const response = await postChat(gateway, { key, body: { ...hello, model: 'gpt-17' } });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
    expect(gateway.emulator.requests).toHaveLength(0);
  });

  it('E4 that could be either of two is a 400 that names both', async () => {
    const response = await postChat(gateway, { key: KEYS.litellm, body: { ...hello, model: 'gpt-twin' } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'ambiguous_model', message: expect.stringMatching(/twin-a, twin-b/) },
    });
  });

  it('E4 cannot be configured twice under one name', async () => {
    const file = accountsFile(gateway.emulator.url);
    const starting = startGateway({
      file: { ...file, models: [...file.models, ...file.models] },
      env: NO_LEGACY,
    });
    await expect(starting).rejects.toThrow(/models.*"team-gpt" stands twice/);
  });

  it('E5 that was deleted leaves a key with the others that it may call', async () => {
    const dataDir = temporaryFolder();
    const file = accountsFile(gateway.emulator.url);
    const key = 'vk-with-two-models-1';
    const models = [MODELS.openai.name, MODELS.anthropic.name];
    const keys = [{ name: 'two', key, models, path: 'litellm' }];
    const first = await startGateway({ file: { ...file, virtual_keys: keys }, dataDir, env: NO_LEGACY });
    await first.stop();
    await deleteModel(first.database, MODELS.anthropic.name);
    const second = await startGateway({ dataDir, env: NO_LEGACY });
    try {
      const ofModel = (name: string) => postChat(second, { key, body: { ...hello, model: name } });
      expect((await ofModel(MODELS.openai.name)).status).toBe(200);
      expect((await ofModel(MODELS.anthropic.name)).status).toBe(404);
    } finally {
      await second.stop();
    }
  });
});

async function deleteModel(database: DatabaseLocation, name: string): Promise<void> {
  const db = connectDatabase(database);
  try {
    expect(await db('models').where({ name }).delete()).toBe(1);
  } finally {
    await db.destroy();
  }
}

describe('Anthropic’s own endpoint', () => {
  const send = (key: string, body: object) => postChat(gateway, { key, path: '/v1/messages', body });
  const whole = { model: MODELS.anthropic.name, ...hello };
  const refusal = { type: 'error', error: { type: 'invalid_request_error', message: expect.any(String) } };

  it.each(['model', 'messages', 'max_tokens'])(
    'E6 answers 400 in Anthropic’s shape without %s',
    async (field) => {
      const response = await send(KEYS.plain, { ...whole, [field]: undefined });
      expect(response.status).toBe(400);
      const body: unknown = await response.json();
      expect(body).toMatchObject(refusal);
      expect(JSON.stringify(body)).toContain(field);
    },
  );

  it.each([401, 429, 500])('E6 answers an error %i of the provider in Anthropic’s shape', async (status) => {
    const response = await send(KEYS.plain, { ...whole, messages: told({ status, retryAfter: 0 }) });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: expect.stringMatching(/_error$/), message: expect.any(String) },
    });
  });

  it.each(['openai', 'google'] as const)('E6 is no endpoint of %s, which is not asked', async (type) => {
    const response = await send(KEYS.plain, { ...whole, model: MODELS[type].name });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(gateway.emulator.requests).toHaveLength(0);
  });
});

describe('responses of a provider that only streams', () => {
  const error = {
    message: 'Stream must be set to true',
    type: 'invalid_request_error',
    code: 'stream_required',
  };

  it.each(WAYS)(
    'E7 are refused under its own 400, in its own words, without a stream on %s',
    async (_way, key) => {
      provider.answerJson({ error }, 400);
      const response = await ask(gateway, key, 'openai-compatible', { input: 'Hi' }, '/v1/responses');
      expect(response.status).toBe(400);
      const { message, code } = error;
      expect(await response.json()).toMatchObject({
        error: { message: expect.stringContaining(message), code },
      });
    },
  );

  it('E7 reach the client as a stream where it sends one unasked', async () => {
    provider.answerStream(
      chunksOf({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] }),
    );
    const response = await ask(gateway, KEYS.plain, 'openai-compatible', hello);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(await response.text()).toMatch(/"content":"Hi".*\[DONE\]/s);
  });
});

describe('a long request', () => {
  const picture = `data:image/png;base64,${Buffer.alloc(2 * 1024 * 1024).toString('base64')}`;
  const content = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: picture } },
  ];
  const large = { messages: [{ role: 'user', content }], max_tokens: 50 };

  it.each(crossed(WAYS, DIALECTS))(
    'E10 of more than a megabyte is taken: $type on $way',
    async ({ type, key }) => {
      const response = await ask(gateway, key, type, large);
      await response.text();
      expect(response.status).toBe(200);
      expect(JSON.stringify(gateway.emulator.requests[0]?.body).length).toBeGreaterThan(2 * 1024 * 1024);
    },
  );

  it('E10 is refused with 413 above the limit that is configured', async () => {
    const small = await startGateway({
      file: accountsFile(gateway.emulator.url),
      env: { ...NO_LEGACY, BODY_LIMIT: '1mb' },
    });
    try {
      const body = { model: MODELS.openai.name, ...large };
      const response = await postChat(small, { key: KEYS.litellm, body });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: { code: 'request_too_large' } });
    } finally {
      await small.stop();
    }
  });
});
