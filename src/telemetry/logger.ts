import { type DestinationStream, pino } from 'pino';
import type { Logger } from '../core/logger.ts';

/**
 * The process's logger: one JSON line a record on standard output.
 * Fields whose name says that they hold a credential are cut out as a last line of defence; nothing logs them.
 * @param destination somewhere else to write to, for tests
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    redact: {
      paths: [
        'authorization',
        'apiKey',
        'api_key',
        'password',
        'token',
        'headers',
        '*.authorization',
        '*.apiKey',
      ],
      censor: '[redacted]',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
