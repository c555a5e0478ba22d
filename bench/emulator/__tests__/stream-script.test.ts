import { describe, expect, it } from 'vitest';
import type { StreamReply } from '../dialect.ts';
import { writeStreamScript } from '../stream-script.ts';

const reply: StreamReply = {
  kind: 'stream',
  framing: 'sse',
  status: 200,
  headers: [],
  content: [{ event: 'delta', data: '{"text":"a"}' }],
  closing: [{ event: 'stop', data: '{}' }],
  done: undefined,
  failure: { event: 'error', data: '{"error":"x"}' },
};

it('names the events of a dialect that does, and adds no end marker of its own', () => {
  expect(writeStreamScript(reply, {})).toEqual({
    frames: ['event: delta\ndata: {"text":"a"}\n\n', 'event: stop\ndata: {}\n\n'],
    ending: 'end',
  });
});

it('keeps the name of a broken event', () => {
  const { frames } = writeStreamScript(reply, { badJson: true, afterEvents: 0 });
  expect(frames[0]).toBe('event: delta\ndata: {"text\n\n');
});

it('fails in the dialect', () => {
  const { frames } = writeStreamScript(reply, { errorMidStream: true, afterEvents: 1 });
  expect(frames[1]).toBe('event: error\ndata: {"error":"x"}\n\n');
});

describe('one array', () => {
  const array: StreamReply = { ...reply, framing: 'json-array' };

  it('has an element for each event, and its end', () => {
    const { frames } = writeStreamScript(array, {});
    expect(frames).toEqual(['[{"text":"a"}\n', ',\r\n{}\n', ']']);
  });

  it.each([[{ cut: 'reset' }], [{ cut: 'clean' }], [{ hang: 'mid_stream' }], [{ noDone: true }]] as const)(
    'has no end under %j',
    (directive) => {
      expect(writeStreamScript(array, { afterEvents: 1, ...directive }).frames).not.toContain(']');
    },
  );

  it('is sound with an error in it', () => {
    const { frames } = writeStreamScript(array, { errorMidStream: true, afterEvents: 1 });
    expect(JSON.parse(frames.join(''))).toEqual([{ text: 'a' }, { error: 'x' }]);
  });

  it('is empty without events', () => {
    expect(writeStreamScript({ ...array, content: [], closing: [] }, {}).frames).toEqual(['[]']);
  });
});

it('ends its lines as the provider does where nothing else is said', () => {
  const crlf: StreamReply = { ...reply, framing: 'sse-crlf' };
  expect(writeStreamScript(crlf, {}).frames[0]).toBe('event: delta\r\ndata: {"text":"a"}\r\n\r\n');
  expect(writeStreamScript(crlf, { crlf: false }).frames[0]).toBe('event: delta\ndata: {"text":"a"}\n\n');
});
