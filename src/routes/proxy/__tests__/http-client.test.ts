import { once } from 'node:events';
import { request, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { startLocalServer } from '../../../../test/support/local-server.ts';
import type { Reply } from '../../../core/request-path.ts';
import { sendReply } from '../http-client.ts';

const outcome = Promise.resolve({ kind: 'success' } as const);

function reply(body: AsyncIterable<Uint8Array>, fields: Partial<Reply> = {}): Reply {
  return { status: 200, headers: {}, body, outcome, ...fields };
}

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

/** A server that sends one reply to each request; the signal falls when its client goes. */
function serve(toReply: () => Reply, prepare: (response: ServerResponse) => void = () => {}) {
  const sent = Promise.withResolvers<void>();
  const url = startLocalServer((_, response) => {
    const aborter = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) aborter.abort();
    });
    prepare(response);
    sent.resolve(sendReply(response, toReply(), aborter.signal));
  });
  return { url, sent: sent.promise };
}

/** A connection whose answer is not read until it is asked for. */
async function openUnread(url: string) {
  const outgoing = request(url);
  outgoing.on('error', () => {});
  outgoing.end();
  const [answer] = await once(outgoing, 'response');
  answer.pause();
  return { outgoing, answer };
}

describe('sendReply', () => {
  it('sends status, headers and bytes as they are', async () => {
    const headers = { 'content-type': 'text/event-stream', 'x-ratelimit-a': ['1', '2'] };
    const { url } = serve(() => reply(chunks('a', '', 'b'), { status: 429, headers }));
    const answer = await fetch(await url);
    expect(answer.status).toBe(429);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('x-ratelimit-a')).toBe('1, 2');
    expect(await answer.text()).toBe('ab');
  });

  it('lets the gateway’s own headers win', async () => {
    const { url } = serve(
      () => reply(chunks('a'), { headers: { 'x-request-id': 'theirs', 'x-other': 'theirs' } }),
      (response) => response.setHeader('x-request-id', 'ours'),
    );
    const answer = await fetch(await url);
    expect(answer.headers.get('x-request-id')).toBe('ours');
    expect(answer.headers.get('x-other')).toBe('theirs');
  });

  it('sends an answer without a body', async () => {
    const { url } = serve(() => reply(chunks()));
    expect(await (await fetch(await url)).text()).toBe('');
  });

  it('sends each part when it comes, not when all are there', async () => {
    const gate = Promise.withResolvers<void>();
    async function* slow() {
      yield Buffer.from('first');
      await gate.promise;
      yield Buffer.from('second');
    }
    const { url } = serve(() => reply(slow()));
    const reader = (await fetch(await url)).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first');
    gate.resolve();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('second');
  });

  it('reads no further ahead than the client does, and goes on when the client reads again', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const total = 1_600;
    let given = 0;
    async function* large() {
      for (; given < total; given += 1) yield piece;
    }
    const { url, sent } = serve(() => reply(large()));
    const { answer } = await openUnread(await url);
    let before = -1;
    await eventually(() => {
      const standsStill = given === before;
      before = given;
      return standsStill && given > 0;
    });
    // What the sockets and both ends hold, far below the 100 MiB of the answer.
    expect(given * piece.length).toBeLessThan(32 * 1024 * 1024);
    let received = 0;
    for await (const bytes of answer) received += bytes.length;
    await sent;
    expect(received).toBe(total * piece.length);
  });

  it.each([
    ['while it waits for the client to read', true],
    ['while it waits for the provider', false],
  ])('ends the body when the client goes, %s', async (_, fills) => {
    let left = false;
    const gone = Promise.withResolvers<void>();
    async function* endless() {
      try {
        yield Buffer.from('first');
        if (!fills) await gone.promise;
        for (;;) yield Buffer.alloc(64 * 1024);
      } finally {
        left = true;
      }
    }
    const { url, sent } = serve(
      () => reply(endless()),
      (response) => response.once('close', () => gone.resolve()),
    );
    const { outgoing } = await openUnread(await url);
    outgoing.destroy();
    await sent;
    expect(left).toBe(true);
  });

  it('fails where the body does', async () => {
    async function* broken(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('first');
      throw new Error('body broke');
    }
    const outcomes: unknown[] = [];
    const url = await startLocalServer((_, response) => {
      sendReply(response, reply(broken()), new AbortController().signal).catch((error: unknown) => {
        outcomes.push(error);
        response.destroy();
      });
    });
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
    expect(outcomes).toEqual([new Error('body broke')]);
  });
});
