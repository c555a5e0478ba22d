import { describe, expect, it } from 'vitest';
import { hasUnknownSize, imageTokens } from '../image-tokens.ts';

const UNKNOWN = 765;
const picture = (url: string, detail?: string) => ({
  type: 'image_url',
  image_url: { url, ...(detail === undefined ? {} : { detail }) },
});
const tokens = (part: Parameters<typeof imageTokens>[0], model = 'gpt-4o') => imageTokens(part, model);
const dataUrl = (kind: string, bytes: Buffer) => `data:image/${kind};base64,${bytes.toString('base64')}`;

function png(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.write('\x89PNG\r\n\x1a\n', 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

function gif(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.write('GIF89a', 'latin1');
  bytes.writeUInt16LE(width, 6);
  bytes.writeUInt16LE(height, 8);
  return bytes;
}

const sized = (width: number, height: number) => picture(dataUrl('png', png(width, height)));

describe('a picture', () => {
  it.each([
    [512, 512, 85 + 170],
    [1024, 1024, 85 + 4 * 170],
    [2048, 4096, 85 + 6 * 170],
  ])('of %i by %i pixels counts by its tiles', (width, height, expected) => {
    expect(tokens(sized(width, height))).toBe(expected);
    expect(tokens(picture(dataUrl('gif', gif(width, height))))).toBe(expected);
  });

  it.each([
    ['gpt-4.1', 85 + 4 * 170],
    ['gpt-4o-mini-2024-07-18', 2833 + 4 * 5667],
    ['openai/gpt-5', 70 + 4 * 140],
    ['o3', 75 + 4 * 150],
    ['gpt-4.1-mini', 1 + Math.ceil(1024 * 1.62)],
    ['gpt-5-nano', 1 + 1024 * 1.5],
    ['claude-sonnet-4-5', Math.ceil(1024 ** 2 / 750)],
    ['gemini-2.5-flash', 4 * 258],
    ['another', 85 + 4 * 170],
  ])('of 1024 by 1024 pixels counts as %s has it', (model, expected) => {
    expect(tokens(sized(1024, 1024), model)).toBe(expected);
  });

  it.each([
    [16, 16, 1],
    [33, 32, 2],
    // Shrunk until they are few enough, so that no row begins that is not full.
    [2560, 1669, 48 * 31],
    [4096, 4096, 39 * 39],
  ])('of %i by %i pixels counts by its patches where the model has such', (width, height, patches) => {
    expect(tokens(sized(width, height), 'gpt-5-nano')).toBe(1 + Math.ceil(patches * 1.5));
  });

  it('that is small counts once with Gemini', () => {
    expect(tokens(sized(384, 384), 'gemini-2.0-flash')).toBe(258);
  });

  it('counts as a small one where its details do not matter', () => {
    expect(tokens(picture(dataUrl('png', png(1024, 1024)), 'low'))).toBe(85);
    expect(tokens(picture(dataUrl('png', png(1024, 1024)), 'low'), 'gpt-4.1-nano')).toBe(
      1 + Math.ceil(256 * 2.46),
    );
  });

  it('counts the same in every dialect', () => {
    const bytes = png(512, 512);
    const url = dataUrl('png', bytes);
    const expected = 85 + 170;
    expect(tokens({ type: 'image_url', image_url: url })).toBe(expected);
    expect(tokens({ type: 'input_image', image_url: url })).toBe(expected);
    const source = { type: 'base64', media_type: 'image/png', data: bytes.toString('base64') };
    expect(tokens({ type: 'image', source })).toBe(expected);
    expect(tokens({ type: 'input_image', image_url: url, detail: 'low' })).toBe(85);
  });

  it.each([
    ['PNG', picture(`data:image/png;base64,iVBORw0KGgo${'!'.repeat(60)}`)],
    [
      'PNG that ends before its size',
      picture(dataUrl('png', png(1, 1).subarray(0, 20)).concat('!'.repeat(40))),
    ],
    ['GIF', picture(`data:image/gif;base64,R0lGODlh${'!'.repeat(60)}`)],
    ['other', picture(`data:image/webp;base64,${'A'.repeat(60)}`)],
    ['at an address', picture('https://pictures.example/a.png')],
    ['at an address, for Anthropic', { type: 'image', source: { type: 'url', url: 'https://x.example/a' } }],
    ['in a file', { type: 'input_image', file_id: 'file-1' }],
  ])('whose size cannot be read counts as one of unknown size: %s', (_, part) => {
    expect(tokens(part)).toBe(UNKNOWN);
    expect(hasUnknownSize(part)).toBe(true);
    expect(hasUnknownSize(sized(1, 1))).toBe(false);
  });

  it('of no size at all counts as a smallest one', () => {
    for (const model of ['gpt-4o', 'gpt-5-nano']) expect(tokens(sized(0, 0), model)).toBeLessThan(300);
  });

  it('is nothing that is none', () => {
    expect(tokens({ type: 'text', text: 'https://pictures.example/a.png' })).toBe(0);
    expect(hasUnknownSize({ type: 'text', text: 'a' })).toBe(false);
  });
});
