import { describe, expect, it } from 'vitest';
import { inChunks, readEvents, withComments, withCrlf } from '../../../../test/support/event-stream.ts';
import type { StreamPart } from '../../../core/stream-part.ts';
import { createOpenAIEncoder } from '../openai-encoder.ts';
import { TranslatingReader, type TranslatingReaderOptions } from '../translating-reader.ts';
import { scriptedDecoder, scriptedStream } from './scripted-decoder.ts';

const head = { id: 'chatcmpl-1', model: 'm', created: 0 };
const choice = 0;
const text = (given: string, index = 0): StreamPart => ({ type: 'text-delta', choice: index, text: given });
const finish = (index = 0): StreamPart => ({ type: 'finish', choice: index, reason: 'stop', raw: 'end' });
const end: StreamPart = { type: 'response-end' };
const usage = (prompt: number, completion: number): StreamPart => ({
  type: 'usage',
  usage: { prompt, completion, cached: 0, reasoning: 0 },
  raw: {},
});

const SCRIPT: readonly (readonly StreamPart[])[] = [
  [{ type: 'response-start', id: 'a', model: 'm' }, usage(10, 0)],
  [{ type: 'text-start', choice }],
  [text('Zwölf 🌳')],
  [{ type: 'tool-call-start', choice, index: 0, id: 'c', name: 'f' }],
  [{ type: 'tool-call-delta', choice, index: 0, arguments: '{}' }],
  [finish(), usage(0, 5)],
  [end],
];

type Options = {
  readonly hasEndEvent?: boolean;
  readonly includeUsage?: boolean;
} & TranslatingReaderOptions;

function createReader(
  script = SCRIPT,
  { hasEndEvent = true, includeUsage = false, ...options }: Options = {},
) {
  return new TranslatingReader(
    scriptedDecoder(script, hasEndEvent),
    createOpenAIEncoder(head, { includeUsage }),
    options,
  );
}

/** Reads a stream to its end. */
function read(chunks: readonly Uint8Array[], script = SCRIPT, options: Options = {}) {
  const reader = createReader(script, options);
  const pushed = chunks.map((chunk) => reader.push(chunk));
  const bytes = Buffer.concat([...pushed, reader.end()]);
  return { reader, bytes, data: readEvents(bytes).map((event) => event.data) };
}

const PLAIN = read([scriptedStream(SCRIPT)]);

describe('a translated stream', () => {
  it('is OpenAI’s chunks and a [DONE]', () => {
    expect(PLAIN.data).toHaveLength(6);
    expect(PLAIN.data.at(-1)).toBe('[DONE]');
    expect(PLAIN.bytes.toString('utf8')).toMatch(/^(data: .*\n\n)+$/);
  });

  it('is known by what came in', () => {
    expect(PLAIN.reader).toMatchObject({
      finishReason: 'stop',
      usage: { prompt: 10, completion: 5, cached: 0, reasoning: 0 },
      errorCode: undefined,
      done: true,
      sawToken: true,
      isComplete: true,
      isInsideEvent: false,
    });
    expect(PLAIN.reader.generated.read()).toEqual({ texts: ['Zwölf 🌳f{}'], length: 11, calls: 1 });
  });

  it('has the usage before the [DONE] where it was asked for', () => {
    const { data } = read([scriptedStream(SCRIPT)], SCRIPT, { includeUsage: true });
    expect(data.at(-2)).toContain('"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5');
    expect(data.at(-1)).toBe('[DONE]');
  });

  it.each([1, 2, 3, 7, 64])('is the same in pieces of %i bytes, with LF, CRLF and comments', (size) => {
    const plain = scriptedStream(SCRIPT);
    for (const stream of [plain, withCrlf(plain), withComments(plain), withCrlf(withComments(plain))]) {
      expect(read(inChunks(stream, size)).bytes).toEqual(PLAIN.bytes);
    }
  });

  it('is the same with a byte order mark, CR line ends, data in several lines, and a [DONE] of the provider’s', () => {
    const plain = scriptedStream(SCRIPT).toString('utf8');
    const variants = [
      `\uFEFF${plain}`,
      plain.replaceAll('\n', '\r'),
      plain.replaceAll('data: ', 'data:'),
      plain.replaceAll('data: ', 'data: \ndata: '),
      `retry: 5\nid: 7\nunknown: x\n\n${plain}`,
      `${plain}data: [DONE]\n\n`,
    ];
    for (const variant of variants) {
      expect(read([Buffer.from(variant)]).bytes).toEqual(PLAIN.bytes);
    }
  });

  it('lets nothing out before it is whole, and each event once it is', () => {
    const reader = createReader();
    expect(reader.push(Buffer.from('event: e\ndata: 2\n'))).toHaveLength(0);
    expect(reader.sawToken).toBe(false);
    expect(reader.push(Buffer.from('\n')).toString()).toContain('Zwölf 🌳');
    expect(reader.sawToken).toBe(true);
  });

  it('counts a last event that lacks its blank line', () => {
    const bytes = scriptedStream(SCRIPT);
    expect(read([bytes.subarray(0, -2)]).bytes).toEqual(PLAIN.bytes);
  });

  it('says nothing behind its end', () => {
    const { bytes } = read([scriptedStream(SCRIPT), Buffer.from('data: 2\n\ndata: {"bro\n\n')]);
    expect(bytes).toEqual(PLAIN.bytes);
  });

  it('has not begun to answer with what is no output', () => {
    const script: StreamPart[][] = [
      [{ type: 'response-start' }, { type: 'text-start', choice }, { type: 'no-output', choice }],
    ];
    expect(read([scriptedStream(script)], script).reader.sawToken).toBe(false);
  });
});

