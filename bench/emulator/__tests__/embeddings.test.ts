import { describe, expect, it } from 'vitest';
import { emulate, post, startEmulator } from './test-emulator.ts';

const model = 'text-embedding-3-small';

describe('embeddings', () => {
  it('are vectors of length 1, one for each input', async () => {
    const emulator = await startEmulator();
    const { json } = await post(emulator, '/embeddings', { model, input: ['one two', 'three'] });
    expect(json).toMatchObject({ object: 'list', model, usage: { prompt_tokens: 3, total_tokens: 3 } });
    expect(json.data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
      [0, 1536],
      [1, 1536],
    ]);
    const [first, second] = json.data.map(({ embedding }) => embedding as number[]);
    expect(Math.hypot(...(first ?? []))).toBeCloseTo(1, 5);
    expect(first).not.toEqual(second);
  });

  it('are the same for the same text, as numbers and as base64', async () => {
    const emulator = await startEmulator();
    const body = { model, input: 'one', dimensions: 8 };
    const numbers = (await post(emulator, '/embeddings', body)).json.data[0]?.embedding;
    const encoded = (await post(emulator, '/embeddings', { ...body, encoding_format: 'base64' })).json;
    const bytes = Buffer.from(String(encoded.data[0]?.embedding), 'base64');
    expect(Array.from({ length: 8 }, (_, index) => bytes.readFloatLE(index * 4))).toEqual(numbers);
  });

  it('take token ids', async () => {
    const emulator = await startEmulator();
    const one = await post(emulator, '/embeddings', { model, input: [1, 2, 3] });
    expect(one.json.data).toHaveLength(1);
    expect(one.json.usage.prompt_tokens).toBe(3);
    const two = await post(emulator, '/embeddings', { model, input: [[1], [2]] });
    expect(two.json.data).toHaveLength(2);
  });

  it.each([
    ['no input', {}, "'input' is a required property"],
    [
      'an empty text',
      { input: ['a', ''] },
      "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
    ],
    [
      'negative dimensions',
      { input: 'a', dimensions: -1, encoding_format: 'hex' },
      "-1 is less than the minimum of 1 - 'dimensions'",
    ],
    [
      'too many dimensions',
      { input: 'a', dimensions: 4000 },
      "Invalid value for 'dimensions' = 4000. Must be less than or equal to 1536.",
    ],
    [
      'another format',
      { input: 'a', encoding_format: 'hex' },
      "'hex' is not one of ['float', 'base64'] - 'encoding_format'",
    ],
    [
      'an unknown parameter',
      { input: 'a', truncate: true },
      'Unrecognized request argument supplied: truncate',
    ],
  ])('refuse %s', async (_name, fields, message) => {
    const emulator = await startEmulator();
    const { status, json } = await post(emulator, '/embeddings', { model, ...fields });
    expect(status).toBe(400);
    expect(json.error.message).toBe(message);
  });

  it('fail as a directive in the input says', async () => {
    const emulator = await startEmulator();
    const input = ['one', emulate({ status: 500 }, 'two')];
    expect((await post(emulator, '/embeddings', { model, input })).status).toBe(500);
  });
});
