import { describe, expect, it } from 'vitest';
import { readAll, readEvents, sourceOf } from '../../../test/support/event-stream.ts';
import { type TappedRelayOptions, tappedRelay } from '../../../test/support/tapped-relay.ts';
import { answerDialectOf } from '../answer-dialect.ts';
import { GatewayError } from '../gateway-error.ts';
import { relayEventStream } from '../relay-event-stream.ts';

const MEBIBYTE = 1024 * 1024;
const role =
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n';
const text = (content: string, index = 0) =>
  `data: ${JSON.stringify({ choices: [{ index, delta: { content } }] })}\n\n`;
const finish = (index: number) =>
  `data: ${JSON.stringify({ choices: [{ index, delta: {}, finish_reason: 'stop' }] })}\n\n`;
const done = 'data: [DONE]\n\n';
const reset = new Error('ECONNRESET');

function relay(chunks: readonly string[], options: TappedRelayOptions & { readonly fault?: unknown } = {}) {
  const { fault, ...others } = options;
  return relayEventStream(
    tappedRelay(sourceOf(chunks, fault), {
      toFault: (cause) => new GatewayError('upstream_timeout', 'Nothing came any more.', { cause }),
      ...others,
    }),
  );
}

async function relayToEnd(...parameters: Parameters<typeof relay>) {
  const { body, outcome } = await relay(...parameters);
  const bytes = await readAll(body);
  return { bytes, text: bytes.toString('utf8'), outcome: await outcome };
}

/** Expects the whole events, then an error event with this code, and no end marker. */
function expectErrorEvent(bytes: Buffer, before: string, code: string) {
  const out = bytes.toString('utf8');
  expect(out.startsWith(before)).toBe(true);
  expect(out.slice(before.length)).toMatch(/^event: error\ndata: \{.*\}\n\n$/);
  const last = readEvents(bytes).at(-1);
  expect(JSON.parse(last?.data ?? '')).toMatchObject({ error: { code, type: 'api_error' } });
  expect(out).not.toContain('[DONE]');
}

describe('a source that fails', () => {
  it.each(['strict', 'verbatim'] as const)(
    'before its first byte rejects with the fault (%s)',
    async (manner) => {
      await expect(relay([], { fault: reset, manner })).rejects.toMatchObject({
        code: 'upstream_timeout',
        cause: reset,
      });
    },
  );

  it('within its first event rejects, as nothing went out yet', async () => {
    await expect(relay(['data: {"choi'], { fault: reset })).rejects.toMatchObject({
      code: 'upstream_timeout',
    });
  });

  it('keeps the fault that it already is', async () => {
    const fault = new GatewayError('upstream_interrupted', 'Ours.');
    await expect(relay([], { fault })).rejects.toBe(fault);
  });

  it.each(['strict', 'verbatim'] as const)('after bytes ends in an error event (%s)', async (manner) => {
    const { bytes, outcome } = await relayToEnd([role, text('Hi'), 'data: {"half'], { fault: reset, manner });
    expectErrorEvent(bytes, role + text('Hi'), 'upstream_timeout');
    expect(outcome).toMatchObject({
      kind: 'timeout',
      errorCode: 'upstream_timeout',
      finishReason: undefined,
    });
  });

  // The answer is all there; what is missing is the end marker, and a client that waits for it has to hear why.
  it.each(['strict', 'verbatim'] as const)(
    'after the finish reason ends in an error event, without an end marker made up, and is a success (%s)',
    async (manner) => {
      const before = text('Hi') + finish(0);
      const { bytes, outcome } = await relayToEnd([before], { fault: reset, manner });
      expectErrorEvent(bytes, before, 'upstream_timeout');
      expect(outcome).toMatchObject({
        kind: 'success',
        finishReason: 'stop',
        errorCode: 'upstream_timeout',
      });
    },
  );

  it.each(['strict', 'verbatim'] as const)(
    'after the end marker is a success, and nothing is told behind it (%s)',
    async (manner) => {
      const all = text('Hi') + finish(0) + done;
      const { text: out, outcome } = await relayToEnd([all], { fault: reset, manner });
      expect(out).toBe(all);
      expect(outcome).toMatchObject({ kind: 'success', errorCode: undefined });
    },
  );

  it('after an end marker that came too early is a fault, and nothing is told behind it', async () => {
    const { text: out, outcome } = await relayToEnd([text('Hi') + done], { fault: reset });
    expect(out).toBe(text('Hi') + done);
    expect(outcome).toMatchObject({ kind: 'timeout', errorCode: 'upstream_timeout' });
  });

  it('after the last of the choices that came, but before all that were asked for, is a fault', async () => {
    const before = text('Hi') + finish(0);
    const { bytes, outcome } = await relayToEnd([before], { fault: reset, choices: 2 });
    expectErrorEvent(bytes, before, 'upstream_timeout');
    expect(outcome.kind).toBe('timeout');
  });

  it('after the finish reason of one of two choices ends in an error event', async () => {
    const before = text('Hi') + text('Ho', 1) + finish(0);
    const { bytes, outcome } = await relayToEnd([before], { fault: reset });
    expectErrorEvent(bytes, before, 'upstream_timeout');
    expect(outcome).toMatchObject({ kind: 'timeout', finishReason: 'stop' });
  });

  it('after the finish reasons of both choices counts as a success', async () => {
    const before = finish(1) + finish(0);
    const { bytes, outcome } = await relayToEnd([before], { fault: reset, choices: 2 });
    expectErrorEvent(bytes, before, 'upstream_timeout');
    expect(outcome.kind).toBe('success');
  });

  it('is not saved by one choice that says twice that it has finished', async () => {
    const before = text('Hi') + text('Ho', 1) + finish(0) + finish(0);
    const { outcome } = await relayToEnd([before], { fault: reset });
    expect(outcome.kind).toBe('timeout');
  });
});

