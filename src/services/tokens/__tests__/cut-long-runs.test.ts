import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutLongRuns } from '../cut-long-runs.ts';

const LONGEST_PIECE_OF_A_WORD = 512;
/** Words as the encodings have them, put roughly: no word of theirs is longer than one of these. */
const WORDS = /[\p{L}\p{M}]+|\p{N}+|\s+|[^\s\p{L}\p{N}]+[\r\n/]*/gu;

describe('a text that is cut', () => {
  it('is one piece where its runs are short', () => {
    const text = `A sentence, 123 numbers.\n\n${'-'.repeat(200)}\n${' '.repeat(200)}https://a.example/b\n`;
    expect([...cutLongRuns(text)]).toEqual([text]);
    expect([...cutLongRuns('')]).toEqual([]);
  });

  it('loses nothing, and has no long word in any piece', () => {
    const run = fc
      .tuple(
        fc.constantFrom('a', 'Щ', '的', '7', ' ', '\n', '/', '\n/', '!', '!/\n', '🌳', 'e\u0301'),
        fc.nat(700),
      )
      .map(([unit, times]) => unit.repeat(times));
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), (runs) => {
        const text = runs.join('');
        const pieces = [...cutLongRuns(text)];
        expect(pieces.join('')).toBe(text);
        const words = pieces.flatMap((piece) => piece.match(WORDS) ?? []);
        expect(Math.max(0, ...words.map((word) => [...word].length))).toBeLessThanOrEqual(
          LONGEST_PIECE_OF_A_WORD,
        );
      }),
    );
  });

  it('is not cut inside a character', () => {
    const pieces = [...cutLongRuns('🌳'.repeat(1_000))];
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
  });
});
