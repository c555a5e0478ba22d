import type { Logger } from '../src/core/logger.ts';
import { countWays } from './count-ways.ts';

/** Names are shorter; of a longer one the beginning is looked at. */
const LONGEST_TEXT = 128;
/** Two open repetitions and a few choices: from anywhere in a text some million steps, which is under 0.1 seconds. */
const MOST_WAYS = 16 * (LONGEST_TEXT + 1) ** 2;

/** Tests texts against regular expressions that operators write. */
export interface PatternMatcher {
  /** Whether the pattern is found in the text, letter case aside; never for a pattern that cannot be used. */
  matches(pattern: string, text: string): boolean;
}

/** Why the pattern cannot be used; undefined where it can. */
export function patternFault(pattern: string): string | undefined {
  const compiled = compile(pattern);
  return compiled instanceof RegExp ? undefined : compiled;
}

/** Creates a matcher, which logs a pattern that cannot be used once. */
export function createPatternMatcher(logger: Logger): PatternMatcher {
  const compiled = new Map<string, RegExp | undefined>();

  function find(pattern: string): RegExp | undefined {
    if (compiled.has(pattern)) return compiled.get(pattern);
    const result = compile(pattern);
    const expression = result instanceof RegExp ? result : undefined;
    compiled.set(pattern, expression);
    if (expression === undefined) {
      const fields = { pattern, reason: result };
      logger.error(fields, 'a routing rule has a pattern that cannot be used, and matches nothing');
    }
    return expression;
  }

  return { matches: (pattern, text) => find(pattern)?.test(text.slice(0, LONGEST_TEXT)) ?? false };
}

/** The pattern compiled, or why it is not: what is judged here, and not by a clock, is judged alike on a busy machine. */
function compile(pattern: string): RegExp | string {
  try {
    const expression = new RegExp(pattern, 'i');
    if (countWays(pattern, LONGEST_TEXT) > MOST_WAYS) {
      return 'The pattern could take without end: it has too many repetitions, a repeated group, or a reference back.';
    }
    return expression;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
