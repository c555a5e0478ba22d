import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../matches-glob.ts';

describe('matchesGlob', () => {
  it.each([
    ['gpt-4o', 'gpt-4o'],
    ['GPT-4o', 'gpt-4O'],
    ['*', ''],
    ['*', 'anything'],
    ['gpt-*', 'gpt-'],
    ['gpt-*', 'gpt-4o-mini'],
    ['*-mini', 'gpt-4o-mini'],
    ['*4o*', 'gpt-4o-mini'],
    ['g*4*mini', 'gpt-4o-mini'],
    ['a*b*b', 'abxb'],
    ['a**b', 'ab'],
    ['', ''],
  ])('%j describes %j', (pattern, text) => {
    expect(matchesGlob(pattern, text)).toBe(true);
  });

  it.each([
    ['gpt-4o', 'gpt-4o-mini'],
    ['gpt-*', 'my-gpt-4o'],
    ['*-mini', 'gpt-4o-mini-2'],
    ['a*a', 'a'],
    ['ab*ba', 'aba'],
    ['a*b*c', 'acb'],
    ['gpt.4o', 'gpt-4o'],
    ['[a-z]*', 'gpt'],
    ['', 'a'],
  ])('%j does not describe %j', (pattern, text) => {
    expect(matchesGlob(pattern, text)).toBe(false);
  });

  it('is done with a pattern of thousands of stars on a long text that it does not describe', () => {
    expect(matchesGlob(`${'*a'.repeat(5_000)}*b`, 'a'.repeat(100_000))).toBe(false);
  });
});
