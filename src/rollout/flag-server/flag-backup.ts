import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Logger } from '../../core/logger.ts';
import { type FlagSnapshot, flagSnapshot } from './flag-snapshot.ts';

const backupFile = z.object({
  /** Which server and environment the definitions are of. */
  source: z.string(),
  confirmedAt: z.number(),
  snapshot: flagSnapshot,
});

/** The last known definitions, and when the server last confirmed them, in epoch milliseconds. */
export interface KnownFlags {
  readonly snapshot: FlagSnapshot;
  readonly confirmedAt: number;
}

/** Keeps the last known definitions for a start at which the server does not answer. */
export interface FlagBackup {
  /** Undefined where there is none, or none that can be trusted. */
  read(): KnownFlags | undefined;
  /** Never throws: where it cannot be written, there is no backup, since an old one may allow more than the new. */
  write(known: KnownFlags): void;
}

/**
 * @param file absolute path; only its owner can read it
 * @param source names server and environment: what was kept of another one is not used
 */
export function createFlagBackup(file: string, source: string, logger: Logger): FlagBackup {
  return {
    read() {
      const text = readText(file, logger);
      if (text === undefined) return undefined;
      const parsed = backupFile.safeParse(parseJson(text));
      if (!parsed.success) {
        logger.warn({ file }, 'the backup of the flags is damaged and not used');
        return undefined;
      }
      if (parsed.data.source === source) return parsed.data;
      logger.warn({ file }, 'the backup of the flags is of another server or environment and not used');
      return undefined;
    },
    write(known) {
      try {
        writeAtomically(file, JSON.stringify({ source, ...known }));
      } catch (err) {
        logger.warn({ err, file }, 'the flags cannot be backed up');
        remove(file, logger);
      }
    },
  };
}

function readText(file: string, logger: Logger): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (err) {
    const isMissing = err instanceof Error && 'code' in err && err.code === 'ENOENT';
    if (!isMissing) logger.warn({ err, file }, 'the backup of the flags cannot be read');
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function writeAtomically(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flush: true });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function remove(file: string, logger: Logger): void {
  try {
    rmSync(file, { force: true });
  } catch (err) {
    logger.error({ err, file }, 'an outdated backup of the flags cannot be removed: remove it by hand');
  }
}
