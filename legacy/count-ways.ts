/** One piece of a regular expression: a reference back, a class, a group's begin or end, a quantifier, or an atom. */
const PIECES =
  /(?<reference>\\[1-9k])|(?<atom>\\.|\[(?:\\.|[^\]\\])*\])|(?<open>\((?:\?(?:[a-z-]*:|<?[=!]|<\w+>))?)|(?<close>\))|(?<or>\|)|(?<quantifier>(?:[*+?]|\{\d+(?:,\d*)?\})\??)|./gs;

/** What has been read of a group: its finished alternatives, the current one, and that one's last element. */
interface Level {
  finished: number;
  current: number;
  last: number;
  lastIsGroup: boolean;
}

const emptyLevel = (): Level => ({ finished: 0, current: 1, last: 1, lastIsGroup: false });

/**
 * In how many ways a regular expression can try to match a text at one place: what a search that goes back and tries
 * again may have to walk, which is how JavaScript searches. Groups that are repeated and references back have no bound.
 * @param pattern a valid one
 * @param length of the text
 */
export function countWays(pattern: string, length: number): number {
  const levels = [emptyLevel()];
  for (const { groups = {}, 0: piece } of pattern.matchAll(PIECES)) {
    const level = levels.at(-1) ?? emptyLevel();
    if (groups.reference !== undefined) return Number.POSITIVE_INFINITY;
    if (groups.open !== undefined) levels.push(emptyLevel());
    else if (groups.close !== undefined) closeGroup(levels);
    else if (groups.or !== undefined) beginAlternative(level);
    else if (groups.quantifier !== undefined) level.last = repeat(level, piece, length);
    else append(level, 1, false);
  }
  return total(levels[0] ?? emptyLevel());
}

function append(level: Level, ways: number, isGroup: boolean): void {
  level.current *= level.last;
  level.last = ways;
  level.lastIsGroup = isGroup;
}

function beginAlternative(level: Level): void {
  level.finished = total(level);
  level.current = 1;
  level.last = 1;
}

function closeGroup(levels: Level[]): void {
  const closed = levels.pop();
  const outer = levels.at(-1);
  if (closed !== undefined && outer !== undefined) append(outer, total(closed), true);
}

function total({ finished, current, last }: Level): number {
  return finished + current * last;
}

function repeat({ last, lastIsGroup }: Level, quantifier: string, length: number): number {
  if (quantifier.startsWith('?')) return last + 1;
  if (lastIsGroup) return Number.POSITIVE_INFINITY;
  const [least = '0', most] = quantifier.match(/\d+/g) ?? [];
  if (/^\{\d+\}/.test(quantifier)) return 1;
  return most === undefined ? length + 1 : Math.min(length, Number(most)) - Number(least) + 1;
}
