import { describe, expect, it } from 'vitest';
import { chat, chunksOf, emulate, post, startEmulator } from './test-emulator.ts';

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
  required: ['city', 'days'],
};
const tools = ['weather', 'traffic'].map((name) => ({ type: 'function', function: { name, parameters } }));
const named = { type: 'function', function: { name: 'traffic' } };
const instance = '{"city":"text","days":2}';

describe('a call', () => {
  it('is made when the request demands one', async () => {
    const emulator = await startEmulator();
    const { json } = await chat(emulator, 'Rain?', { tools, tool_choice: 'required' });
    expect(json.choices[0]).toEqual({
      index: 0,
      message: {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: expect.stringMatching(/^call_\w{24}$/),
            type: 'function',
            function: { name: 'weather', arguments: instance },
          },
        ],
        refusal: null,
        annotations: [],
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    });
  });

  it('is made of the tool the request names, and then ends as an ordinary answer', async () => {
    const emulator = await startEmulator();
    const { json } = await chat(emulator, 'Jam?', { tools, tool_choice: named });
    expect(json.choices[0]?.message.tool_calls?.map((call) => call.function.name)).toEqual(['traffic']);
    expect(json.choices[0]?.finish_reason).toBe('stop');
  });

  it('is not made when the model may choose', async () => {
    const emulator = await startEmulator();
    for (const tool_choice of [undefined, 'auto', 'none']) {
      const { json } = await chat(emulator, 'Rain?', { tools, tool_choice });
      expect(json.choices[0]).toMatchObject({
        message: { content: 'You said: Rain?' },
        finish_reason: 'stop',
      });
    }
  });

  it('is made as a directive says, word by word', async () => {
    const emulator = await startEmulator();
    const toolCalls = [
      { name: 'weather', arguments: '{"city":' },
      { name: 'unheard_of', arguments: '{}' },
    ];
    const { json } = await chat(emulator, emulate({ toolCalls, text: 'I will look.' }), { tools });
    const message = json.choices[0]?.message;
    expect(message?.content).toBe('I will look.');
    expect(message?.tool_calls?.map((call) => call.function)).toEqual(toolCalls);
    expect(new Set(message?.tool_calls?.map((call) => call.id)).size).toBe(2);
  });

  it('goes the deprecated way for a request that does', async () => {
    const emulator = await startEmulator();
    const functions = [{ name: 'weather', parameters }];
    const { json } = await chat(emulator, 'Rain?', { functions, function_call: { name: 'weather' } });
    expect(json.choices[0]).toMatchObject({
      message: { content: null, function_call: { name: 'weather', arguments: instance } },
      finish_reason: 'function_call',
    });
  });
});

describe('a result', () => {
  const history = (said: string) => [
    { role: 'user', content: said },
    {
      role: 'assistant',
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'Rain at noon' },
  ];

  it('is quoted in the answer', async () => {
    const emulator = await startEmulator();
    const body = { model: 'm', tools, messages: history('Rain?') };
    const { json } = await post(emulator, '/chat/completions', body);
    expect(json.choices[0]?.message.content).toBe('The tool said: Rain at noon');
  });

  it('ends the loop although the directive is still in the history', async () => {
    const emulator = await startEmulator();
    const said = emulate({ toolCalls: [{ name: 'weather', arguments: '{}' }] }, 'Rain?');
    const body = { model: 'm', tools, messages: history(said) };
    const { json } = await post(emulator, '/chat/completions', body);
    expect(json.choices[0]?.message.content).toBe('The tool said: Rain at noon');
  });
});

describe('a streamed call', () => {
  it('opens with id and name, then brings the arguments in fragments', async () => {
    const emulator = await startEmulator();
    const { text } = await chat(emulator, 'Rain?', { tools, tool_choice: 'required', stream: true });
    const choices = chunksOf(text).map((chunk) => chunk.choices[0]);
    expect(choices[0]?.delta).toEqual({ role: 'assistant', content: null, refusal: null });
    expect(choices[1]?.delta.tool_calls).toEqual([
      {
        index: 0,
        id: expect.stringMatching(/^call_\w{24}$/),
        type: 'function',
        function: { name: 'weather', arguments: '' },
      },
    ]);
    const fragments = choices.slice(2, -1).map((choice) => choice?.delta.tool_calls?.[0]);
    expect(fragments.length).toBeGreaterThan(2);
    expect(fragments.every((call) => call?.index === 0 && call.id === undefined)).toBe(true);
    expect(fragments.map((call) => call?.function.arguments).join('')).toBe(instance);
    expect(choices.at(-1)).toMatchObject({ delta: {}, finish_reason: 'tool_calls' });
  });

  it('brings one call after the other', async () => {
    const emulator = await startEmulator();
    const toolCalls = ['weather', 'traffic'].map((name) => ({ name, arguments: '{"city":"Graz"}' }));
    const { text } = await chat(emulator, emulate({ toolCalls }), { tools, stream: true });
    const calls = chunksOf(text).flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    expect(calls.map((call) => call.index)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(calls.map((call) => call.function.name).filter(Boolean)).toEqual(['weather', 'traffic']);
  });

  it('goes the deprecated way for a request that does', async () => {
    const emulator = await startEmulator();
    const functions = [{ name: 'weather', parameters }];
    const fields = { functions, function_call: { name: 'weather' }, stream: true };
    const { text } = await chat(emulator, 'Rain?', fields);
    const calls = chunksOf(text).flatMap((chunk) => chunk.choices[0]?.delta.function_call ?? []);
    expect(calls[0]).toEqual({ name: 'weather', arguments: '' });
    expect(calls.map((call) => call.arguments).join('')).toBe(instance);
  });
});
