import { describe, expect, it } from 'vitest';
import { answerDialectOf } from '../answer-dialect.ts';
import { outcomeOfAnswer } from '../buffered-answer.ts';
import { EventStreamTap } from '../event-stream-tap.ts';
import type { Endpoint } from '../provider-call.ts';

const timings = { sentAt: 1, readyAt: 2, firstTokenAt: undefined };

function ofDocument(endpoint: Endpoint, document: object) {
  return outcomeOfAnswer(endpoint, 200, document, timings).generated;
}

function ofStream(endpoint: Endpoint, events: readonly object[]) {
  const tap = new EventStreamTap({
    dialect: answerDialectOf(endpoint),
    choices: 1,
    withholdUsage: false,
    endsAtError: false,
  });
  for (const event of events) tap.push(Buffer.from(`data: ${JSON.stringify(event)}\n\n`));
  return tap.generated.read();
}

const delta = (fields: object, index = 0) => ({ choices: [{ index, delta: fields }] });
const started = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const blockDelta = (index: number, fields: object) => ({
  type: 'content_block_delta',
  index,
  delta: fields,
});

describe('what was generated is the same of a document and of a stream', () => {
  it('in a chat completion: text and refusal, reasoning, calls with their names', () => {
    const calls = [
      { id: 'call_1', function: { name: 'sum', arguments: '{"a":1}' } },
      { id: 'call_2', function: { name: 'say', arguments: '{}' } },
    ];
    const message = { content: 'Hi.', reasoning_content: 'Hm. ', refusal: null, tool_calls: calls };
    const expected = { texts: ['Hi.Hm. sum{"a":1}say{}'], length: 22, calls: 2 };
    expect(ofDocument('chat.completions', { choices: [{ index: 0, message }] })).toEqual(expected);
    const pieces = [
      { content: 'Hi' },
      { content: '.' },
      { reasoning_content: 'Hm. ' },
      { tool_calls: [{ index: 0, id: 'call_1', function: { name: 'sum', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] },
      { tool_calls: [{ index: 1, id: 'call_2', function: { name: 'say', arguments: '{}' } }] },
      { tool_calls: [{ index: 1, id: '', function: { name: '', arguments: '' } }] },
    ];
    expect(
      ofStream(
        'chat.completions',
        pieces.map((piece) => delta(piece)),
      ),
    ).toEqual(expected);
  });

  it('in a chat completion whose content has parts, and thoughts with parts of their own', () => {
    const content = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm. ' }] },
      { type: 'text', text: 'Hi.' },
    ];
    const expected = { texts: ['Hm. Hi.'], length: 7, calls: 0 };
    expect(ofDocument('chat.completions', { choices: [{ index: 0, message: { content } }] })).toEqual(
      expected,
    );
    expect(
      ofStream(
        'chat.completions',
        content.map((part) => delta({ content: [part] })),
      ),
    ).toEqual(expected);
  });

  it('in several choices, whose pieces come in turn', () => {
    const expected = { texts: ['unbelievable', 'counterexample'], length: 26, calls: 0 };
    const choices = expected.texts.map((content, index) => ({ index, message: { content } }));
    expect(ofDocument('chat.completions', { choices })).toEqual(expected);
    const events = [delta({ content: 'un' }), delta({ content: 'counter' }, 1)];
    events.push(delta({ content: 'believable' }), delta({ content: 'example' }, 1));
    expect(ofStream('chat.completions', events)).toEqual(expected);
  });

  it('in a text completion', () => {
    const choices = [
      { index: 0, text: 'one' },
      { index: 1, text: 'two' },
    ];
    const expected = { texts: ['one', 'two'], length: 6, calls: 0 };
    expect(ofDocument('completions', { choices })).toEqual(expected);
    expect(
      ofStream(
        'completions',
        choices.map((choice) => ({ choices: [choice] })),
      ),
    ).toEqual(expected);
  });

  it('in a message: text, thinking, calls with their names', () => {
    const call = { type: 'tool_use', id: 'toolu_1', name: 'sum' };
    const content = [
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'text', text: 'Hi.' },
      { ...call, input: { a: 1 } },
    ];
    const expected = { texts: ['Hm.Hi.sum{"a":1}'], length: 16, calls: 1 };
    expect(ofDocument('messages', { type: 'message', content, stop_reason: 'tool_use' })).toEqual(expected);
    const events = [
      started(0, { type: 'thinking', thinking: '' }),
      blockDelta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      started(1, { type: 'text', text: '' }),
      blockDelta(1, { type: 'text_delta', text: 'Hi.' }),
      started(2, { ...call, input: {} }),
      blockDelta(2, { type: 'input_json_delta', partial_json: '{"a"' }),
      blockDelta(2, { type: 'input_json_delta', partial_json: ':1}' }),
    ];
    expect(ofStream('messages', events)).toEqual(expected);
  });

  it('in a response: text and refusal, calls with their names', () => {
    const output = [
      {
        type: 'message',
        content: [
          { type: 'output_text', text: 'Hi.' },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
      { type: 'function_call', name: 'sum', arguments: '{"a":1}' },
      { type: 'custom_tool_call', name: 'say', input: 'it' },
    ];
    const expected = { texts: ['Hi.No.sum{"a":1}sayit'], length: 21, calls: 2 };
    expect(ofDocument('responses', { output })).toEqual(expected);
    const events = [
      { type: 'response.output_item.added', item: { type: 'message', content: [] } },
      { type: 'response.output_text.delta', delta: 'Hi.' },
      { type: 'response.refusal.delta', delta: 'No.' },
      { type: 'response.output_item.added', item: { type: 'function_call', name: 'sum', arguments: '' } },
      { type: 'response.function_call_arguments.delta', delta: '{"a":' },
      { type: 'response.function_call_arguments.delta', delta: '1}' },
      { type: 'response.output_item.added', item: { type: 'custom_tool_call', name: 'say', input: '' } },
      { type: 'response.custom_tool_call_input.delta', delta: 'it' },
      { type: 'response.completed', response: { status: 'completed', output } },
    ];
    expect(ofStream('responses', events)).toEqual(expected);
  });

  it('and is nothing of audio, which is no text', () => {
    expect(ofStream('audio.speech', [{ type: 'speech.audio.delta', audio: 'AAAA' }])).toEqual({
      texts: [],
      length: 0,
      calls: 0,
    });
  });
});
