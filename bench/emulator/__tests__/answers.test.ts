import { describe, expect, it } from 'vitest';
import {
  chat,
  chatBody,
  chunksOf,
  dataLines,
  emulate,
  post,
  startEmulator,
  streamedText,
} from './test-emulator.ts';

const usage = {
  prompt_tokens: 8,
  completion_tokens: 4,
  total_tokens: 12,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};

describe('a whole answer', () => {
  it('is a chat completion', async () => {
    const emulator = await startEmulator();
    const { status, headers, json } = await chat(emulator, 'Hello there');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(json).toEqual({
      id: expect.stringMatching(/^chatcmpl-\w{29}$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'gpt-4o-mini',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'You said: Hello there', refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage,
      service_tier: 'default',
      system_fingerprint: 'fp_emulator',
    });
  });

  it('carries the headers of the provider', async () => {
    const emulator = await startEmulator();
    const { headers } = await chat(emulator, 'Hello');
    expect(headers.get('x-request-id')).toMatch(/^req_\w{32}$/);
    expect(headers.get('openai-version')).toBe('2020-10-01');
    expect(headers.get('openai-processing-ms')).toMatch(/^\d+$/);
    for (const what of ['limit', 'remaining', 'reset']) {
      expect(headers.get(`x-ratelimit-${what}-requests`)).toBeTruthy();
      expect(headers.get(`x-ratelimit-${what}-tokens`)).toBeTruthy();
    }
  });

  it('reads the last user message, also in parts', async () => {
    const emulator = await startEmulator();
    const messages = [
      { role: 'user', content: 'First' },
      { role: 'assistant', content: 'Yes?' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Second' },
          { type: 'text', text: 'line' },
        ],
      },
    ];
    const { json } = await post(emulator, '/chat/completions', { model: 'm', messages });
    expect(json.choices[0]?.message.content).toBe('You said: Second\nline');
  });

  it('says the same in every choice and counts all of them', async () => {
    const emulator = await startEmulator();
    const { json } = await chat(emulator, 'Hello there', { n: 3 });
    expect(json.choices.map((choice) => [choice.index, choice.message.content])).toEqual([
      [0, 'You said: Hello there'],
      [1, 'You said: Hello there'],
      [2, 'You said: Hello there'],
    ]);
    expect(json.usage.completion_tokens).toBe(12);
  });

  it('ends at the token limit', async () => {
    const emulator = await startEmulator();
    for (const limit of ['max_tokens', 'max_completion_tokens']) {
      const { json } = await chat(emulator, 'one two three', { [limit]: 3 });
      expect(json.choices[0]).toMatchObject({
        message: { content: 'You said: one' },
        finish_reason: 'length',
      });
      expect(json.usage.completion_tokens).toBe(3);
    }
  });

  it('ends before a stop sequence', async () => {
    const emulator = await startEmulator();
    const { json } = await chat(emulator, 'one two three', { stop: ['three', 'two'] });
    expect(json.choices[0]).toMatchObject({ message: { content: 'You said: one ' }, finish_reason: 'stop' });
  });

  it('is JSON in JSON mode', async () => {
    const emulator = await startEmulator();
    const { json } = await chat(emulator, 'Hello as JSON', { response_format: { type: 'json_object' } });
    expect(JSON.parse(json.choices[0]?.message.content ?? '')).toEqual({ answer: 'You said: Hello as JSON' });
  });

  it('satisfies a schema', async () => {
    const emulator = await startEmulator();
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, degrees: { type: ['integer', 'null'] } },
      required: ['city', 'degrees'],
      additionalProperties: false,
    };
    const response_format = { type: 'json_schema', json_schema: { name: 'weather', strict: true, schema } };
    const { json } = await chat(emulator, 'Hello', { response_format });
    expect(JSON.parse(json.choices[0]?.message.content ?? '')).toEqual({ city: 'text', degrees: 1 });
  });

  it('has a log probability for every word', async () => {
    const emulator = await startEmulator();
    const { json } = await chat(emulator, 'Hi', { logprobs: true, top_logprobs: 2 });
    const content = json.choices[0]?.logprobs?.content ?? [];
    expect(content.map((entry) => entry.token)).toEqual(['You', ' said:', ' Hi']);
    expect(content.every((entry) => entry.top_logprobs.length === 2)).toBe(true);
  });

  it('tells the service tier it was given', async () => {
    const emulator = await startEmulator();
    for (const [asked, given] of [
      ['auto', 'default'],
      ['flex', 'flex'],
      ['fast', 'priority'],
    ]) {
      expect((await chat(emulator, 'Hello', { service_tier: asked })).json.service_tier).toBe(given);
    }
  });

  it('can be told what to say, why it ended and what it thought', async () => {
    const emulator = await startEmulator();
    const directive = { text: 'Well, no.', finishReason: 'content_filter', reasoning: 'Let me see' };
    const { json } = await chat(emulator, emulate(directive));
    expect(json.choices[0]).toMatchObject({
      message: { content: 'Well, no.', reasoning_content: 'Let me see' },
      finish_reason: 'content_filter',
    });
    expect(json.usage).toMatchObject({
      completion_tokens: 5,
      completion_tokens_details: { reasoning_tokens: 3 },
    });
  });

  it('can leave usage out', async () => {
    const emulator = await startEmulator();
    const { json } = await chat(emulator, emulate({ usage: false }));
    expect(json).not.toHaveProperty('usage');
  });
});

