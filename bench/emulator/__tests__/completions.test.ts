import { describe, expect, it } from 'vitest';
import { dataLines, emulate, post, startEmulator } from './test-emulator.ts';

const model = 'gpt-3.5-turbo-instruct';

async function complete(fields: object) {
  return post(await startEmulator(), '/completions', { model, ...fields });
}

describe('text completions', () => {
  it('answer each prompt as often as it is asked for', async () => {
    const { json, text } = await complete({ prompt: ['one', 'two'], n: 2 });
    expect(json).toMatchObject({ object: 'text_completion', model });
    expect(json.id).toMatch(/^cmpl-/);
    const document: unknown = JSON.parse(text);
    expect(document).toMatchObject({
      choices: [
        { index: 0, text: 'You said: one', finish_reason: 'stop', logprobs: null },
        { index: 1, text: 'You said: one' },
        { index: 2, text: 'You said: two' },
        { index: 3, text: 'You said: two' },
      ],
      usage: { prompt_tokens: 2, completion_tokens: 12, total_tokens: 14 },
    });
  });

  it.each([
    [
      'are cut after sixteen tokens',
      { prompt: emulate({ text: 'a '.repeat(20) }) },
      'a '.repeat(16).trim(),
      'length',
    ],
    [
      'are cut by max_tokens',
      { prompt: emulate({ text: 'one two three' }), max_tokens: 2 },
      'one two',
      'length',
    ],
    ['are cut at a stop sequence', { prompt: emulate({ text: 'one two' }), stop: ' two' }, 'one', 'stop'],
    ['echo the prompt', { prompt: 'Once', echo: true }, 'OnceYou said: Once', 'stop'],
    ['tell of a suffix', { prompt: 'Once', suffix: 'end' }, 'You said: Once Before: end', 'stop'],
    ['take token ids', { prompt: [1, 2] }, 'You said: 1 2', 'stop'],
    ['take no prompt', {}, 'You said nothing.', 'stop'],
  ])('%s', async (_name, fields, said, reason) => {
    const { json } = await complete(fields);
    expect(json.choices).toEqual([expect.objectContaining({ text: said, finish_reason: reason })]);
  });

  it('state log probabilities word by word', async () => {
    const { json } = await complete({ prompt: emulate({ text: 'one two' }), logprobs: 1 });
    expect(json.choices[0]?.logprobs).toEqual({
      tokens: ['one', ' two'],
      token_logprobs: [-0.25, -0.25],
      top_logprobs: [{ one: -0.25 }, { ' two': -0.25 }],
      text_offset: [0, 3],
    });
  });

  it('stream in turns, then finish reasons, then the usage that was asked for', async () => {
    const { text } = await complete({
      prompt: ['one two three', 'four'],
      stream: true,
      stream_options: { include_usage: true },
    });
    const lines = dataLines(text);
    expect(lines.at(-1)).toBe('[DONE]');
    const chunks = lines.slice(0, -1).map((line): unknown => JSON.parse(line));
    const choice = (index: number, said: string, finish_reason: string | null) => ({
      choices: [{ text: said, index, logprobs: null, finish_reason }],
      usage: null,
    });
    expect(chunks).toMatchObject([
      choice(0, 'You said: one', null),
      choice(1, 'You said: four', null),
      choice(0, ' two three', null),
      choice(0, '', 'stop'),
      choice(1, '', 'stop'),
      { choices: [], usage: { prompt_tokens: 4, completion_tokens: 8, total_tokens: 12 } },
    ]);
  });

  it.each([
    ['a prompt of another type', { prompt: 7 }, 'prompt', 'invalid_type'],
    ['negative max_tokens', { max_tokens: -1 }, 'max_tokens', 'integer_below_min_value'],
    ['a temperature of 2.5', { temperature: 2.5 }, 'temperature', 'decimal_above_max_value'],
    ['more than five logprobs', { logprobs: 6 }, 'logprobs', 'integer_above_max_value'],
    ['an unknown parameter', { max_tokens: -1, vendor: 1 }, 'vendor', 'unknown_parameter'],
    ['more choices than are made', { n: 3, best_of: 2 }, 'best_of', null],
    ['stream options without a stream', { stream_options: {} }, 'stream_options', null],
    ['five stop sequences', { stop: ['1', '2', '3', '4', '5'] }, 'stop', 'array_above_max_length'],
  ])('refuse %s', async (_name, fields, param, code) => {
    const { status, json } = await complete(fields);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ type: 'invalid_request_error', param, code });
  });

  it('word a refusal as the provider does', async () => {
    const { json } = await complete({ prompt: '', max_tokens: -1, temperature: 3 });
    expect(json.error.message).toBe(
      "Invalid 'max_tokens': integer below minimum value. Expected a value >= 0, but got -1 instead.",
    );
  });

  it('fail as a directive says', async () => {
    expect((await complete({ prompt: ['one', emulate({ status: 503 })] })).status).toBe(503);
    const { text } = await complete({ prompt: emulate({ errorFirstEvent: true }), stream: true });
    expect(dataLines(text)).toEqual([expect.stringContaining('server_error'), '[DONE]']);
  });
});