describe('a stream that ends too early', () => {
  it.each([[''], [': comment\n\n'], ['data: {"half']])(
    'rejects where all that came was %j and nothing useful',
    async (all) => {
      const started = relay(all === '' ? [] : [all]).then(({ body }) => readAll(body));
      if (all.startsWith(':')) expectErrorEvent(await started, all, 'upstream_interrupted');
      else await expect(started).rejects.toMatchObject({ code: 'upstream_interrupted' });
    },
  );

  it('ends in an error event in the strict manner, without the half event before it', async () => {
    const { bytes, outcome } = await relayToEnd([text('Hi'), 'data: {"half']);
    expectErrorEvent(bytes, text('Hi'), 'upstream_interrupted');
    expect(outcome).toMatchObject({ kind: 'truncated', errorCode: 'upstream_interrupted' });
  });

  it('passes as it is in the verbatim manner and counts as truncated', async () => {
    const { text: out, outcome } = await relayToEnd([text('Hi'), 'data: {"half'], { manner: 'verbatim' });
    expect(out).toBe(`${text('Hi')}data: {"half`);
    expect(outcome).toMatchObject({ kind: 'truncated', errorCode: undefined });
  });

  it('is no finished stream where one of two choices is missing its finish reason', async () => {
    const before = text('Hi') + text('Ho', 1) + finish(0);
    const { bytes, outcome } = await relayToEnd([before], {});
    expectErrorEvent(bytes, before, 'upstream_interrupted');
    expect(outcome.kind).toBe('truncated');
  });

  it.each([
    ['strict', 'upstream_interrupted'],
    ['verbatim', undefined],
  ] as const)(
    'is no finished stream where a choice that was asked for never began (%s)',
    async (manner, code) => {
      const before = text('Hi') + finish(0);
      const { bytes, outcome } = await relayToEnd([before], { choices: 2, manner });
      if (code === undefined) expect(bytes.toString()).toBe(before);
      else expectErrorEvent(bytes, before, code);
      expect(outcome).toMatchObject({ kind: 'truncated', errorCode: code });
    },
  );

  it('is finished with fewer choices than were asked for where the provider says that it has ended', async () => {
    const all = text('Hi') + finish(0) + done;
    const { text: out, outcome } = await relayToEnd([all], { choices: 2 });
    expect(out).toBe(all);
    expect(outcome.kind).toBe('success');
  });
});

