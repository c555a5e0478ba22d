import { describe, expect, it } from 'vitest';
import type { Emulator } from '../emulator.ts';
import { postRaw } from './raw-client.ts';
import {
  chat,
  chatBody,
  chunksOf,
  dataLines,
  emulate,
  leftByClient,
  startEmulator,
  streamedText,
  until,
} from './test-emulator.ts';

const FINISH = '"finish_reason":"stop"';

function rawChat(emulator: Emulator, directive: object, fields: object = {}) {
  return postRaw(emulator.url, chatBody(emulate(directive, 'one two three four five six'), fields));
}

describe('an error status', () => {
  it.each([
    [401, 'invalid_request_error', 'invalid_api_key', /^Incorrect API key provided/],
    [403, 'request_forbidden', 'unsupported_country_region_territory', /^Country, region, or territory/],
    [404, 'invalid_request_error', 'model_not_found', /^The model `gpt-4o-mini` does not exist/],
    [422, 'invalid_request_error', null, /^Unprocessable Entity$/],
    [429, 'requests', 'rate_limit_exceeded', /^Rate limit reached for gpt-4o-mini /],
    [500, 'server_error', null, /^The server had an error/],
    [502, 'cf_bad_gateway', 502, /^Bad gateway\.$/],
    [503, 'server_error', null, /^The engine is currently overloaded/],
    [504, 'cf_gateway_timeout', 504, /^Gateway timeout\.$/],
    [529, 'server_error', null, /^The server had an error/],
  ])('%i has the body that goes with it', async (status, type, code, message) => {
    const emulator = await startEmulator();
    const answer = await chat(emulator, emulate({ status }), { stream: status % 2 === 0 });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.json.error).toMatchObject({ type, param: null, code });
    expect(answer.json.error.message).toMatch(message);
  });

  it('has the message and the retry-after it is told', async () => {
    const emulator = await startEmulator();
    const { headers, json } = await chat(
      emulator,
      emulate({ status: 429, retryAfter: 2, errorMessage: 'Slow down' }),
    );
    expect(headers.get('retry-after')).toBe('2');
    expect(json.error).toMatchObject({ message: 'Slow down', code: 'rate_limit_exceeded' });
  });

  it('can be the page of a firewall', async () => {
    const emulator = await startEmulator();
    const blocked = await chat(emulator, emulate({ htmlError: true }));
    expect(blocked.status).toBe(403);
    expect(blocked.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(blocked.headers.get('openai-version')).toBeNull();
    expect(blocked.text).toMatch(/^<!DOCTYPE html>/);
    const limited = await chat(emulator, emulate({ htmlError: true, status: 429, retryAfter: 7 }));
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
  });
});

describe('a whole answer', () => {
  it('is reset in the middle', async () => {
    const emulator = await startEmulator();
    const client = rawChat(emulator, { cut: 'reset' });
    expect(await client.ended()).toBe('ECONNRESET');
    const [head = '', body = ''] = client.received.split('\r\n\r\n');
    const length = Number(/content-length: (\d+)/.exec(head)?.[1]);
    expect(body.length).toBe(Math.ceil(length / 2));
    expect(emulator.requests[0]).toMatchObject({
      finishedAt: expect.any(Number),
      closedByClientAt: undefined,
    });
  });

  it('is cut in the middle without a reset', async () => {
    const emulator = await startEmulator();
    const client = rawChat(emulator, { cut: 'clean' });
    expect(await client.ended()).toBe('closed');
    expect(client.received).not.toContain('system_fingerprint');
    await expect(chat(emulator, emulate({ cut: 'clean' }))).rejects.toThrow();
  });

  it('is broken JSON with a sound status', async () => {
    const emulator = await startEmulator();
    const answer = await chat(emulator, emulate({ badJson: true }));
    expect(answer.status).toBe(200);
    expect(answer.text.startsWith('{"id":"chatcmpl-')).toBe(true);
    expect(() => answer.json).toThrow(SyntaxError);
  });

  it('stops in the middle and keeps the connection', async () => {
    const emulator = await startEmulator();
    const client = rawChat(emulator, { hang: 'mid_stream' });
    await until(() => expect(client.received).toContain('"choices"'));
    expect(client.received).not.toContain('system_fingerprint');
    expect(client.end).toBeUndefined();
    client.socket.destroy();
    await leftByClient(emulator);
  });

  it('comes no sooner than it is told', async () => {
    const emulator = await startEmulator();
    const before = performance.now();
    await chat(emulator, emulate({ delayMs: 60 }));
    expect(performance.now() - before).toBeGreaterThanOrEqual(59);
  });
});

