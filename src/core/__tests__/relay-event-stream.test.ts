import { describe, expect, it } from 'vitest';
import { readAll, readEvents, sourceOf } from '../../../test/support/event-stream.ts';
import { type TappedRelayOptions, tappedRelay } from '../../../test/support/tapped-relay.ts';
import { relayEventStream } from '../relay-event-stream.ts';

const role =
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n';
const text = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
const finish = (index: number, reason = 'stop') =>
  `data: ${JSON.stringify({ choices: [{ index, delta: {}, finish_reason: reason }] })}\n\n`;
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}\n\n';
const error = 'data: {"error":{"code":"server_error","message":"broken"}}\n\n';
const done = 'data: [DONE]\n\n';

function relay(chunks: readonly string[], options: TappedRelayOptions = {}) {
  return relayEventStream(
    tappedRelay(sourceOf(chunks), {
      ...options,
    }),
  );
}

async function relayToEnd(chunks: readonly string[], options: TappedRelayOptions = {}) {
  const { body, outcome } = await relay(chunks, options);
  const bytes = await readAll(body);
  return { bytes, text: bytes.toString('utf8'), outcome: await outcome };
}

describe('a stream that ends well', () => {
  it('passes unchanged and counts as success', async () => {
    const stream = role + text('Hi') + finish(0) + usage + done;
    const { text: out, outcome } = await relayToEnd([stream.slice(0, 100), stream.slice(100)]);
    expect(out).toBe(stream);
    expect(outcome).toMatchObject({
      kind: 'success',
      finishReason: 'stop',
      errorCode: undefined,
      usage: { prompt: 3, completion: 4, cached: 0, reasoning: 0 },
    });
  });

  it('loses the usage frame that the client did not ask for, whose counts stay known', async () => {
    const { text: out, outcome } = await relayToEnd([role, text('Hi'), finish(0), usage, done], {
      withholdUsage: true,
    });
    expect(out).toBe(role + text('Hi') + finish(0) + done);
    expect(outcome.usage?.completion).toBe(4);
  });

  it('times the first byte and the first token apart, the role chunk being no token', async () => {
    const before = performance.now();
    let tokenGivenAt = 0;
    async function* slowToken() {
      yield Buffer.from(role);
      yield Buffer.from(': waiting\n\n');
      tokenGivenAt = performance.now();
      yield Buffer.from(text('Hi') + finish(0) + done);
    }
    const { body, outcome } = await relay([], { source: slowToken(), sentAt: 42 });
    await readAll(body);
    const { timings } = await outcome;
    expect(timings?.sentAt).toBe(42);
    expect(timings?.readyAt).toBeGreaterThanOrEqual(before);
    expect(timings?.readyAt).toBeLessThanOrEqual(tokenGivenAt);
    expect(timings?.firstTokenAt).toBeGreaterThanOrEqual(tokenGivenAt);
  });

  it('has no first token where nothing was generated', async () => {
    const { outcome } = await relayToEnd([role, finish(0, 'length'), done]);
    expect(outcome).toMatchObject({ kind: 'success', timings: { firstTokenAt: undefined } });
  });

  it("counts an error's name as finish reason as the provider's fault", async () => {
    const { outcome } = await relayToEnd([text('Hi'), finish(0, 'server_error'), done]);
    expect(outcome).toMatchObject({ kind: 'upstream_error', finishReason: 'server_error' });
  });

  it('counts an end marker without a finish reason as truncated, and leaves the bytes alone', async () => {
    const { text: out, outcome } = await relayToEnd([text('Hi'), done]);
    expect(out).toBe(text('Hi') + done);
    expect(outcome.kind).toBe('truncated');
  });
});

describe('a stream whose provider leaves out the end marker', () => {
  it('gets it, in the strict manner, once all choices are finished', async () => {
    const { text: out, outcome } = await relayToEnd([text('Hi'), finish(0)]);
    expect(out).toBe(text('Hi') + finish(0) + done);
    expect(outcome.kind).toBe('success');
  });

  it('does not get it in the verbatim manner', async () => {
    const { text: out, outcome } = await relayToEnd([text('Hi'), finish(0)], { manner: 'verbatim' });
    expect(out).toBe(text('Hi') + finish(0));
    expect(outcome.kind).toBe('success');
  });

  it.each([
    ['nothing', ''],
    ['one line end', '\n'],
    ['one CRLF', '\r\n'],
  ])('gets it as an event of its own where the last event ends with %s', async (_, end) => {
    const { bytes } = await relayToEnd([text('Hi'), `${finish(0).trimEnd()}${end}`]);
    expect(readEvents(bytes).map(({ data }) => data)).toEqual([
      text('Hi').slice(6).trim(),
      finish(0).slice(6).trim(),
      '[DONE]',
    ]);
  });

  it('gets it as an event of its own where the usage frame was cut in half', async () => {
    const { bytes, outcome } = await relayToEnd([text('Hi'), finish(0), usage.slice(0, 40)]);
    const events = readEvents(bytes).map(({ data }) => data);
    expect(events.at(-1)).toBe('[DONE]');
    expect(events.slice(0, 2)).toEqual([text('Hi').slice(6).trim(), finish(0).slice(6).trim()]);
    expect(outcome.kind).toBe('success');
  });

  it('gets one end marker, not two, where it had one without a blank line', async () => {
    const { text: out } = await relayToEnd([text('Hi'), finish(0), 'data: [DONE]']);
    expect(out.split('[DONE]')).toHaveLength(2);
  });
});

describe('an error event of the provider', () => {
  it('rejects as the first event, so that the client gets a status', async () => {
    await expect(relay([error, done])).rejects.toMatchObject({
      code: 'upstream_stream_error',
      message: expect.stringContaining('server_error'),
    });
  });

  it('rejects where it comes with events that have not gone out yet', async () => {
    await expect(relay([role + error])).rejects.toMatchObject({ code: 'upstream_stream_error', status: 502 });
  });

  it('rejects as the first event behind comments that came in the same piece, however small the pieces', async () => {
    await expect(relay([...`${error}`])).rejects.toMatchObject({ code: 'upstream_stream_error' });
  });

  it('ends the stream: nothing after it, no end marker', async () => {
    const { text: out, outcome } = await relayToEnd([role, text('Hi'), error, text('more'), finish(0), done]);
    expect(out).toBe(role + text('Hi') + error);
    expect(outcome).toMatchObject({ kind: 'upstream_error', errorCode: 'server_error' });
  });

  it('ends the stream within its piece, and ends the source', async () => {
    let left = false;
    async function* endless() {
      try {
        yield Buffer.from(role);
        yield Buffer.from(error + text('more') + done);
        yield Buffer.from(text('never asked for'));
      } finally {
        left = true;
      }
    }
    const { body, outcome } = await relay([], { source: endless() });
    expect((await readAll(body)).toString()).toBe(role + error);
    expect((await outcome).kind).toBe('upstream_error');
    expect(left).toBe(true);
  });

  it('is a fault even after the finish reason', async () => {
    const { outcome } = await relayToEnd([text('Hi'), finish(0), error, done]);
    expect(outcome).toMatchObject({ kind: 'upstream_error', errorCode: 'server_error' });
  });

  it('passes with all that follows in the verbatim manner, and counts as a fault', async () => {
    const { text: out, outcome } = await relayToEnd([error, done], { manner: 'verbatim' });
    expect(out).toBe(error + done);
    expect(outcome).toMatchObject({ kind: 'upstream_error', errorCode: 'server_error' });
  });
});
