import { describe, expect, it } from 'vitest';
import { createRecordingLogger } from '../../test/support/recording-logger.ts';
import { createPatternMatcher, patternFault } from '../pattern-matcher.ts';

function create() {
  const logger = createRecordingLogger();
  return { matcher: createPatternMatcher(logger), logger };
}

describe('createPatternMatcher', () => {
  it.each([
    ['gpt', 'my-GPT-4o', true],
    ['^gpt-(4|5)', 'gpt-4o', true],
    ['^gpt-(4|5)$', 'gpt-4o', false],
    ['^(?!gpt-3)gpt-.+-preview$', 'gpt-4-preview', true],
    ['^(gpt-4o|o[134])(-mini)?(-\\d{4}-\\d{2}-\\d{2})?$', 'o3-mini-2025-01-31', true],
    ['gpt.*-.*(-mini)?$|^claude', 'gpt-4o-x-mini', true],
    ['^gpt.*|^claude.*|^gemini.*|^o\\d.*|^deepseek.*', 'claude-x', true],
  ])('finds %j in %j anywhere and in any letter case: %s', (pattern, text, found) => {
    const { matcher, logger } = create();
    expect(matcher.matches(pattern, text)).toBe(found);
    expect(logger.entries).toEqual([]);
  });

  it('matches nothing by a pattern that is no regular expression, and logs it once', () => {
    const { matcher, logger } = create();
    expect(['gpt', '(gpt'].map((text) => matcher.matches('(gpt', text))).toEqual([false, false]);
    expect(logger.entries).toMatchObject([{ level: 'error', fields: { pattern: '(gpt' } }]);
  });

  it.each([
    '^(a+)+$',
    '^(a|a)*$',
    '^(a*)*$',
    '(?=(a+)+$)',
    'a*a*a*$',
    `${'a?'.repeat(30)}${'a'.repeat(30)}$`,
    `^${'(a|a)'.repeat(30)}$`,
    '(a*)\\1$',
  ])('matches nothing by %j, which could be tried without end, and logs it once', (pattern) => {
    const { matcher, logger } = create();
    const text = `${'a'.repeat(255)}!`;
    expect([matcher.matches(pattern, text), matcher.matches(pattern, 'a')]).toEqual([false, false]);
    expect(logger.entries).toMatchObject([{ level: 'error', fields: { pattern } }]);
  });

  it('is done with the worst that it takes', () => {
    const { matcher, logger } = create();
    const text = 'a'.repeat(1_000_000);
    expect(matcher.matches('a*a*(a|a)(a|a)(a|a)(a|a)b', text)).toBe(false);
    expect(matcher.matches('a*a*a?a?a?a?b', text)).toBe(false);
    expect(logger.entries).toEqual([]);
  });
});

describe('patternFault', () => {
  it('says what is wrong with a pattern, and nothing of a sound one', () => {
    expect(patternFault('gpt-(4|5)')).toBeUndefined();
    expect(patternFault('gpt-(4')).toMatch(/Unterminated group/);
    expect(patternFault('(a+)+')).toMatch(/without end/);
  });
});
