const FIRST_MS = 1_000;
const LONGEST_MS = 60 * 60 * 1000;

/**
 * How long to wait after a failed attempt: one second, twice as long each time, an hour at most, and up to a quarter
 * less, so that what failed together is not sent together.
 * @param attempts how many there were, 1 or more
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function retryDelay(attempts: number, random: number): number {
  const whole = Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS);
  return Math.round(whole * (1 - random / 4));
}