describe('the end of a translated stream', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])('is none where the provider’s stream is cut behind %i events', (events) => {
    const script = SCRIPT.slice(0, events);
    const { reader, data } = read([scriptedStream(script)]);
    expect(data).not.toContain('[DONE]');
    expect(reader).toMatchObject({ done: false, isComplete: false, errorCode: undefined });
  });

  it('is none where half an event is left', () => {
    const cut = Buffer.concat([scriptedStream(SCRIPT.slice(0, 3)), Buffer.from('event: e\ndata: {"tex')]);
    const { reader, data } = read([cut]);
    expect(data).not.toContain('[DONE]');
    expect(reader).toMatchObject({ done: false, errorCode: undefined });
  });

  it('is the finish reason of every choice where the dialect has no end event, whatever comes behind', () => {
    const script = [[text('a'), text('b', 1)], [finish(1)], [finish()], [usage(1, 2)]];
    const options = { hasEndEvent: false, includeUsage: true };
    const { reader, data } = read([scriptedStream(script)], script, options);
    expect(reader).toMatchObject({ done: true, isComplete: true });
    expect(data.at(-2)).toContain('"total_tokens":3');
    const cut = read([scriptedStream(script.slice(0, 2))], script, options);
    expect(cut.reader).toMatchObject({ done: false, isComplete: false });
    expect(cut.data).not.toContain('[DONE]');
  });

  it('is none before every choice that was asked for has come, where the dialect has no end event', () => {
    const script = [[text('a')], [finish()]];
    const options = { hasEndEvent: false, choices: 2 };
    const { reader, data } = read([scriptedStream(script)], script, options);
    expect(reader).toMatchObject({ done: false, isComplete: false });
    expect(data).not.toContain('[DONE]');
    const both = [...script, [text('b', 1), finish(1)]];
    expect(read([scriptedStream(both)], both, options).reader).toMatchObject({
      done: true,
      isComplete: true,
    });
  });

  it('is the provider’s own, with fewer choices than were asked for', () => {
    expect(read([scriptedStream(SCRIPT)], SCRIPT, { choices: 2 }).reader).toMatchObject({ done: true });
  });

  it('is none of an answer that ends without a finish reason', () => {
    const script = [[text('a')], [end]];
    expect(read([scriptedStream(script)], script).reader).toMatchObject({ done: false, isComplete: false });
    expect(read([], [], { hasEndEvent: false }).reader).toMatchObject({ done: false, isComplete: false });
  });

  it('needs the end event, even behind a finish reason', () => {
    const script = [[text('a')], [finish()]];
    expect(read([scriptedStream(script)], script).reader).toMatchObject({ done: false, isComplete: false });
  });
});

describe('a translated stream that fails', () => {
  const failing: StreamPart[][] = [
    [text('a')],
    [text('b'), { type: 'error', code: 'overloaded_error', message: 'Overloaded' }],
    [text('c')],
    [finish()],
    [end],
  ];

  it('ends with an error event, and nothing behind it', () => {
    const { reader, bytes } = read([scriptedStream(failing)], failing);
    const events = readEvents(bytes);
    expect(events.at(-1)?.name).toBe('error');
    expect(JSON.parse(events.at(-1)?.data ?? '')).toEqual({
      error: { message: 'Overloaded', type: 'api_error', param: null, code: 'overloaded_error' },
    });
    expect(bytes.toString()).toContain('"content":"b"');
    expect(bytes.toString()).not.toContain('"content":"c"');
    expect(bytes.toString()).not.toContain('[DONE]');
    expect(reader).toMatchObject({ errorCode: 'overloaded_error', errorMessage: 'Overloaded', done: false });
    expect(reader.push(Buffer.from('data: 0\n\n'))).toHaveLength(0);
    expect(reader.end()).toHaveLength(0);
  });

  it('tells nothing that must not be told', () => {
    const script: StreamPart[][] = [[{ type: 'error', code: 'bad sk-key', message: 'Bad key sk-key.' }]];
    const redact = (told: string) => told.replaceAll('sk-key', '[redacted]');
    const { reader, bytes } = read([scriptedStream(script)], script, { redact });
    expect(bytes.toString()).not.toContain('sk-key');
    expect(reader).toMatchObject({ errorCode: 'bad [redacted]', errorMessage: 'Bad key [redacted].' });
  });

  it('keeps of what was generated the beginning and the length', () => {
    const script = Array.from({ length: 4 }, () => [text('x'.repeat(100_000))]);
    const { reader } = read([scriptedStream(script)], script);
    const { texts, length } = reader.generated.read();
    expect(length).toBe(400_000);
    expect(texts.map((kept) => kept.length)).toEqual([256 * 1024]);
  });

  it('is one with an event that is not JSON', () => {
    const { reader, data } = read([Buffer.from('data: 2\n\ndata: {"bro\n\ndata: 3\n\n')]);
    expect(reader.errorCode).toBe('upstream_invalid_response');
    expect(data.at(-1)).toContain('not JSON');
  });

  it('is one with an event that is too large to be held', () => {
    const reader = createReader();
    reader.push(Buffer.from('data: 2\n\ndata: "'));
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const out = Array.from({ length: 18 }, () => reader.push(piece));
    expect(reader.errorCode).toBe('upstream_invalid_response');
    expect(Buffer.concat(out).toString()).toContain('too large');
    expect(reader.push(Buffer.from('"\n\n'))).toHaveLength(0);
    expect(reader.end()).toHaveLength(0);
  });

  it('is none with events that are JSON, but nothing that the dialect knows', () => {
    const { reader } = read([
      Buffer.from('data: null\n\ndata: "x"\n\ndata: []\n\ndata:\n\n'),
      scriptedStream(SCRIPT),
    ]);
    expect(reader).toMatchObject({ done: true, errorCode: undefined });
  });
});
