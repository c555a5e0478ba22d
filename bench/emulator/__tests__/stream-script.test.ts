import { expect, it } from 'vitest';
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
