import { describe, expect, it } from 'vitest';
import { answerDialectOf } from '../answer-dialect.ts';
import { EventStreamTap, type TapOptions } from '../event-stream-tap.ts';
import type { JsonObject } from '../json.ts';

const MEBIBYTE = 1024 * 1024;
const role =
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n';
const text = (content: string, index = 0) =>
  `data: ${JSON.stringify({ choices: [{ index, delta: { content } }] })}\n\n`;
const finish = (index: number, reason: string) =>
  `data: ${JSON.stringify({ choices: [{ index, delta: {}, finish_reason: reason }] })}\n\n`;
const usage = (prompt: number, completion: number) =>
  `data: {"choices":[],"usage":{"prompt_tokens":${prompt},"completion_tokens":${completion}}}\n\n`;
const error = 'data: {"error":{"code":"server_error","message":"broken"}}\n\n';
const done = 'data: [DONE]\n\n';

const createTap = (options: Partial<TapOptions> = {}) =>
  new EventStreamTap({
    dialect: answerDialectOf('chat.completions'),
    choices: 1,
    withholdUsage: false,
    endsAtError: false,
    ...options,
  });

/** Pushes each chunk and gives what came out, as text. */
function pushAll(tap: EventStreamTap, ...chunks: string[]): string {
  const out = chunks.map((chunk) => tap.push(Buffer.from(chunk)));
  return Buffer.concat([...out, tap.end()]).toString('utf8');
}

describe('what it releases', () => {
  it('holds half an event back until the rest is there', () => {
    const tap = createTap();
    expect(Buffer.from(tap.push(Buffer.from(`${role}data: {"choi`))).toString()).toBe(role);
    expect(Buffer.from(tap.push(Buffer.from('ces":[]}\n'))).toString()).toBe('');
    expect(Buffer.from(tap.push(Buffer.from('\n'))).toString()).toBe('data: {"choices":[]}\n\n');
    expect(tap.end()).toHaveLength(0);
  });

  it.each([
    ['LF', '\n\n'],
    ['CRLF', '\r\n\r\n'],
    ['LF and CRLF mixed', '\n\r\n'],
  ])('ends an event at a blank line of %s, split anywhere', (_, blankLine) => {
    const event = `data: {"choices":[]}${blankLine}`;
    for (let at = 1; at < event.length; at += 1) {
      const tap = createTap();
      expect(tap.push(Buffer.from(event.slice(0, at)))).toHaveLength(0);
      expect(Buffer.from(tap.push(Buffer.from(event.slice(at)))).toString()).toBe(event);
    }
  });

  it('gives what is left at the end, unchanged', () => {
    const tap = createTap();
    expect(pushAll(tap, role, 'data: {"half')).toBe(`${role}data: {"half`);
  });

  it('reads a last event that lacks its blank line', () => {
    const tap = createTap();
    expect(pushAll(tap, text('Hi'), finish(0, 'stop'), 'data: [DONE]')).toContain('data: [DONE]');
    expect(tap.done).toBe(true);
  });

  it('keeps the usage frame back and nothing else', () => {
    const tap = createTap({ withholdUsage: true });
    expect(pushAll(tap, role + text('Hi') + finish(0, 'stop') + usage(3, 4) + done)).toBe(
      role + text('Hi') + finish(0, 'stop') + done,
    );
    expect(tap.usage).toEqual({ prompt: 3, completion: 4, cached: 0, reasoning: 0 });
  });

  it('keeps a usage frame back that came before the first token or lacks its blank line', () => {
    expect(pushAll(createTap({ withholdUsage: true }), usage(3, 0) + text('Hi'))).toBe(text('Hi'));
    expect(pushAll(createTap({ withholdUsage: true }), text('Hi'), usage(3, 1).trimEnd())).toBe(text('Hi'));
  });

  it('lets usage through that rides on a choice', () => {
    const event = 'data: {"choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":3}}\n\n';
    const tap = createTap({ withholdUsage: true });
    expect(pushAll(tap, text('Hi'), event)).toBe(text('Hi') + event);
    expect(tap.usage?.prompt).toBe(3);
  });

  it('keeps back what follows an error event, where asked to', () => {
    const stream = text('Hi') + error + text('more') + done;
    const tap = createTap({ endsAtError: true });
    expect(pushAll(tap, stream)).toBe(text('Hi') + error);
    expect(tap).toMatchObject({ errorCode: 'server_error', done: false });
    expect(pushAll(createTap(), stream)).toBe(stream);
  });

  it('releases bytes of its own chunk, also where the chunk is a view into a larger buffer', () => {
    const pool = Buffer.from(`xx${role}yy`);
    expect(
      Buffer.from(createTap().push(new Uint8Array(pool.buffer, pool.byteOffset + 2, role.length))).toString(),
    ).toBe(role);
  });
});

