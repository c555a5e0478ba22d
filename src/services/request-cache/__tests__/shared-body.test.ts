import { describe, expect, it } from 'vitest';
import { readAll } from '../../../../test/support/event-stream.ts';
import { SharedBody } from '../shared-body.ts';

/** A source that gives a byte a piece, counts what it is asked for, and notes when it is ended early. */
function countingSource(pieces: number, fault?: Error) {
  const seen = { asked: 0, released: false };
  async function* source() {
    try {
      for (let piece = 0; piece < pieces; piece += 1) {
        seen.asked += 1;
        yield Buffer.from([piece]);
      }
      if (fault !== undefined) throw fault;
    } finally {
      seen.released = true;
    }
  }
  return { source: source(), seen };
}

function share(source: AsyncIterable<Uint8Array>, maxBytes = 100) {
  const done: (readonly [string, boolean])[] = [];
  const body = new SharedBody(source, { maxBytes, beforeEnd: async () => {} });
  const read = (name: string) => {
    const { body: bytes, leave } = body.read((hadAll) => done.push([name, hadAll]));
    return { bytes, leave, iterator: bytes[Symbol.asyncIterator]() };
  };
  return { body, read, done };
}

const bytesOf = (count: number) => Buffer.from(Array.from({ length: count }, (_, byte) => byte));

/** Lets everything happen that can without anybody's doing. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function take(iterator: AsyncIterator<Uint8Array>, count: number): Promise<void> {
  for (let piece = 0; piece < count; piece += 1) await iterator.next();
}

describe('a shared body', () => {
  it('gives every reader the same bytes from the beginning, those that come late as well', async () => {
    const { read, done } = share(countingSource(10).source);
    const first = read('first');
    await take(first.iterator, 6);
    const second = read('second');
    expect(await readAll(second.bytes)).toEqual(bytesOf(10));
    expect(await readAll(first.bytes)).toEqual(bytesOf(10).subarray(6));
    expect(await readAll(read('third').bytes)).toEqual(bytesOf(10));
    expect(done).toEqual([
      ['second', true],
      ['first', true],
      ['third', true],
    ]);
  });

  it('asks its source for no more than its fastest reader wants', async () => {
    const { source, seen } = countingSource(10);
    const { read } = share(source);
    const [fast, slow] = [read('fast'), read('slow')];
    await take(fast.iterator, 3);
    await take(slow.iterator, 2);
    await settle();
    expect(seen.asked).toBe(3);
  });

  it('asks for a piece once, however many wait for it', async () => {
    const { source, seen } = countingSource(10);
    const { read } = share(source);
    const readers = Array.from({ length: 5 }, (_, index) => read(String(index)));
    const pieces = await Promise.all(readers.map(({ iterator }) => iterator.next()));
    expect(pieces.map(({ value }) => value)).toEqual(Array(5).fill(Buffer.from([0])));
    expect(seen.asked).toBe(1);
  });

  it('tells of the end when its owner is ready for it', async () => {
    const ready = Promise.withResolvers<void>();
    const body = new SharedBody(countingSource(1).source, { maxBytes: 10, beforeEnd: () => ready.promise });
    let ended = false;
    const reading = readAll(body.read(() => {}).body).then(() => {
      ended = true;
    });
    await settle();
    expect(ended).toBe(false);
    ready.resolve();
    await reading;
  });

  it('gives every reader what came before a fault, then the fault', async () => {
    const { read, done } = share(countingSource(2, new Error('broken')).source);
    const readers = [read('first'), read('second')];
    for (const { iterator } of readers) {
      await take(iterator, 2);
      await expect(iterator.next()).rejects.toThrow('broken');
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
    }
    expect(done.map(([, hadAll]) => hadAll)).toEqual([true, true]);
  });

  it('ends at once for a reader that leaves while it waits, and goes on for the others', async () => {
    const gate = Promise.withResolvers<void>();
    async function* source() {
      await gate.promise;
      yield Buffer.from([0]);
    }
    const { read, done } = share(source());
    const [leaving, staying] = [read('leaving'), read('staying')];
    const waiting = leaving.iterator.next();
    const rest = readAll(staying.bytes);
    leaving.leave();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await leaving.iterator.next()).toEqual({ done: true, value: undefined });
    gate.resolve();
    expect(await rest).toEqual(bytesOf(1));
    expect(done).toEqual([
      ['leaving', false],
      ['staying', true],
    ]);
  });

  it('takes the end of an iteration for leaving, once', async () => {
    const { read, done } = share(countingSource(5).source);
    const reader = read('reader');
    for await (const _ of reader.bytes) break;
    reader.leave();
    expect(done).toEqual([['reader', false]]);
  });

  it('ends its source when it is closed', async () => {
    const { source, seen } = countingSource(5);
    const { body, read } = share(source);
    await take(read('reader').iterator, 1);
    body.close();
    await settle();
    expect(seen.released).toBe(true);
  });
});

describe('a shared body that is larger than may be held', () => {
  it('cannot be joined from there on', async () => {
    const { body, read } = share(countingSource(10).source, 3);
    const { iterator } = read('reader');
    await take(iterator, 3);
    expect(body.copy).toHaveLength(3);
    await take(iterator, 1);
    expect(body.copy).toBeUndefined();
  });

  it('still reaches all that have joined, at any pace', async () => {
    const { read, done } = share(countingSource(50).source, 3);
    const [ahead, ...others] = [read('ahead'), read('b'), read('c')];
    await take(ahead.iterator, 2);
    const all = await Promise.all([ahead, ...others].map(({ bytes }) => readAll(bytes)));
    expect(all.map(({ length }) => length)).toEqual([48, 50, 50]);
    expect(done.map(([, hadAll]) => hadAll)).toEqual([true, true, true]);
  });

  it('goes no further than one piece ahead of the slowest, and on when that one leaves', async () => {
    const { source, seen } = countingSource(50);
    const { read } = share(source, 3);
    const [fast, slow] = [read('fast'), read('slow')];
    await take(fast.iterator, 4);
    const next = fast.iterator.next();
    await take(slow.iterator, 3);
    await settle();
    expect(seen.asked).toBe(4);
    await take(slow.iterator, 1);
    expect(await next).toEqual({ done: false, value: Buffer.from([4]) });
    const afterNext = fast.iterator.next();
    await settle();
    expect(seen.asked).toBe(5);
    slow.leave();
    expect(await afterNext).toEqual({ done: false, value: Buffer.from([5]) });
  });

  it('holds no more than the last piece for a reader that is alone', async () => {
    const { read } = share(countingSource(50).source, 3);
    const { iterator, bytes } = read('reader');
    await take(iterator, 40);
    const [held, rest] = await Promise.all([readAll(read('too late').bytes), readAll(bytes)]);
    expect(rest).toEqual(bytesOf(50).subarray(40));
    expect(held).toEqual(bytesOf(50).subarray(39));
  });
});