describe('a hanging answer', () => {
  it('never begins, and the leaving of the client is noticed', async () => {
    const emulator = await startEmulator();
    const before = Date.now();
    const client = rawChat(emulator, { hang: 'before_headers' });
    await until(() => expect(emulator.requests).toHaveLength(1));
    expect(client.received).toBe('');
    client.socket.end();
    const record = await leftByClient(emulator);
    expect(record.closedByClientAt).toBeGreaterThanOrEqual(before);
    expect(record.finishedAt).toBeUndefined();
    expect(emulator.requests).toEqual([record]);
  });

  it('stops after some events', async () => {
    const emulator = await startEmulator();
    const client = rawChat(emulator, { hang: 'mid_stream', afterEvents: 2 }, { stream: true });
    await client.events(2);
    // A later request is answered in full while the first one keeps hanging where it is.
    await chat(emulator, 'Hello');
    expect(dataLines(client.received)).toHaveLength(2);
    expect(client.end).toBeUndefined();
    client.socket.destroy();
    await leftByClient(emulator);
  });

  it('stops after the headers', async () => {
    const emulator = await startEmulator();
    const client = rawChat(emulator, { hang: 'mid_stream', afterEvents: 0 }, { stream: true });
    await until(() => expect(client.received).toContain('\r\n\r\n'));
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(client.received).not.toContain('data: ');
  });
});

describe('a cut stream', () => {
  it('is reset after some events', async () => {
    const emulator = await startEmulator();
    const client = rawChat(emulator, { cut: 'reset', afterEvents: 2 }, { stream: true });
    expect(await client.ended()).toBe('ECONNRESET');
    expect(dataLines(client.received)).toHaveLength(2);
    expect(client.received.endsWith('\r\n0\r\n\r\n')).toBe(false);
  });

  it('is reset before the first event', async () => {
    const emulator = await startEmulator();
    const client = rawChat(emulator, { cut: 'reset', afterEvents: 0 }, { stream: true });
    expect(await client.ended()).toBe('ECONNRESET');
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(client.received).not.toContain('data: ');
  });

  it('ends cleanly, but without what closes an answer', async () => {
    const emulator = await startEmulator();
    const short = await chat(emulator, emulate({ cut: 'clean', afterEvents: 1 }), { stream: true });
    expect(dataLines(short.text)).toHaveLength(1);
    const long = await chat(emulator, emulate({ cut: 'clean', afterEvents: 99 }), { stream: true });
    expect(streamedText(chunksOf(long.text))).toBe('You said: Hello there');
    expect(long.text).not.toContain(FINISH);
    expect(long.text).not.toContain('[DONE]');
  });

  it('is cut half way when it is not told where', async () => {
    const emulator = await startEmulator();
    const { text } = await chat(emulator, emulate({ cut: 'clean', text: 'a b c d e f g h i' }), {
      stream: true,
    });
    expect(streamedText(chunksOf(text))).toBe('a b c');
  });
});

describe('an error in a stream', () => {
  it('comes first, and then the end', async () => {
    const emulator = await startEmulator();
    const { status, text } = await chat(emulator, emulate({ errorFirstEvent: true }), { stream: true });
    expect(status).toBe(200);
    const [error = '', ...rest] = dataLines(text);
    expect(JSON.parse(error)).toEqual({
      error: {
        message: expect.stringMatching(/^The server had/),
        type: 'server_error',
        param: null,
        code: null,
      },
    });
    expect(rest).toEqual(['[DONE]']);
  });

  it('comes after some events', async () => {
    const emulator = await startEmulator();
    const directive = { errorMidStream: true, afterEvents: 2, errorMessage: 'Boom', noDone: true };
    const { text } = await chat(emulator, emulate(directive), { stream: true });
    const chunks = chunksOf(text);
    expect(chunks).toHaveLength(3);
    expect(chunks[2]).toEqual({ error: { message: 'Boom', type: 'server_error', param: null, code: null } });
    expect(text).not.toContain('[DONE]');
  });

  it('is one event of broken JSON among sound ones', async () => {
    const emulator = await startEmulator();
    const { text } = await chat(emulator, emulate({ badJson: true, afterEvents: 2 }), { stream: true });
    const lines = dataLines(text);
    const broken = lines.splice(2, 1)[0] ?? '';
    expect(() => JSON.parse(broken)).toThrow(SyntaxError);
    expect(lines.pop()).toBe('[DONE]');
    const chunks = lines.map((line) => JSON.parse(line));
    expect(streamedText(chunks)).toBe('You said: Hello there');
  });
});
