import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCounted } from '../support/counted-outcomes.ts';
import {
  type EmulatedGateway,
  emulate,
  KEYS,
  MODEL,
  openaiClient,
  PROVIDER_KEY,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';

const LONG_TEXT = 'one two three four five six seven eight nine ten eleven twelve';

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({
    settings: { upstreamLimits: { connectMs: 2_000, headersMs: 1_000, idleMs: 1_000 } },
  });
});
afterAll(() => gateway.stop());

describe('the client goes', () => {
  it.each([
    ['before the answer', { hang: 'before_headers' }, false],
    ['mid-stream', { hang: 'mid_stream', afterEvents: 2 }, true],
  ])('%s: the new path closes its request to the provider', async (_name, directive, stream) => {
    gateway.emulator.clear();
    const client = new AbortController();
    const answer = postChat(gateway, {
      key: KEYS.litellm,
      body: { model: MODEL, stream, messages: [emulate(directive)] },
      signal: client.signal,
    });
    if (stream) await (await answer).body?.getReader().read();
    else await eventually(() => gateway.emulator.requests.length === 1);
    await expectCounted(gateway, 'litellm', 'client_abort', async () => {
      client.abort();
      await answer.catch(() => undefined);
      await eventually(() => gateway.emulator.requests[0]?.closedByClientAt !== undefined);
    });
  });
});

describe('the provider breaks a stream off', () => {
  it.each([
    ['by a reset', { cut: 'reset', afterEvents: 3, text: LONG_TEXT }],
    ['by a clean end', { cut: 'clean', afterEvents: 3, text: LONG_TEXT }],
  ])('%s: the client of the new path can tell', async (_name, directive) => {
    const body = { model: MODEL, stream: true, messages: [emulate(directive)] };
    await expectCounted(gateway, 'litellm', 'truncated', async () => {
      const text = await (await postChat(gateway, { key: KEYS.litellm, body })).text();
      expect(text).toContain('"delta":{"content":');
      expect(text).toMatch(/event: error\ndata: \{"error":\{.*"code":"upstream_interrupted"\}\}\n\n$/);
      expect(text).not.toContain('[DONE]');
    });
  });

  it('makes the official client throw rather than end', async () => {
    const stream = await openaiClient(gateway, KEYS.litellm).chat.completions.create({
      model: MODEL,
      stream: true,
      messages: [emulate({ cut: 'reset', afterEvents: 3, text: LONG_TEXT })],
    });
    await expect(Array.fromAsync(stream)).rejects.toThrow(OpenAI.APIError);
  });

  it('counts the same cut the same on legacy, whose client cannot tell', async () => {
    const body = {
      model: MODEL,
      stream: true,
      messages: [emulate({ cut: 'reset', afterEvents: 3, text: LONG_TEXT })],
    };
    await expectCounted(gateway, 'legacy', 'truncated', async () => {
      const text = await (await postChat(gateway, { key: KEYS.legacy, body })).text();
      expect(text).not.toContain('error');
    });
  });

  it('before its first byte: the client gets a real status', async () => {
    const body = { model: MODEL, stream: true, messages: [emulate({ cut: 'reset', afterEvents: 0 })] };
    const response = await postChat(gateway, { key: KEYS.litellm, body });
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_interrupted' } });
  });
});

describe('the provider misbehaves on the new path', () => {
  const faults: [string, object, boolean, number, string, string][] = [
    ['hangs before its answer', { hang: 'before_headers' }, false, 504, 'upstream_timeout', 'timeout'],
    ['sends half a document', { badJson: true }, false, 502, 'upstream_invalid_response', 'upstream_error'],
    ['resets amid a document', { cut: 'reset' }, false, 502, 'upstream_invalid_response', 'upstream_error'],
    [
      'begins a stream with an error',
      { errorFirstEvent: true },
      true,
      502,
      'upstream_stream_error',
      'upstream_error',
    ],
  ];
  it.each(faults)('%s', async (_name, directive, stream, status, code, outcome) => {
    await expectCounted(gateway, 'litellm', outcome, async () => {
      const response = await postChat(gateway, {
        key: KEYS.litellm,
        body: { model: MODEL, stream, messages: [emulate(directive)] },
      });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { code } });
    });
  });

  it('goes silent amid a stream: an error frame after the idle limit', async () => {
    await expectCounted(gateway, 'litellm', 'timeout', async () => {
      const response = await postChat(gateway, {
        key: KEYS.litellm,
        body: { model: MODEL, stream: true, messages: [emulate({ hang: 'mid_stream', afterEvents: 2 })] },
      });
      const text = await response.text();
      expect(text).toMatch(/event: error\ndata: \{"error":\{.*"code":"upstream_timeout"\}\}\n\n$/);
    });
  });

  it('sends an error amid a stream: nothing follows it, and no [DONE]', async () => {
    await expectCounted(gateway, 'litellm', 'upstream_error', async () => {
      const response = await postChat(gateway, {
        key: KEYS.litellm,
        body: {
          model: MODEL,
          stream: true,
          messages: [emulate({ errorMidStream: true, afterEvents: 4, eventDelayMs: 20, text: LONG_TEXT })],
        },
      });
      const text = await response.text();
      expect(text).toMatch(/data: \{"error":/);
      expect(text).not.toContain('[DONE]');
    });
  });

  it('answers with an HTML page: a JSON error under its status', async () => {
    const response = await postChat(gateway, {
      key: KEYS.litellm,
      body: { model: MODEL, messages: [emulate({ status: 403, htmlError: true })] },
    });
    expect(response.status).toBe(403);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ error: { type: 'permission_error' } });
    expect(text).not.toContain('<');
  });

  it('quotes the key it refuses: the client never sees it', async () => {
    const response = await postChat(gateway, {
      key: KEYS.litellm,
      body: {
        model: MODEL,
        messages: [emulate({ status: 401, errorMessage: `Incorrect API key provided: ${PROVIDER_KEY}.` })],
      },
    });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain(PROVIDER_KEY);
  });
});
