import {
  type FSWatcher,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../core/logger.ts';

const noteSchema = z.object({ id: z.string().optional() });

/** How often the file is looked at where the file system does not tell of changes. */
const POLL_MS = 250;

/** Who switches, and why. */
export interface KillNote {
  readonly reason: string;
  readonly actor: string;
  /** Of a kill that all processes know; a file that was laid there by hand has none. */
  readonly id?: string | undefined;
}

/**
 * Sends everything to the legacy path while it is engaged. It is a file, so that it works with database and flag
 * server down, survives a restart, and can be laid there by hand: whatever is in it, its presence engages.
 */
export interface KillSwitch {
  /** From memory; follows the file within a fraction of a second, and `engage` and `release` at once. */
  isEngaged(): boolean;
  /** The id of the kill that it is engaged by; undefined where it is not, or nobody knows whose it is. */
  engagedId(): string | undefined;
  /** @throws Error where the file cannot be written; it stays engaged in this process, which tries again. */
  engage(note: KillNote): void;
  /** @throws Error where the file cannot be removed; the switch then stays engaged. */
  release(note: KillNote): void;
  /** Reads the file and begins to watch it. */
  start(): void;
  /** Stops watching. */
  stop(): void;
}

/**
 * Creates the switch; nothing is watched before `start`.
 * @param file absolute path, the same for every process that serves this installation
 */
export function createKillSwitch(file: string, logger: Logger): KillSwitch {
  let inFile = false;
  /** A kill whose file could not be written, and that this process holds on to until it can. */
  let held: KillNote | undefined;
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    if (held !== undefined) retry(held);
    const now = isThere(file, inFile);
    if (now !== inFile) logger.warn({ engaged: now }, now ? 'kill switch engaged' : 'kill switch released');
    inFile = now;
  };
  const write = (note: KillNote) => {
    writeAtomically(file, JSON.stringify({ ...note, at: Date.now() }));
    inFile = true;
    held = undefined;
  };
  const retry = (note: KillNote) => {
    try {
      write(note);
    } catch {
      // Said when it was engaged; it stays held here and is tried again at the next look.
    }
  };
  return {
    isEngaged: () => inFile || held !== undefined,
    engagedId: () => held?.id ?? idIn(file),
    engage(note) {
      held = note;
      logger.warn({ engaged: true, ...note }, 'kill switch engaged');
      write(note);
    },
    release(note) {
      rmSync(file, { force: true });
      inFile = false;
      held = undefined;
      logger.warn({ engaged: false, ...note }, 'kill switch released');
    },
    start() {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      inFile = isThere(file, false);
      watcher = watchFolder(dirname(file), basename(file), look, logger);
      timer = setInterval(look, POLL_MS);
      timer.unref();
    },
    stop() {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

/** Whether anything is there by that name; `last` where that cannot be told: an unreadable folder is no release. */
function isThere(file: string, last: boolean): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return last;
  }
}

/** Whatever else is in the file: its presence is all that engages. */
function idIn(file: string): string | undefined {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).id;
  } catch {
    // It is not there, or a person has made it.
    return undefined;
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