describe('what must not be told', () => {
  const redact = (data: JsonObject): JsonObject =>
    JSON.stringify(data).includes('key') ? { error: { code: 'clean' } } : data;

  it('is taken out of an error event, whose other lines stay, and out of nothing else', () => {
    const tap = createTap({ redact, endsAtError: true });
    const leaking = 'event: error\nid: 7\ndata: {"error":{"code":"key",\ndata: "message":"key"}}\n\n';
    expect(pushAll(tap, text('key') + leaking)).toBe(
      `${text('key')}event: error\nid: 7\ndata: {"error":{"code":"clean"}}\n\n`,
    );
    expect(tap.errorCode).toBe('clean');
  });

  it('is taken out of an error event that lacks its blank line', () => {
    const tap = createTap({ redact });
    expect(pushAll(tap, text('Hi'), 'data: {"error":{"code":"key"}}')).toBe(
      `${text('Hi')}data: {"error":{"code":"clean"}}\n\n`,
    );
  });

  it('is taken out of an event that is no JSON object, and out of a comment', () => {
    const tap = createTap({ redactText: (words) => words.replaceAll('key', '…') });
    const words = 'event: error\r\ndata: bad key\r\n\r\n: key\n\ndata: "key"\n\n';
    expect(pushAll(tap, text('key') + words)).toBe(text('key') + words.replaceAll('key', '…'));
  });

  it('leaves the bytes of an error event alone that is clean', () => {
    const odd = 'data:{"error" : {"code":"server_error"}}\r\n\r\n';
    expect(pushAll(createTap({ redact }), text('Hi') + odd)).toBe(text('Hi') + odd);
  });
});

describe('what it reads', () => {
  it('keeps the finish reason that came last', () => {
    const tap = createTap();
    pushAll(tap, text('a') + finish(1, 'length'));
    expect(tap.finishReason).toBe('length');
    pushAll(tap, finish(0, 'stop'));
    expect(tap.finishReason).toBe('stop');
  });

  it('is complete when every choice that began has its finish reason', () => {
    const tap = createTap();
    expect(tap.isComplete).toBe(false);
    pushAll(tap, text('a') + text('b', 1));
    expect(tap.isComplete).toBe(false);
    pushAll(tap, finish(1, 'length') + finish(1, 'length'));
    expect(tap.isComplete).toBe(false);
    pushAll(tap, finish(0, 'stop'));
    expect(tap.isComplete).toBe(true);
  });

  it('is complete with one choice where the provider ignores that more were asked for', () => {
    const tap = createTap();
    pushAll(tap, text('a') + finish(0, 'stop'));
    expect(tap.isComplete).toBe(true);
  });

  it('is not complete before all choices that were asked for have come, unless the provider says that it ended', () => {
    const tap = createTap({ choices: 2 });
    pushAll(tap, text('a') + finish(0, 'stop'));
    expect(tap.isComplete).toBe(false);
    pushAll(tap, done);
    expect(tap.isComplete).toBe(true);
  });

  it('is complete with the last of the choices that were asked for', () => {
    const tap = createTap({ choices: 2 });
    pushAll(tap, text('a') + finish(0, 'stop') + text('b', 1));
    expect(tap.isComplete).toBe(false);
    pushAll(tap, finish(1, 'stop'));
    expect(tap.isComplete).toBe(true);
  });

  it('is not complete at an end marker that comes before a finish reason', () => {
    const tap = createTap({ choices: 2 });
    pushAll(tap, text('a') + text('b', 1) + finish(0, 'stop') + done);
    expect(tap.isComplete).toBe(false);
    const bare = createTap();
    pushAll(bare, done);
    expect(bare.isComplete).toBe(false);
  });

  it('keeps of a long text its beginning and its length', () => {
    const tap = createTap();
    for (let pieces = 0; pieces < 10; pieces += 1) tap.push(Buffer.from(text('x'.repeat(100_000))));
    expect(tap.generated.read()).toEqual({
      texts: ['x'.repeat(256 * 1024)],
      length: 1_000_000,
      calls: 0,
    });
  });

  it('is not complete where a choice began behind the first token of another one', () => {
    const tap = createTap();
    pushAll(tap, text('a') + text('a') + finish(0, 'stop') + text('b', 1));
    expect(tap.isComplete).toBe(false);
  });

  it('sees the first token, and none in the role chunk', () => {
    const tap = createTap();
    tap.push(Buffer.from(role));
    expect(tap.sawToken).toBe(false);
    tap.push(Buffer.from(text('Hi')));
    expect(tap.sawToken).toBe(true);
  });

  it('never lets zeros overwrite counts, and lets later counts win', () => {
    const tap = createTap();
    pushAll(tap, text('Hi') + usage(0, 0));
    expect(tap.usage).toEqual({ prompt: 0, completion: 0, cached: 0, reasoning: 0 });
    pushAll(tap, usage(15, 1) + usage(0, 0));
    expect(tap.usage).toMatchObject({ prompt: 15, completion: 1 });
    pushAll(tap, usage(13, 9));
    expect(tap.usage).toMatchObject({ prompt: 13, completion: 9 });
    pushAll(tap, usage(0, 10));
    expect(tap.usage).toMatchObject({ prompt: 13, completion: 10 });
  });

  it('keeps the first error code', () => {
    const tap = createTap();
    pushAll(tap, error + error.replace('server_error', 'second'));
    expect(tap.errorCode).toBe('server_error');
  });

  it.each([
    ['"usage":{"prompt_tokens":99}'],
    ['"finish_reason":"stop"'],
    ['"error":{"code":"server_error"}'],
    ['data: [DONE]\n\n'],
    ['[DONE]'],
    ['usage'],
    ['\\"usage\\":{'],
  ])('takes %j for content where it stands inside a JSON string', (content) => {
    const tap = createTap({ withholdUsage: true, endsAtError: true });
    const stream = text(content) + text(content) + text('end');
    expect(pushAll(tap, stream)).toBe(stream);
    expect(tap).toMatchObject({
      usage: undefined,
      finishReason: undefined,
      errorCode: undefined,
      done: false,
      isComplete: false,
    });
  });

  it.each([
    ['no space behind the colon', 'data:[DONE]\n\n'],
    ['an id', 'id: 7\ndata: [DONE]\n\n'],
    ['a comment right before it', ': OPENROUTER PROCESSING\ndata: [DONE]\n\n'],
    ['a name right before it', 'event: thread.completion.done\ndata: [DONE]\n\n'],
    ['CRLF', 'data: [DONE]\r\n\r\n'],
  ])('sees the end marker with %s', (_, marker) => {
    const tap = createTap();
    pushAll(tap, text('Hi') + finish(0, 'stop') + marker);
    expect(tap.done).toBe(true);
  });

  it('reads keys with spaces round the colon, and data over several lines', () => {
    const tap = createTap();
    const event =
      'data: {"choices" : [{"index" : 0,\ndata: "finish_reason" : "stop"}],\ndata: "usage" : null}\n\n';
    pushAll(tap, text('Hi') + event);
    expect(tap.finishReason).toBe('stop');
    expect(tap.usage).toBeUndefined();
  });

  it('passes over events that are no JSON, have no data or are comments', () => {
    const odd = ': keep-alive\n\nevent: ping\n\ndata: not json "usage":1\n\ndata:\n\nretry: 5\n\n';
    const tap = createTap({ withholdUsage: true, endsAtError: true });
    expect(pushAll(tap, odd + text('Hi') + odd + finish(0, 'stop'))).toBe(
      odd + text('Hi') + odd + finish(0, 'stop'),
    );
    expect(tap).toMatchObject({ finishReason: 'stop', errorCode: undefined, usage: undefined });
  });
});

