import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { postRaw } from './raw-client.ts';
import {
  chat,
  chatBody,
  emulate,
  leftByClient,
  post,
  postForm,
  startEmulator,
  until,
} from './test-emulator.ts';

describe('a record', () => {
  it('holds the request as it came', async () => {
    const emulator = await startEmulator();
    const before = Date.now();
    await post(emulator, '/chat/completions?trace=1', chatBody('Hello'), { 'X-Trace': 'abc' });
    expect(emulator.requests).toHaveLength(1);
    const [record] = emulator.requests;
    expect(record).toMatchObject({
      id: 1,
      method: 'POST',
      path: '/v1/chat/completions?trace=1',
      headers: { authorization: 'Bearer test-key', 'x-trace': 'abc' },
      body: chatBody('Hello'),
      closedByClientAt: undefined,
    });
    expect(record?.rawHeaders).toContain('Bearer test-key');
    expect(record?.receivedAt).toBeGreaterThanOrEqual(before);
    expect(record?.finishedAt).toBeGreaterThanOrEqual(record?.receivedAt ?? Number.NaN);
  });

  it('holds a refused request, and its text when that is no JSON', async () => {
    const emulator = await startEmulator();
    await post(emulator, '/chat/completions', '{"model":', { authorization: '' });
    expect(emulator.requests[0]).toMatchObject({ body: '{"model":' });
  });

  it('holds the fields of a form in their order, and of a file what it can be told by', async () => {
    const emulator = await startEmulator();
    const file = { field: 'file', name: 'figs.wav', content: 'abc' };
    await postForm(emulator, '/audio/translations', { model: 'whisper-1', prompt: 'Figs' }, file);
    const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(emulator.requests[0]?.body).toEqual({
      form: [
        { name: 'model', value: 'whisper-1' },
        { name: 'prompt', value: 'Figs' },
        { name: 'file', value: { filename: 'figs.wav', type: 'audio/wav', size: 3, sha256 } },
      ],
    });
  });

  it('holds a form that cannot be read as its text', async () => {
    const emulator = await startEmulator();
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const { status } = await post(emulator, '/audio/translations', 'no form', headers);
    expect(status).toBe(400);
    expect(emulator.requests[0]?.body).toBe('no form');
  });

  it('is one of the last few', async () => {
    const emulator = await startEmulator({ recordLimit: 2 });
    const { requests } = emulator;
    for (const text of ['one', 'two', 'three']) await chat(emulator, text);
    expect(requests.map((record) => record.id)).toEqual([2, 3]);
    emulator.clear();
    expect(requests).toEqual([]);
  });

  it('is kept of a client that leaves in the middle of its request', async () => {
    const emulator = await startEmulator();
    const { hostname, port } = new URL(emulator.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: e\r\nContent-Length: 100\r\n\r\n{"model":"m"',
      () => socket.end(),
    );
    await until(() => expect(emulator.requests).toHaveLength(1));
    expect(emulator.requests[0]?.body).toBe('{"model":"m"');
    await leftByClient(emulator);
  });
});

describe('control routes', () => {
  it('show and forget the records', async () => {
    const emulator = await startEmulator();
    const route = new URL('/__emulator/requests', emulator.url);
    await chat(emulator, 'Hello');
    const records = (await (await fetch(route)).json()) as object[];
    expect(records).toEqual([expect.objectContaining({ id: 1, body: chatBody('Hello') })]);
    expect((await fetch(route, { method: 'DELETE' })).status).toBe(204);
    expect(await (await fetch(route)).json()).toEqual([]);
    expect(emulator.requests).toEqual([]);
  });

  it('tell of health and of nothing else', async () => {
    const emulator = await startEmulator();
    const health = await fetch(new URL('/__emulator/health', emulator.url));
    expect(await health.json()).toEqual({ status: 'ok' });
    expect((await fetch(new URL('/__emulator/other', emulator.url))).status).toBe(404);
    expect(emulator.requests).toEqual([]);
  });
});

describe('closing', () => {
  it('ends hanging answers and idle connections', async () => {
    const emulator = await startEmulator();
    await chat(emulator, 'Hello');
    const hanging = postRaw(emulator.url, chatBody(emulate({ hang: 'before_headers' })));
    const waiting = postRaw(emulator.url, chatBody(emulate({ delayMs: 600_000 })));
    await until(() => expect(emulator.requests).toHaveLength(3));
    await Promise.all([emulator.close(), emulator.close()]);
    await Promise.all([hanging.ended(), waiting.ended()]);
    expect(emulator.requests.every((record) => record.closedByClientAt === undefined)).toBe(true);
    await expect(chat(emulator, 'Hello')).rejects.toThrow();
  });
});

describe('starting', () => {
  it('serves two emulators side by side', async () => {
    const [one, two] = [await startEmulator(), await startEmulator()];
    await chat(one, 'Hello');
    expect([one.requests.length, two.requests.length]).toEqual([1, 0]);
  });

  it('fails on a port that is taken', async () => {
    const emulator = await startEmulator();
    const port = Number(new URL(emulator.url).port);
    await expect(startEmulator({ port })).rejects.toThrow(/EADDRINUSE/);
  });
});
