import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../core/json.ts';
import { describeAnswer } from '../describe-answer.ts';
import { MAX_BODY_BYTES } from '../describe-body.ts';

const describeBytes = (contentType: string, bytes: Buffer, length = bytes.length) =>
  describeAnswer({ contentType, bytes, length });

async function describeEvents(events: readonly (JsonObject | string)[]): Promise<unknown> {
  const text = events
    .map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
    .join('');
  return JSON.parse(await describeBytes('text/event-stream; charset=utf-8', Buffer.from(text)));
}

const chunk = (delta: JsonObject, more: JsonObject = {}) => ({
  id: 'c1',
  model: 'gpt',
  choices: [{ index: 0, delta, ...more }],
});

describe('an answer in the log', () => {
  it('is the document that it was', async () => {
    const document = { choices: [{ message: { content: 'Hi' } }] };
    const bytes = Buffer.from(JSON.stringify(document, undefined, 2));
    expect(JSON.parse(await describeBytes('application/json', bytes))).toEqual(document);
  });

  it('is its text where it is none, or not whole', async () => {
    expect(await describeBytes('text/plain', Buffer.from('A transcript.'))).toBe('A transcript.');
    expect(await describeBytes('application/json', Buffer.from('{"choices":[{"mess'), 999)).toBe(
      '{"choices":[{"mess',
    );
  });

  it('is its kind and length where it is no text', async () => {
    expect(await describeBytes('audio/mpeg', Buffer.alloc(100), 5_000)).toBe('[audio/mpeg, 5000 bytes]');
  });

  it('S7 is a stream put together, with every call by its index, its id and name from its first piece', async () => {
    const call = (index: number, json: string, more: JsonObject = {}) =>
      chunk({ tool_calls: [{ index, ...more, function: { arguments: json, ...named(more) } }] });
    const named = ({ name }: JsonObject) => (name === undefined ? {} : { name });
    const said = await describeEvents([
      chunk({ role: 'assistant', content: '' }),
      chunk({ reasoning_content: 'Let me ' }),
      chunk({ reasoning_content: 'look.' }),
      chunk({ content: 'One ' }),
      chunk({ content: 'moment.' }),
      call(0, '', { id: 'call_a', name: 'weather' }),
      call(0, '{"city":'),
      call(1, '{}', { id: 'call_b', name: 'time' }),
      call(0, '"Oslo"}'),
      chunk({}, { finish_reason: 'tool_calls' }),
      { id: 'c1', model: 'gpt', choices: [], usage: { prompt_tokens: 3, completion_tokens: 9 } },
      '[DONE]',
    ]);
    expect(said).toEqual({
      id: 'c1',
      model: 'gpt',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'One moment.',
            reasoning_content: 'Let me look.',
            tool_calls: [
              { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
              { id: 'call_b', type: 'function', function: { name: 'time', arguments: '{}' } },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 9 },
    });
  });

  it('has the error that ended a stream beside what came before it', async () => {
    const error = { message: 'Overloaded', type: 'server_error', code: null };
    expect(await describeEvents([chunk({ content: 'Hal' }), { error }])).toMatchObject({
      choices: [{ message: { content: 'Hal' }, finish_reason: null }],
      error,
    });
  });

  it('is a stream of Anthropic’s put together, block by block', async () => {
    const delta = (index: number, fields: JsonObject) => ({
      type: 'content_block_delta',
      index,
      delta: fields,
    });
    const start = (index: number, block: JsonObject) => ({
      type: 'content_block_start',
      index,
      content_block: block,
    });
    const said = await describeEvents([
      {
        type: 'message_start',
        message: { id: 'm1', role: 'assistant', content: [], usage: { input_tokens: 5, output_tokens: 1 } },
      },
      start(0, { type: 'thinking', thinking: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      delta(0, { type: 'signature_delta', signature: 'c2ln' }),
      start(1, { type: 'text', text: '' }),
      delta(1, { type: 'text_delta', text: 'It ' }),
      delta(1, { type: 'text_delta', text: 'rains.' }),
      start(2, { type: 'tool_use', id: 't1', name: 'weather', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: '{"city":' }),
      delta(2, { type: 'input_json_delta', partial_json: '"Oslo"}' }),
      { type: 'content_block_stop', index: 2 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 20 } },
      { type: 'message_stop' },
    ]);
    expect(said).toEqual({
      id: 'm1',
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
        { type: 'text', text: 'It rains.' },
        { type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Oslo' } },
      ],
      stop_reason: 'tool_use',
      usage: { output_tokens: 20 },
    });
  });

  it('is the response that the last event of its stream has', async () => {
    const response = { id: 'r1', output: [{ type: 'message', content: [{ text: 'Hi' }] }] };
    expect(
      await describeEvents([
        { type: 'response.created', response: { id: 'r1', output: [] } },
        { type: 'response.output_text.delta', delta: 'Hi' },
        { type: 'response.completed', response },
      ]),
    ).toEqual(response);
  });

  it('is what had come of a response that was cut off', async () => {
    expect(
      await describeEvents([
        { type: 'response.created', response: { id: 'r1', output: [] } },
        { type: 'response.reasoning_summary_text.delta', delta: 'Hm' },
        { type: 'response.output_text.delta', delta: 'Hel' },
        { type: 'response.output_text.delta', delta: 'lo' },
      ]),
    ).toEqual({
      id: 'r1',
      output: [],
      deltas: { 'response.reasoning_summary_text.delta': 'Hm', 'response.output_text.delta': 'Hello' },
    });
  });

  it('is put together from as much of it as was recorded', async () => {
    const text = `data: ${JSON.stringify(chunk({ content: 'first' }))}\n\ndata: {"choices":[{"ind`;
    const said = await describeBytes('text/event-stream', Buffer.from(text), 10_000);
    expect(JSON.parse(said)).toMatchObject({ choices: [{ message: { content: 'first' } }] });
  });

  it('D1 fits, however long the stream was', async () => {
    const text = `data: ${JSON.stringify(chunk({ content: '上游 ' }))}\n\n`.repeat(10_000);
    const said = await describeBytes('text/event-stream', Buffer.from(text));
    expect(Buffer.byteLength(said)).toBeLessThanOrEqual(MAX_BODY_BYTES);
    expect(JSON.parse(said)).toMatchObject({
      choices: [{ message: { content: expect.stringMatching(/^上游 上游/) } }],
    });
  });

  it('is the beginning of what nobody knows', async () => {
    expect(await describeBytes('text/event-stream', Buffer.from('data: pong\n\n'))).toBe('data: pong\n\n');
  });
});
