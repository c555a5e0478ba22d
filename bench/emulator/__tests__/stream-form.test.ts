import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Emulator } from '../emulator.ts';
import { postRaw, type RawClient } from './raw-client.ts';
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

function rawStream(emulator: Emulator, directive: object): RawClient {
  return postRaw(emulator.url, chatBody(emulate(directive), { stream: true }));
}

describe('the form of a stream', () => {
  it('can lack the end marker', async () => {
    const emulator = await startEmulator();
    const { text } = await chat(emulator, emulate({ noDone: true }), { stream: true });
    expect(text).toContain(FINISH);
    expect(text).not.toContain('[DONE]');
  });

  it('can have CRLF line ends', async () => {
    const emulator = await startEmulator();
    const { text } = await chat(emulator, emulate({ crlf: true }), { stream: true });
    expect(text.endsWith('data: [DONE]\r\n\r\n')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('can have comments between events', async () => {
    const emulator = await startEmulator();
    const { text } = await chat(emulator, emulate({ keepAliveComments: true }), { stream: true });
    expect(text.startsWith('data: ')).toBe(true);
    expect(text.split('\n\n: keep-alive\n\ndata: ').length).toBe(dataLines(text).length);
  });

  it('can come in pieces that cut events and characters apart', async () => {
    const emulator = await startEmulator();
    const directive = { splitBytes: 7, text: 'äöü 🌳 ß' };
    const client = rawStream(emulator, directive);
    await until(() => expect(client.received.endsWith('\r\n0\r\n\r\n')).toBe(true));
    const sizes = [...client.received.matchAll(/\r\n(\w+)\r\n/g)].map(([, size]) => size);
    expect(sizes.length).toBeGreaterThan(50);
    expect(new Set(sizes.slice(0, 50))).toEqual(new Set(['7']));
    const { text } = await chat(emulator, emulate(directive), { stream: true });
    expect(streamedText(chunksOf(text))).toBe('äöü 🌳 ß');
    expect(dataLines(text).at(-1)).toBe('[DONE]');
  });
});

describe('a slow client', () => {
  it('is waited for', async () => {
    const emulator = await startEmulator();
    const text = `${'x'.repeat(4000)} `.repeat(4000);
    const client = rawStream(emulator, { text });
    client.socket.once('data', () => client.socket.pause());
    await client.events(1);
    // Sixteen megabytes fit into no socket buffer: an answer that is finished now would sit in memory.
    await chat(emulator, 'Hello');
    expect(emulator.requests[0]?.finishedAt).toBeUndefined();
    client.socket.resume();
    await until(() => expect(emulator.requests[0]?.finishedAt).toBeDefined());
  });
});

describe('the pace of a stream', () => {
  it('is told by the request', async () => {
    const emulator = await startEmulator();
    const before = performance.now();
    const client = rawStream(emulator, { firstEventDelayMs: 150, eventDelayMs: 20 });
    const [head] = (await once(client.socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(head.toString().endsWith('\r\n\r\n')).toBe(true);
    await client.events(1);
    expect(performance.now() - before).toBeGreaterThanOrEqual(149);
    await client.events(4);
    expect(performance.now() - before).toBeGreaterThanOrEqual(149 + 3 * 19);
  });

  it('is told by the options otherwise', async () => {
    const emulator = await startEmulator({ firstEventDelayMs: 40, eventDelayMs: 20 });
    const before = performance.now();
    const { text } = await chat(emulator, 'Hello', { stream: true });
    const events = dataLines(text).length;
    expect(performance.now() - before).toBeGreaterThanOrEqual(39 + (events - 1) * 19);
    const unhurried = performance.now();
    await chat(emulator, emulate({ firstEventDelayMs: 0, eventDelayMs: 0, delayMs: 10 }), { stream: true });
    expect(performance.now() - unhurried).toBeGreaterThanOrEqual(9);
  });

  it('stops when the client leaves', async () => {
    const emulator = await startEmulator();
    const client = rawStream(emulator, { eventDelayMs: 30 });
    await client.events(1);
    client.socket.destroy();
    expect((await leftByClient(emulator)).finishedAt).toBeUndefined();
  });

  it('stops during the wait before the headers', async () => {
    const emulator = await startEmulator();
    const client = rawStream(emulator, { delayMs: 600_000 });
    await until(() => expect(emulator.requests).toHaveLength(1));
    client.socket.destroy();
    await leftByClient(emulator);
  });
});
