import { describe, expect, it } from 'vitest';
import { imageTokens } from '../image-tokens.ts';

const UNKNOWN = 765;
const picture = (url: string, detail?: string) =>
  imageTokens({ type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } });
const dataUrl = (kind: string, bytes: Buffer) => `data:image/${kind};base64,${bytes.toString('base64')}`;

function png(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.write('\x89PNG\r\n\x1a\n', 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

describe('a picture', () => {
  it.each([
    [512, 512, 85 + 170],
    [1024, 1024, 85 + 4 * 170],
    [2048, 4096, 85 + 6 * 170],
  ])('of %i by %i pixels counts by its tiles', (width, height, tokens) => {
    expect(picture(dataUrl('png', png(width, height)))).toBe(tokens);
  });

  it('counts as a small one where its details do not matter', () => {
    expect(picture(dataUrl('png', png(1024, 1024)), 'low')).toBe(85);
  });

  it.each([
    ['PNG', `data:image/png;base64,iVBORw0KGgo${'!'.repeat(60)}`],
    ['PNG that ends before its size', dataUrl('png', png(1, 1).subarray(0, 20)).concat('!'.repeat(40))],
    ['GIF', `data:image/gif;base64,R0lGODlh${'!'.repeat(60)}`],
    ['other', `data:image/webp;base64,${'A'.repeat(60)}`],
  ])('whose size cannot be read counts as one of unknown size: %s', (_, url) => {
    expect(picture(url)).toBe(UNKNOWN);
  });
});