describe('a streamed answer', () => {
  const chunk = (choices: object[], extra: object = {}) => ({
    id: expect.stringMatching(/^chatcmpl-\w{29}$/),
    object: 'chat.completion.chunk',
    created: expect.any(Number),
    model: 'gpt-4o-mini',
    service_tier: 'default',
    system_fingerprint: 'fp_emulator',
    choices,
    ...extra,
  });
  const delta = (fields: object, finish_reason: string | null = null, index = 0) => ({
    index,
    delta: fields,
    logprobs: null,
    finish_reason,
  });
  const role = { role: 'assistant', content: '', refusal: null };

  it('is a role, pieces, a finish reason and the end marker', async () => {
    const emulator = await startEmulator();
    const { headers, text } = await chat(emulator, 'Hello there', { stream: true });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(chunksOf(text)).toEqual([
      chunk([delta(role)]),
      chunk([delta({ content: 'You said: Hello' })]),
      chunk([delta({ content: ' there' })]),
      chunk([delta({}, 'stop')]),
    ]);
    expect(text.endsWith('\n\ndata: [DONE]\n\n')).toBe(true);
  });

  it('has one chunk with usage when asked, and null in the others', async () => {
    const emulator = await startEmulator();
    const fields = { stream: true, stream_options: { include_usage: true } };
    const { text } = await chat(emulator, 'Hello there', fields);
    expect(chunksOf(text)).toEqual([
      chunk([delta(role)], { usage: null }),
      chunk([delta({ content: 'You said: Hello' })], { usage: null }),
      chunk([delta({ content: ' there' })], { usage: null }),
      chunk([delta({}, 'stop')], { usage: null }),
      chunk([], { usage }),
    ]);
    expect(dataLines(text).at(-1)).toBe('[DONE]');
  });

  it('takes turns between choices', async () => {
    const emulator = await startEmulator();
    const { text } = await chat(emulator, 'Hello there', { stream: true, n: 2 });
    const chunks = chunksOf(text);
    expect(chunks.map((each) => each.choices[0]?.index)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
    expect(streamedText(chunks, 1)).toBe('You said: Hello there');
    expect(chunks.filter((each) => each.choices[0]?.finish_reason === 'stop')).toHaveLength(2);
  });

  it('says and counts what the whole answer says and counts', async () => {
    const emulator = await startEmulator();
    const said = emulate({ reasoning: 'One moment please, I think', text: 'a b c d e f g' });
    const fields = { n: 2, max_completion_tokens: 9, stop: 'f' };
    const whole = await chat(emulator, said, fields);
    const streamed = await chat(emulator, said, {
      ...fields,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = chunksOf(streamed.text);
    expect(whole.json.choices[0]?.message.content).toBe('a b c d');
    expect(streamedText(chunks)).toBe('a b c d');
    expect(chunks.at(-1)?.usage).toEqual(whole.json.usage);
    const first = chunks.flatMap((each) => each.choices).filter((choice) => choice.index === 0);
    const thought = first.map((choice) => choice.delta.reasoning_content ?? '').join('');
    expect(thought).toBe('One moment please, I think');
  });

  it('has log probabilities in the pieces they belong to', async () => {
    const emulator = await startEmulator();
    const { text } = await chat(emulator, 'Hi', { stream: true, logprobs: true });
    const tokens = chunksOf(text).map((each) =>
      each.choices[0]?.logprobs?.content.map((entry) => entry.token),
    );
    expect(tokens).toEqual([[], ['You', ' said:', ' Hi'], undefined]);
  });

  it('can leave usage out although it was asked for', async () => {
    const emulator = await startEmulator();
    const fields = { stream: true, stream_options: { include_usage: true } };
    const { text } = await chat(emulator, emulate({ usage: false }), fields);
    expect(chunksOf(text).some((each) => 'usage' in each)).toBe(false);
  });
});

it('gives every answer an id of its own', async () => {
  const emulator = await startEmulator();
  const [first, second] = [await chat(emulator, 'Hello'), await chat(emulator, 'Hello')];
  expect(first.json.id).not.toBe(second.json.id);
  expect(first.headers.get('x-request-id')).not.toBe(second.headers.get('x-request-id'));
  expect({ ...first.json, id: '', created: 0 }).toEqual({ ...second.json, id: '', created: 0 });
});

it('answers a user who says nothing', async () => {
  const emulator = await startEmulator();
  const { json } = await post(emulator, '/chat/completions', chatBody(''));
  expect(json.choices[0]?.message.content).toBe('You said nothing.');
});
