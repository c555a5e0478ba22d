import { describe, expect, it } from 'vitest';
import type { StreamPart } from '../../../core/stream-part.ts';
import { collectAnswer } from '../collect-answer.ts';

const usage = (prompt: number, completion: number): StreamPart => ({
  type: 'usage',
  usage: { prompt, completion, cached: 0, reasoning: 0 },
  raw: { prompt },
});
const text = (given: string, choice = 0): StreamPart => ({ type: 'text-delta', choice, text: given });

describe('the parts of an answer', () => {
  it('make nothing where there are none', () => {
    expect(collectAnswer([])).toEqual({
      id: undefined,
      model: undefined,
      choices: [],
      usage: undefined,
      rawUsage: undefined,
      error: undefined,
    });
  });

  it('are put together by their choice, and the choices by their index', () => {
    const { choices } = collectAnswer([
      text('one', 1),
      text('zero '),
      text(' more', 1),
      text('more'),
      { type: 'finish', choice: 1, reason: 'length', raw: 'max_tokens' },
      { type: 'finish', choice: 0, reason: 'stop', raw: 'end_turn' },
    ]);
    expect(choices).toMatchObject([
      { index: 0, text: 'zero more', finishReason: 'stop', rawFinishReason: 'end_turn' },
      { index: 1, text: 'one more', finishReason: 'length', rawFinishReason: 'max_tokens' },
    ]);
  });

  it('have a text where one began, and none otherwise', () => {
    const textOf = (part: StreamPart) => collectAnswer([part]).choices[0]?.text;
    expect(textOf({ type: 'text-start', choice: 0 })).toBe('');
    expect(textOf({ type: 'no-output', choice: 0 })).toBeUndefined();
    expect(textOf({ type: 'reasoning-delta', choice: 0, text: 'hm' })).toBeUndefined();
  });

  it('are named by the first that says a name', () => {
    const parts: StreamPart[] = [
      { type: 'response-start', model: 'm' },
      { type: 'response-start', id: 'a', model: 'other' },
      { type: 'response-start', id: 'b' },
    ];
    expect(collectAnswer(parts)).toMatchObject({ id: 'a', model: 'm' });
  });

  it('have the usage that was said last, where a zero takes nothing back', () => {
    expect(collectAnswer([usage(10, 1), usage(0, 5)])).toMatchObject({
      usage: { prompt: 10, completion: 5 },
      rawUsage: { prompt: 0 },
    });
  });

  it('have the first error', () => {
    const error = (code: string): StreamPart => ({ type: 'error', code, message: `${code}!` });
    expect(collectAnswer([error('a'), error('b'), { type: 'response-end' }]).error).toEqual({
      code: 'a',
      message: 'a!',
    });
  });

  it('have calls by their index, with the pieces of each', () => {
    const begin = (index: number, id: string): StreamPart => ({
      type: 'tool-call-start',
      choice: 0,
      index,
      id,
      name: 'f',
      extra: { sign: id },
    });
    const piece = (index: number, json: string): StreamPart => ({
      type: 'tool-call-delta',
      choice: 0,
      index,
      arguments: json,
    });
    const parts = [
      begin(0, 'a'),
      begin(1, 'b'),
      piece(1, '{"b"'),
      piece(0, '{}'),
      piece(1, ':1}'),
      piece(7, 'x'),
    ];
    expect(collectAnswer(parts).choices[0]?.toolCalls).toEqual([
      { id: 'a', name: 'f', arguments: '{}', extra: { sign: 'a' } },
      { id: 'b', name: 'f', arguments: '{"b":1}', extra: { sign: 'b' } },
    ]);
  });

  it('have everything else in the order in which it came', () => {
    const block = (thinking: string) => ({ type: 'thinking', thinking });
    const choice = 0;
    const parts: StreamPart[] = [
      { type: 'reasoning-delta', choice, text: 'let me ' },
      { type: 'reasoning-delta', choice, text: 'see' },
      { type: 'thinking-block', choice, block: block('one') },
      { type: 'thinking-block', choice, block: block('two') },
      { type: 'image', choice, url: 'data:image/png;base64,AA' },
      { type: 'annotation', choice, annotation: { type: 'url_citation' } },
      { type: 'logprobs', choice, content: [1] },
      { type: 'logprobs', choice, content: [2, 3] },
      { type: 'provider-fields', choice, fields: { list: [1], last: 'a', once: true } },
      { type: 'provider-fields', choice, fields: { list: [2], last: 'b' } },
      { type: 'extra-content', choice, content: { google: { a: 1 } } },
      { type: 'extra-content', choice, content: { google: { b: 2 } } },
    ];
    expect(collectAnswer(parts).choices).toMatchObject([
      {
        reasoning: 'let me see',
        thinkingBlocks: [block('one'), block('two')],
        images: ['data:image/png;base64,AA'],
        annotations: [{ type: 'url_citation' }],
        logprobs: [1, 2, 3],
        providerFields: { list: [1, 2], last: 'b', once: true },
        extraContent: { google: { b: 2 } },
      },
    ]);
  });
});
