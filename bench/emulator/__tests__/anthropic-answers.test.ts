import { describe, expect, it } from 'vitest';
import { claude, messagesOf, type NativeAnswer } from './native-client.ts';
import { emulate, startEmulator } from './test-emulator.ts';

const ask = async (text: string, fields: object = {}): Promise<NativeAnswer> =>
  claude(await startEmulator(), messagesOf(text, fields));
const weather = {
  name: 'get_weather',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const oslo = { name: 'get_weather', arguments: '{"city":"Oslo"}' };

describe('a message', () => {
  it('repeats what was said, with its cost', async () => {
    expect((await ask('Hello there', { system: 'Be brief' })).json).toEqual({
      model: 'claude-sonnet-4-5',
      id: expect.stringMatching(/^msg_01/),
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'You said: Hello there' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: 4,
        service_tier: 'standard',
      },
    });
  });

  it('thinks, searches, speaks and calls, in this order', async () => {
    const text = emulate({
      reasoning: 'hm',
      redactedThinking: 'c2VjcmV0',
      serverTool: true,
      text: 'Let me see.',
      toolCalls: [oslo, { name: 'get_weather', arguments: '' }],
    });
    expect((await ask(text, { tools: [weather] })).json).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'hm', signature: expect.any(String) },
        { type: 'redacted_thinking', data: 'c2VjcmV0' },
        { type: 'server_tool_use', name: 'web_search', input: { query: 'banyan' } },
        { type: 'web_search_tool_result' },
        { type: 'text', text: 'Let me see.' },
        { type: 'tool_use', name: 'get_weather', input: { city: 'Oslo' } },
        { type: 'tool_use', name: 'get_weather', input: {} },
      ],
      stop_reason: 'tool_use',
    });
  });

  it('calls the tool that it must', async () => {
    const content = [{ type: 'tool_use', name: 'get_weather', input: { city: 'text' } }];
    for (const tool_choice of [{ type: 'any' }, { type: 'tool', name: 'get_weather' }]) {
      expect((await ask('Hi', { tools: [weather], tool_choice })).json).toMatchObject({ content });
    }
  });

  it('says what a tool said, and calls no more', async () => {
    const messages = [
      { role: 'user', content: emulate({ toolCalls: [oslo] }) },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'minus four' }] },
        ],
      },
    ];
    expect((await ask('', { messages, tools: [weather] })).json).toMatchObject({
      content: [{ type: 'text', text: 'The tool said: minus four' }],
      stop_reason: 'end_turn',
    });
  });

  it('ends at the limit and at a stop sequence, and names the latter', async () => {
    const text = emulate({ text: 'one two three four' });
    expect((await ask(text, { max_tokens: 2 })).json).toMatchObject({
      content: [{ text: 'one two' }],
      stop_reason: 'max_tokens',
    });
    expect((await ask(text, { stop_sequences: ['four', 'three'] })).json).toMatchObject({
      content: [{ text: 'one two ' }],
      stop_reason: 'stop_sequence',
      stop_sequence: 'three',
    });
  });

  it('follows a schema', async () => {
    const schema = { type: 'object', properties: { ok: { const: true } }, required: ['ok'] };
    const output_config = { format: { type: 'json_schema', schema } };
    expect((await ask('Hi', { output_config })).json).toMatchObject({ content: [{ text: '{"ok":true}' }] });
  });

  it('has the reason and the cost that it is told', async () => {
    const { json } = await ask(emulate({ finishReason: 'refusal', cacheRead: 5, cacheWrite: 3 }));
    expect(json).toMatchObject({
      stop_reason: 'refusal',
      usage: { cache_read_input_tokens: 5, cache_creation_input_tokens: 3 },
    });
    expect((await ask(emulate({ noFinishReason: true }))).json).toMatchObject({ stop_reason: null });
    expect((await ask(emulate({ usage: false }))).json).not.toHaveProperty('usage');
  });

  it('can be broken', async () => {
    const { status, text } = await ask(emulate({ badJson: true }));
    expect(status).toBe(200);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });
});

describe('a stream of a message', () => {
  const stream = (directive: object, fields: object = {}) =>
    ask(emulate(directive), { stream: true, ...fields });
  const names = (text: string) => [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);

  it('has each block from start to stop, a ping in the first, then why it ended', async () => {
    const { text, events, headers } = await stream({ text: 'one two three four' });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(names(text)).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events).toMatchObject(names(text).map((type) => ({ type })));
    expect(events[0]).toMatchObject({
      message: { content: [], stop_reason: null, usage: { output_tokens: 1 } },
    });
    expect(events[3]).toMatchObject({ index: 0, delta: { type: 'text_delta', text: 'one two three' } });
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } });
  });

  it('signs a thought at its end', async () => {
    const { events } = await stream({ reasoning: 'let me think', redactedThinking: 'cw', text: 'ok' });
    const deltas = events.filter((event) => JSON.stringify(event).includes('_delta"'));
    expect(deltas).toMatchObject([
      { index: 0, delta: { type: 'thinking_delta', thinking: 'let me think' } },
      { index: 0, delta: { type: 'signature_delta' } },
      { index: 2, delta: { type: 'text_delta', text: 'ok' } },
      { type: 'message_delta' },
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({ index: 1, content_block: { type: 'redacted_thinking', data: 'cw' } }),
    );
  });

  it('brings a call’s input in bits, the first of them empty', async () => {
    const { text } = await stream({ toolCalls: [oslo] }, { tools: [weather] });
    const bits = [...text.matchAll(/"partial_json":("(?:[^"\\]|\\.)*")/g)].map(([, bit = '""']) =>
      JSON.parse(bit),
    );
    expect(bits[0]).toBe('');
    expect(bits.length).toBeGreaterThan(2);
    expect(bits.join('')).toBe(oslo.arguments);
  });

  it('can fail at once and amid, with an event of its own', async () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Down' } };
    const first = await stream({ errorFirstEvent: true, errorMessage: 'Down' });
    expect(first.events).toMatchObject([error]);
    const amid = await stream({ errorMidStream: true, afterEvents: 2, errorMessage: 'Down' });
    expect(names(amid.text)).toEqual(['message_start', 'content_block_start', 'error']);
  });

  it('can end before it says that it is complete', async () => {
    const { text } = await stream({ cut: 'clean', afterEvents: 99 });
    expect(names(text).at(-1)).toBe('content_block_stop');
  });
});

describe('counts of tokens', () => {
  const count = async (body: object) => claude(await startEmulator(), body, '/v1/messages/count_tokens');

  it('are of turns and system', async () => {
    const { max_tokens: _limit, ...body } = {
      max_tokens: 1,
      ...messagesOf('Hello there', { system: 'Be brief' }),
    };
    expect((await count(body)).json).toEqual({ input_tokens: 10 });
  });

  it('are refused as messages are', async () => {
    expect((await count({ model: 'm', messages: [] })).status).toBe(400);
    expect((await count(messagesOf(emulate({ status: 529 })))).status).toBe(529);
  });
});
