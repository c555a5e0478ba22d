import { type FSWatcher, mkdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Logger } from '../core/logger.ts';

/** How often the file is looked at where the file system does not tell of changes. */
const POLL_MS = 250;

/** Who switches, and why. */
export interface KillNote {
  readonly reason: string;
  readonly actor: string;
}

/**
 * Sends everything to the legacy path while it is engaged. It is a file, so that it works with database and flag
 * server down, survives a restart, and can be laid there by hand: whatever is in it, its presence engages.
 */
export interface KillSwitch {
  /** From memory; follows the file within a fraction of a second, and `engage` and `release` at once. */
  isEngaged(): boolean;
  /** @throws Error where the file cannot be written; the switch is engaged in this process all the same. */
  engage(note: KillNote): void;
  /** @throws Error where the file cannot be removed; the switch then stays engaged. */
  release(note: KillNote): void;
  /** Stops watching. */
  stop(): void;
}

/** @param file absolute path, the same for every process that serves this installation */
export function createKillSwitch(file: string, logger: Logger): KillSwitch {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let engaged = isThere(file, false);
  const look = () => {
    const now = isThere(file, engaged);
    if (now !== engaged) logger.warn({ engaged: now }, now ? 'kill switch engaged' : 'kill switch released');
    engaged = now;
  };
  const watcher = watchFolder(dirname(file), basename(file), look, logger);
  const timer = setInterval(look, POLL_MS);
  timer.unref();
  return {
    isEngaged: () => engaged,
    engage(note) {
      engaged = true;
      logger.warn({ engaged, ...note }, 'kill switch engaged');
      writeAtomically(file, JSON.stringify({ ...note, at: Date.now() }));
    },
    release(note) {
      rmSync(file, { force: true });
      engaged = false;
      logger.warn({ engaged, ...note }, 'kill switch released');
    },
    stop() {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

/** Whether the file is there; `last` where that cannot be told, since an unreadable folder is no release. */
function isThere(file: string, last: boolean): boolean {
  try {
    readFileSync(file);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return false;
    return code === 'EACCES' || code === 'EISDIR' ? true : last;
  }
}

function watchFolder(folder: string, name: string, look: () => void, logger: Logger): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, changed) => {
      if (changed === name || changed === null) look();
    });
    watcher.on('error', (err) => logger.warn({ err }, 'kill switch folder cannot be watched; it is polled'));
    return watcher;
  } catch (err) {
    logger.warn({ err }, 'kill switch folder cannot be watched; it is polled');
    return undefined;
  }
}

function writeAtomically(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, `${text}\n`, { mode: 0o600 });
  renameSync(draft, file);
}
