import { describe, expect, it } from 'vitest';
import { chat, chatBody, post, readAnswer, startEmulator } from './test-emulator.ts';

const NO_KEY = /^You didn't provide an API key\./;

describe('keys', () => {
  it('refuses a request without a key', async () => {
    const emulator = await startEmulator();
    for (const authorization of ['', 'Bearer ', 'Basic dGVzdA==']) {
      const { status, json } = await post(emulator, '/chat/completions', chatBody('Hello'), {
        authorization,
      });
      expect(status).toBe(401);
      expect(json.error).toMatchObject({ type: 'invalid_request_error', param: null, code: null });
      expect(json.error.message).toMatch(NO_KEY);
    }
  });

  it('refuses a key it does not know and shows only its ends', async () => {
    const emulator = await startEmulator({ apiKeys: ['right-key'] });
    const authorization = 'Bearer sk-wrong-0123456789';
    const { status, json } = await post(emulator, '/chat/completions', chatBody('Hello'), { authorization });
    expect(status).toBe(401);
    expect(json.error).toEqual({
      message:
        'Incorrect API key provided: sk-wrong*******6789. You can find your API key at https://platform.openai.com/account/api-keys.',
      type: 'invalid_request_error',
      param: null,
      code: 'invalid_api_key',
    });
  });

  it('takes a key it knows', async () => {
    const emulator = await startEmulator({ apiKeys: ['test-key'] });
    expect((await chat(emulator, 'Hello')).status).toBe(200);
  });
});

describe('models', () => {
  it('refuses a model it does not know', async () => {
    const emulator = await startEmulator({ models: ['gpt-4o-mini'] });
    const { status, json } = await chat(emulator, 'Hello', { model: 'gpt-9' });
    expect(status).toBe(404);
    expect(json.error).toEqual({
      message: 'The model `gpt-9` does not exist or you do not have access to it.',
      type: 'invalid_request_error',
      param: null,
      code: 'model_not_found',
    });
  });

  it('lists its models', async () => {
    const emulator = await startEmulator({ models: ['gpt-4o-mini', 'o3'] });
    const answer = await fetch(`${emulator.url}/models`, { headers: { authorization: 'Bearer k' } });
    const { json } = await readAnswer(answer);
    expect(json.object).toBe('list');
    expect(json.data.map((model: { id: string }) => model.id)).toEqual(['gpt-4o-mini', 'o3']);
    expect(json.data[0]).toMatchObject({ object: 'model', owned_by: 'system' });
  });
});

describe('requests', () => {
  it('refuses an unknown path', async () => {
    const emulator = await startEmulator();
    const { status, json } = await post(emulator, '/chat/complete', chatBody('Hello'));
    expect(status).toBe(404);
    expect(json.error.message).toBe('Invalid URL (POST /v1/chat/complete)');
  });

  it('refuses the wrong method', async () => {
    const emulator = await startEmulator();
    const { status, json } = await readAnswer(await fetch(`${emulator.url}/chat/completions?a=1`));
    expect(status).toBe(405);
    expect(json.error.message).toBe(
      'Not allowed to GET on /v1/chat/completions. (HINT: Perhaps you meant to use a different HTTP method?)',
    );
  });

  it('refuses a body that is not sent as JSON', async () => {
    const emulator = await startEmulator();
    const headers = { 'content-type': 'text/plain' };
    const { status, json } = await post(emulator, '/chat/completions', chatBody('Hello'), headers);
    expect(status).toBe(400);
    expect(json.error.code).toBe('unsupported_content_type');
    expect(json.error.message).toMatch(/^Unsupported content type: 'text\/plain'\./);
  });

  it('takes a content type with a charset', async () => {
    const emulator = await startEmulator();
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await post(emulator, '/chat/completions', chatBody('Hello'), headers)).status).toBe(200);
  });

  it.each(['{"model":', '', '[]', '"Hello"'])('refuses %j as a body', async (body) => {
    const emulator = await startEmulator();
    const { status, json } = await post(emulator, '/chat/completions', body);
    expect(status).toBe(400);
    expect(json.error.message).toMatch(/^We could not parse the JSON body of your request\./);
  });

  it('refuses a body above 64 MiB and lives on', async () => {
    const emulator = await startEmulator();
    const { status, json } = await post(emulator, '/chat/completions', 'x'.repeat(64 * 1024 * 1024 + 1));
    expect(status).toBe(413);
    expect(json.error.message).toBe('Maximum request body size 67108864 exceeded.');
    expect((await chat(emulator, 'Hello')).status).toBe(200);
  });
});
