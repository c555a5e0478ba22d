import fc from 'fast-check';
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
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (given, maxBytes) => {
        const text = given.replaceAll('\0', '');
        const fitted = fitText(text, maxBytes) ?? '';
        expect(text.startsWith(fitted)).toBe(true);
        expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(maxBytes);
        const [next = ''] = text.slice(fitted.length);
        if (next !== '') expect(Buffer.byteLength(fitted + next)).toBeGreaterThan(maxBytes);
      }),
    );
  });
});
