import { describe, expect, it } from 'vitest';
import { emulate, post, postForm, startEmulator, typedEvents } from './test-emulator.ts';

const model = 'gpt-image-1';
const picture = { field: 'image', name: 'fig.png', content: 'not much of a picture' };

async function generate(fields: object) {
  return post(await startEmulator(), '/images/generations', { model, ...fields });
}

async function edit(fields: Record<string, string>, file: Parameters<typeof postForm>[3]) {
  return postForm(await startEmulator(), '/images/edits', { model, ...fields }, file);
}

describe('image generations', () => {
  it('come in base64 with usage, the same for the same prompt', async () => {
    const [first, second] = [await generate({ prompt: 'a fig', n: 2 }), await generate({ prompt: 'a fig' })];
    const document: unknown = JSON.parse(first.text);
    expect(document).toMatchObject({
      size: '1024x1024',
      output_format: 'png',
      data: [{ b64_json: expect.any(String) }, { b64_json: expect.any(String) }],
      usage: { input_tokens: 2, output_tokens: 544, total_tokens: 546 },
    });
    expect(second.json.data[0]).toEqual(first.json.data[0]);
  });

  it.each([
    ['url', { revised_prompt: 'a fig', url: expect.stringContaining('https://') }],
    ['b64_json', { revised_prompt: 'a fig', b64_json: expect.any(String) }],
  ])('come as %s where that is asked for, without usage', async (response_format, expected) => {
    const { json } = await generate({ prompt: 'a fig', response_format });
    expect(json.data).toEqual([expected]);
    expect(json.usage).toBeUndefined();
  });

  it('stream partial pictures, then the whole one', async () => {
    const { text } = await generate({ prompt: 'a fig', stream: true, partial_images: 2 });
    expect(typedEvents(text)).toMatchObject([
      { type: 'image_generation.partial_image', partial_image_index: 0 },
      { type: 'image_generation.partial_image', partial_image_index: 1 },
      { type: 'image_generation.completed', usage: { total_tokens: 274 } },
    ]);
  });

  it.each([
    ['no prompt', {}, 'prompt', 'missing_required_parameter'],
    ['an empty prompt', { prompt: '' }, 'prompt', 'string_below_min_length'],
    ['eleven pictures', { prompt: 'a', n: 11 }, 'n', 'integer_above_max_value'],
    ['an unknown size', { prompt: 'a', size: 'huge' }, 'size', 'invalid_value'],
    ['an unknown parameter', { prompt: 'a', vendor: 1 }, 'vendor', 'unknown_parameter'],
    [
      'a format of a stream',
      { prompt: 'a', stream: true, response_format: 'url' },
      'response_format',
      'unknown_parameter',
    ],
  ])('refuse %s', async (_name, fields, param, code) => {
    const { status, json } = await generate(fields);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ param, code });
  });

  it('fail as a directive says', async () => {
    expect((await generate({ prompt: emulate({ htmlError: true }) })).text).toMatch(/^<!DOCTYPE html>/);
  });
});

describe('image edits', () => {
  it('take a form with one picture or several, whose numbers are texts', async () => {
    expect((await edit({ prompt: 'more roots', n: '2' }, picture)).json.data).toHaveLength(2);
    expect((await edit({ prompt: 'more roots' }, { ...picture, field: 'image[]' })).json.data).toHaveLength(
      1,
    );
  });

  it('stream under their own name', async () => {
    const { text } = await edit({ prompt: 'more roots', stream: 'true' }, picture);
    expect(typedEvents(text).map(({ type }) => type)).toEqual(['image_edit.completed']);
  });

  it.each([
    ['a mask without a picture', { prompt: 'a' }, { ...picture, field: 'mask' }, 'image'],
    ['no prompt', {}, picture, 'prompt'],
    ['a text for a picture', { prompt: 'a', image: 'fig' }, undefined, 'image'],
    ['too many pictures', { prompt: 'a', n: '11' }, picture, 'n'],
    ['an unknown parameter', { prompt: 'a', vendor: '1' }, picture, 'vendor'],
  ])('refuse %s', async (_name, fields, file, param) => {
    const { status, json } = await edit(fields, file);
    expect(status).toBe(400);
    expect(json.error.param).toBe(param);
  });

  it('refuse JSON', async () => {
    const { status, json } = await post(await startEmulator(), '/images/edits', { model, prompt: 'a' });
    expect([status, json.error.code]).toEqual([400, 'unsupported_content_type']);
  });
});

describe('image variations', () => {
  it('take a picture and no prompt; a directive is in the user’s name', async () => {
    const emulator = await startEmulator();
    const vary = (fields: Record<string, string>) =>
      postForm(emulator, '/images/variations', { model, ...fields }, picture);
    expect((await vary({ n: '3' })).json.data).toHaveLength(3);
    expect((await vary({ user: emulate({ status: 500 }) })).status).toBe(500);
    expect((await vary({ prompt: 'a' })).json.error.param).toBe('prompt');
  });
});
