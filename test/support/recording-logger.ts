import type { Logger } from '../../src/core/logger.ts';

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A logger that keeps what it is told. */
export function createRecordingLogger(): Logger & { readonly entries: readonly LogEntry[] } {
  const entries: LogEntry[] = [];
  const create = (bound: Readonly<Record<string, unknown>>): Logger => {
    const method =
      (level: LogEntry['level']) => (fields: Readonly<Record<string, unknown>>, message: string) => {
        entries.push({ level, fields: { ...bound, ...fields }, message });
      };
    return {
      debug: method('debug'),
      info: method('info'),
      warn: method('warn'),
      error: method('error'),
      child: (fields) => create({ ...bound, ...fields }),
    };
  };
  return { ...create({}), entries };
}
