import type { Logger } from '../../core/logger.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;

/** Keeps what requests asked and were answered for as long as is set. */
export interface BodyRetention {
  /** Whether bodies are kept at all. */
  isOn(): boolean;
  /** Takes note of how many days they are kept; 0 for not at all. */
  keepFor(days: number): void;
  /** Begins to take away what is older, once an hour: never at a start, when there is enough to do. */
  start(): void;
  stop(): Promise<void>;
}

/** @param deps.removeBefore takes bodies away that are older than a moment in epoch milliseconds, and gives how many */
export function createBodyRetention(deps: {
  readonly removeBefore: (time: number) => Promise<number>;
  readonly logger: Logger;
}): BodyRetention {
  const { removeBefore, logger } = deps;
  let days = 0;
  let timer: NodeJS.Timeout | undefined;
  let removing: Promise<void> | undefined;

  /** Never rejects: the next hour tries again. */
  async function remove(): Promise<void> {
    try {
      const removed = await removeBefore(Date.now() - days * DAY_MS);
      if (removed > 0) logger.info({ removed, days }, 'old bodies were taken out of the request log');
    } catch (err) {
      logger.error({ err }, 'old bodies could not be taken out of the request log');
    }
  }

  return {
    isOn: () => days > 0,
    keepFor(given) {
      days = given;
    },
    start() {
      timer = setInterval(() => {
        removing ??= remove().finally(() => {
          removing = undefined;
        });
      }, HOUR_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await removing;
    },
  };
}
