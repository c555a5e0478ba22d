import { describe, expect, it } from 'vitest';
import { emulate, post, startEmulator, typedEvents } from './test-emulator.ts';

const model = 'gpt-4o-mini';
const tool = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const calls = { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Oslo"}' }] };

async function respond(fields: object) {
  const { status, text } = await post(await startEmulator(), '/responses', { model, ...fields });
  return { status, text };
}

async function responseTo(fields: object): Promise<unknown> {
  const { text } = await respond(fields);
  return JSON.parse(text);
}

const message = (said: string, status = 'completed') => ({
  type: 'message',
  role: 'assistant',
  status,
  content: [{ type: 'output_text', annotations: [], logprobs: [], text: said }],
});

describe('responses', () => {
  it('say something, with the settings they were made with', async () => {
    const settings = { instructions: 'Be brief', temperature: 0, metadata: { team: 'a' }, store: false };
    expect(await responseTo({ input: 'Hello there', ...settings })).toMatchObject({
      object: 'response',
      model,
      status: 'completed',
      error: null,
      incomplete_details: null,
      output: [message('You said: Hello there')],
      ...settings,
      usage: { input_tokens: 8, output_tokens: 4, total_tokens: 12 },
    });
  });

  it('answer the last message of the user', async () => {
    const input = [
      { role: 'user', content: 'One' },
      { role: 'assistant', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Two' }] },
    ];
    expect(await responseTo({ input })).toMatchObject({ output: [message('You said: Two')] });
  });

  it.each([
    ['as a directive says', { input: emulate(calls) }, '{"city":"Oslo"}'],
    ['where one is required', { input: 'Weather?', tool_choice: 'required' }, '{"city":"text"}'],
    [
      'by name',
      { input: 'Weather?', tool_choice: { type: 'function', name: 'get_weather' } },
      '{"city":"text"}',
    ],
  ])('call a function %s', async (_name, fields, given) => {
    expect(await responseTo({ tools: [tool], ...fields })).toMatchObject({
      output: [{ type: 'function_call', name: 'get_weather', arguments: given, status: 'completed' }],
    });
  });

  it('go on when a function has answered', async () => {
    const input = [
      { role: 'user', content: emulate(calls) },
      { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'minus four' },
    ];
    expect(await responseTo({ input, tools: [tool] })).toMatchObject({
      output: [message('The tool said: minus four')],
    });
  });

  it('show their reasoning, sealed where that is asked for', async () => {
    const input = emulate({ reasoning: 'hm hm', text: 'done' });
    const summary = [{ type: 'summary_text', text: 'hm hm' }];
    expect(await responseTo({ input, include: ['reasoning.encrypted_content'] })).toMatchObject({
      output: [{ type: 'reasoning', summary, encrypted_content: expect.any(String) }, message('done')],
      usage: { output_tokens: 3, output_tokens_details: { reasoning_tokens: 2 } },
    });
    const plain = await responseTo({ input });
    expect(JSON.stringify(plain)).not.toContain('encrypted_content');
  });

  it('follow a schema', async () => {
    const schema = { type: 'object', properties: { roots: { type: 'integer' } }, required: ['roots'] };
    const text = { format: { type: 'json_schema', name: 'tree', schema } };
    expect(await responseTo({ input: 'A tree', text })).toMatchObject({ output: [message('{"roots":1}')] });
  });

  it.each([
    [
      'at the token limit',
      { input: emulate({ text: 'a '.repeat(20).trim() }), max_output_tokens: 16 },
      'a '.repeat(16).trim(),
      'max_output_tokens',
    ],
    [
      'by the filter',
      { input: emulate({ text: 'no', finishReason: 'content_filter' }) },
      'no',
      'content_filter',
    ],
  ])('are incomplete %s', async (_name, fields, said, reason) => {
    expect(await responseTo(fields)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason },
      output: [message(said, 'incomplete')],
    });
  });

  it('fail with an error in them', async () => {
    const input = emulate({ finishReason: 'failed', errorMessage: 'Lightning' });
    expect(await responseTo({ input })).toMatchObject({
      status: 'failed',
      error: { code: 'server_error', message: 'Lightning' },
      usage: null,
    });
  });

  it.each([
    ['no input', {}, 'input', 'missing_required_parameter'],
    ['an unknown parameter', { input: 'a', vendor: 1 }, 'vendor', 'unknown_parameter'],
    ['an unknown role', { input: [{ role: 'robot', content: 'a' }] }, 'input[0].role', 'invalid_value'],
    [
      'a part without its text',
      { input: [{ role: 'user', content: [{ type: 'input_text' }] }] },
      'input[0].content[0].text',
      'missing_required_parameter',
    ],
    [
      'a content of another type',
      { input: [{ role: 'user', content: 5 }] },
      'input[0].content',
      'invalid_type',
    ],
    ['an unknown kind of item', { input: [{ type: 'robot' }] }, 'input[0].type', 'invalid_value'],
    ['too few tokens', { input: 'a', max_output_tokens: 1 }, 'max_output_tokens', 'integer_below_min_value'],
    [
      'a tool without a name',
      { input: 'a', tools: [{ type: 'function' }] },
      'tools[0].name',
      'missing_required_parameter',
    ],
    [
      'a stray result',
      { input: [{ type: 'function_call_output', call_id: 'c', output: 'x' }] },
      'input',
      null,
    ],
    [
      'a call without its result',
      { input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }] },
      'input',
      null,
    ],
  ])('refuse %s', async (_name, fields, param, code) => {
    const { status, text } = await respond(fields);
    expect(status).toBe(400);
    const body: unknown = JSON.parse(text);
    expect(body).toMatchObject({ error: { type: 'invalid_request_error', param, code } });
  });
});

describe('a streamed response', () => {
  const stream = async (fields: object) => typedEvents((await respond({ stream: true, ...fields })).text);

  it('tells each item from its beginning to its end, and has no end marker', async () => {
    const events = await stream({ input: emulate({ text: 'one two three four' }) });
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()]);
  });

  it('names its events and ends with what the whole answer would be', async () => {
    const request = { input: emulate({ ...calls, reasoning: 'hm' }), tools: [tool] };
    const { text } = await respond({ ...request, stream: true });
    expect(text).toMatch(/^event: response\.created\ndata: /);
    const whole = await responseTo(request);
    expect(typedEvents(text).at(-1)).toMatchObject({
      type: 'response.completed',
      response: { ...Object(whole), created_at: expect.any(Number) },
    });
  });

  it('brings the arguments of a call in pieces', async () => {
    const events = await stream({ input: emulate(calls), tools: [tool] });
    const deltas = events.filter(({ type }) => type === 'response.function_call_arguments.delta');
    expect(deltas.map(({ delta }) => delta).join('')).toBe('{"city":"Oslo"}');
    expect(deltas.length).toBeGreaterThan(1);
  });

  it.each([
    ['incomplete', { finishReason: 'content_filter' }],
    ['failed', { finishReason: 'failed' }],
  ])('can end %s', async (status, directive) => {
    const events = await stream({ input: emulate(directive) });
    expect(events.at(-1)).toMatchObject({ type: `response.${status}`, response: { status } });
  });

  it('can break off with an error event', async () => {
    const { text } = await respond({
      input: emulate({ errorMidStream: true, afterEvents: 3 }),
      stream: true,
    });
    expect(text).toContain('event: error\ndata: ');
    expect(typedEvents(text).at(-1)).toMatchObject({ type: 'error', code: 'server_error', param: null });
    expect(typedEvents(text)).toHaveLength(4);
  });
});
