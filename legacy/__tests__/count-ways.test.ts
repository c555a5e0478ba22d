import { describe, expect, it } from 'vitest';
import { countWays } from '../count-ways.ts';

describe('countWays', () => {
  it.each([
    ['', 1],
    ['gpt-4o', 1],
    ['^gpt\\.4$', 1],
    ['[*+?()|]', 1],
    ['[\\]*]x', 1],
    ['\\*\\+\\(', 1],
    ['a*', 11],
    ['a+?', 11],
    ['[ab]*', 11],
    ['\\d*', 11],
    ['a*b*', 121],
    ['a{3}', 1],
    ['a{2,4}', 3],
    ['a{2,99}', 9],
    ['a{2,}', 11],
    ['a?', 2],
    ['a??b?', 4],
    ['a|b|c', 3],
    ['a*|b', 12],
    ['(a|b)(c|d)', 4],
    ['(?:a|b)?', 3],
    ['(?<name>a|b)c', 2],
    ['(?!claude)a*', 11],
    ['(?<=a|b)c', 2],
    ['(?i:a)b', 1],
    ['((a|b)c|d)e?', 6],
  ])('of %j on ten characters is %i', (pattern, ways) => {
    expect(() => new RegExp(pattern)).not.toThrow();
    expect(countWays(pattern, 10)).toBe(ways);
  });

  it.each(['(a+)+', '(a|a)*', '(ab){2,}', '(ab){3}', '(a)\\1', '(?<n>a)\\k<n>', '(x(a|b)+)?', '(?=a)*'])(
    'of %j has no bound',
    (pattern) => {
      expect(countWays(pattern, 10)).toBe(Number.POSITIVE_INFINITY);
    },
  );
});
