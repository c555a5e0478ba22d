import type { Logger } from './logger.ts';

const MINUTE_MS = 60_000;

/**
 * Creates a warning that is logged once a minute at most, for what would else be said with every request.
 * @param now milliseconds
 */
export function createRareWarning(
  logger: Logger,
  message: string,
  now: () => number,
): (err: unknown) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (err) => {
    if (now() - saidAt < MINUTE_MS) return;
    saidAt = now();
    logger.warn({ err }, message);
  };
}