describe('what was generated', () => {
  it('is handed on up to a limit, with its length', async () => {
    const pieces = Array.from({ length: 4 }, () => text('x'.repeat(100_000)));
    const { outcome } = await relayToEnd([...pieces, finish(0), done]);
    expect(outcome.generated?.texts.map(({ length }) => length)).toEqual([256 * 1024]);
    expect(outcome.generated?.length).toBe(400_000);
  });
});

describe('an error event', () => {
  it.each(['\n\n', '\n', ''])('rejects where it is all that came, whatever ends it (%j)', async (ending) => {
    const error = `data: {"error":{"code":"overloaded"}}${ending}`;
    await expect(relay([error])).rejects.toMatchObject({ code: 'upstream_stream_error' });
  });
});

describe('a dialect with an end event', () => {
  const stopReason =
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n';
  const dialect = answerDialectOf('messages');

  it.each([
    ['ends', [stopReason], undefined],
    ['ends without its last blank line', [': ping\n\n', stopReason.slice(0, -2)], undefined],
    ['fails', [stopReason], reset],
  ])('is no finished stream where it %s behind the stop reason', async (_, chunks, fault) => {
    const { bytes, outcome } = await relayToEnd(chunks, { dialect, fault });
    expect(outcome.kind).not.toBe('success');
    expect(readEvents(bytes).at(-1)?.name).toBe('error');
  });

  it('counts as truncated in the verbatim manner, too', async () => {
    const { outcome } = await relayToEnd([stopReason], { dialect, manner: 'verbatim' });
    expect(outcome.kind).toBe('truncated');
  });
});

describe('a cut inside an event of which a part went out, as it was too large to hold', () => {
  const large = `data: ${'x'.repeat(5 * MEBIBYTE)}`;

  it.each([
    ['the connection fails', { fault: reset }, []],
    ['the connection fails a little later', { fault: reset }, ['more']],
    ['the stream ends', {}, []],
    ['the stream ends a little later', {}, ['more']],
  ])('has a blank line before the error event where %s', async (_, options, rest) => {
    const { bytes, outcome } = await relayToEnd([text('Hi'), large, ...rest], options);
    const events = readEvents(bytes);
    expect(events).toHaveLength(3);
    expect(events.at(-1)?.name).toBe('error');
    expect(JSON.parse(events.at(-1)?.data ?? '')).toHaveProperty('error.code');
    expect(outcome.kind).toMatch(/^(timeout|truncated)$/);
  });
});

describe('a client that leaves', () => {
  it('makes the outcome client_abort and gets no error event', async () => {
    const aborter = new AbortController();
    async function* broken() {
      yield Buffer.from(text('Hi'));
      aborter.abort();
      throw aborter.signal.reason;
    }
    const { body, outcome } = await relay([], { source: broken(), signal: aborter.signal });
    expect((await readAll(body)).toString()).toBe(text('Hi'));
    expect(await outcome).toMatchObject({ kind: 'client_abort', errorCode: undefined });
  });

  it('counts as the one who left even where the provider then completed', async () => {
    const aborter = new AbortController();
    const { body, outcome } = await relay([text('Hi'), finish(0), done], { signal: aborter.signal });
    aborter.abort();
    await readAll(body);
    expect((await outcome).kind).toBe('client_abort');
  });

  it('ends the source where the body is given up, and keeps what was counted until then', async () => {
    let left = false;
    async function* endless() {
      try {
        yield Buffer.from(`data: {"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":5}}\n\n`);
        for (;;) yield Buffer.from(text('Hi'));
      } finally {
        left = true;
      }
    }
    const { body, outcome } = await relay([], { source: endless() });
    let seen = 0;
    for await (const _ of body) {
      seen += 1;
      if (seen === 3) break;
    }
    expect(left).toBe(true);
    expect(await outcome).toMatchObject({ kind: 'client_abort', usage: { prompt: 5 } });
  });

  it('rejects before the first byte with the fault that the source had', async () => {
    const aborter = new AbortController();
    aborter.abort();
    const toFault = (cause: unknown) => new GatewayError('client_closed_request', 'Gone.', { cause });
    const started = relay([], { fault: aborter.signal.reason, signal: aborter.signal, toFault });
    await expect(started).rejects.toMatchObject({ code: 'client_closed_request' });
  });
});
