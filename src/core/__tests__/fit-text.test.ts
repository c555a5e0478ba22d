import { describe, expect, it } from 'vitest';
import { fitText } from '../fit-text.ts';

describe('a text that is fitted into a column (D1)', () => {
  it.each([
    ['plain', 5, 'plain'],
    ['plain', 4, 'plai'],
    ['', 5, ''],
    ['naïve', 3, 'na'],
    ['naïve', 4, 'naï'],
    ['上游负载', 7, '上游'],
    ['👍👍', 7, '👍'],
    ['👍', 3, ''],
    ['\ud83d', 10, '\ufffd'],
    ['a\0b', 10, 'ab'],
  ])('D1 %j in %d bytes is %j', (text, maxBytes, fitted) => {
    expect(fitText(text, maxBytes)).toBe(fitted);
  });

  it('D1 is nothing where there is none', () => {
    expect(fitText(undefined, 5)).toBeUndefined();
  });

  it('D1 is a beginning of the text, as long as the bytes allow, and ends with a whole character', () => {
    const characters = ['a', 'ï', '上', '👍', 'e\u0301', '👩‍👩‍👧'];
    const texts = characters.flatMap((one) => characters.map((other) => `${one}${other}${other}${one}`));
    for (const text of texts) {
      for (let maxBytes = 0; maxBytes <= Buffer.byteLength(text) + 1; maxBytes += 1) {
        const fitted = fitText(text, maxBytes);
        expect(text.startsWith(fitted)).toBe(true);
        expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(maxBytes);
        const [next = ''] = text.slice(fitted.length);
        if (next !== '') expect(Buffer.byteLength(fitted + next)).toBeGreaterThan(maxBytes);
      }
    }
  });
});