describe('an event above the hold limit', () => {
  const head = `data: {"usage":{"prompt_tokens":7},"choices":[{"index":0,"finish_reason":"stop","delta":{"content":"`;
  const filling = 'x'.repeat(MEBIBYTE);

  it('passes uninspected, and what follows is inspected again', () => {
    const tap = createTap({ withholdUsage: true });
    const chunks = [
      text('Hi'),
      head,
      ...Array.from({ length: 9 }, () => filling),
      '"}}]}\n\n',
      usage(1, 2) + done,
    ];
    expect(pushAll(tap, ...chunks)).toBe([...chunks.slice(0, -1), done].join(''));
    expect(tap).toMatchObject({ finishReason: undefined, done: true, usage: { prompt: 1, completion: 2 } });
    expect(tap.isInsideEvent).toBe(false);
  });

  it('is held back piece by piece as it is in one, however small the pieces', () => {
    const tap = createTap();
    const large = text('x'.repeat(MEBIBYTE));
    const bytes = Buffer.from(large + large);
    const out: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 1_021) out.push(tap.push(bytes.subarray(at, at + 1_021)));
    expect(Buffer.concat([...out, tap.end()]).equals(bytes)).toBe(true);
    expect(tap.generated.read().length).toBe(2 * MEBIBYTE);
  });

  it('is held back up to the limit and released above it', () => {
    const tap = createTap();
    expect(tap.push(Buffer.alloc(4 * MEBIBYTE, 'x'))).toHaveLength(0);
    expect(tap.isInsideEvent).toBe(false);
    // All but what may be the beginning of a blank line.
    expect(tap.push(Buffer.from('x')).length).toBeGreaterThan(4 * MEBIBYTE - 4);
    expect(tap.isInsideEvent).toBe(true);
  });

  it.each([
    ['LF LF', '\n', '\n'],
    ['CRLF CRLF', '\r\n', '\r\n'],
    ['CRLF CR, LF', '\r\n\r', '\n'],
  ])('ends at a blank line of which one half was released already: %s', (_, before, after) => {
    const tap = createTap({ withholdUsage: true });
    const rest = `${after}${usage(1, 2)}${done}`;
    const out = pushAll(tap, text('Hi'), `data: ${'x'.repeat(5 * MEBIBYTE)}${before}`, rest);
    expect(tap.done).toBe(true);
    expect(tap.usage).toMatchObject({ prompt: 1, completion: 2 });
    expect(out.endsWith(`${before}${after}${done}`)).toBe(true);
  });

  it('counts as cut where the stream ends inside it', () => {
    const tap = createTap();
    pushAll(tap, head, ...Array.from({ length: 5 }, () => filling), 'the rest');
    expect(tap.isInsideEvent).toBe(true);
  });
});
