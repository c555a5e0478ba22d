import { setImmediate } from 'node:timers/promises';

/** Takes some milliseconds of whatever is done with a preset. */
const AT_ONCE = 100;

/** The entries, a few at a time; between two times the process does what else there is to do. */
export async function* inTurns<T>(entries: readonly T[]): AsyncGenerator<readonly T[], void> {
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    if (from > 0) await setImmediate();
    yield entries.slice(from, from + AT_ONCE);
  }
}
