import type { Logger } from '../core/logger.ts';
import { createRareWarning } from '../core/rare-warning.ts';

/** Rows that are written a little later, many at once, so that no request waits for them. */
export interface WriteBehind<T> {
  /** Queues a row. Where the queue is full the oldest goes, with a warning. */
  add(row: T): void;
  /** Begins to write every second. */
  start(): void;
  /** Ends that, and writes what is left. */
  stop(): Promise<void>;
}

const WRITE_MS = 1_000;
/** How much of it there may be. */
export interface WriteBehindBounds {
  /** Rows that wait at most. */
  readonly queued: number;
  /** Rows that are written in one step. */
  readonly batch: number;
}

const BOUNDS: WriteBehindBounds = { queued: 50_000, batch: 200 };

/**
 * Creates the queue. A row that cannot be written does not hold up the others: it is tried by itself, and dropped with
 * a log line where it fails again. While the database takes nothing the rows wait, and are tried again every second.
 * @param deps.write writes rows in one step, all of them or none
 * @param deps.isRowFault whether an error of `write` is a row's own, and not the database's
 */
export function createWriteBehind<T>(deps: {
  readonly what: string;
  readonly write: (rows: readonly T[]) => Promise<void>;
  readonly isRowFault: (error: unknown) => boolean;
  readonly logger: Logger;
  readonly bounds?: WriteBehindBounds;
}): WriteBehind<T> {
  const { what, write, isRowFault, logger, bounds = BOUNDS } = deps;
  const warn = createRareWarning(logger, `rows of the ${what} cannot be written: they wait`, Date.now);
  const queue: T[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let dropped = 0;

  /** Never rejects. */
  async function writeAll(): Promise<void> {
    try {
      while (queue.length > 0) await writeBatch(queue.splice(0, bounds.batch));
    } catch (err) {
      warn(err);
    }
    if (dropped > 0) logger.warn({ what, rows: dropped }, 'rows were dropped: the database was too slow');
    dropped = 0;
  }

  /** @throws the database's own fault; what is not written is in the queue again then */
  async function writeBatch(rows: T[]): Promise<void> {
    try {
      if ((await rowFaultOf(rows)) === undefined) return;
      for (; rows.length > 0; rows.shift()) {
        const err = await rowFaultOf(rows.slice(0, 1));
        if (err !== undefined) logger.error({ what, err }, 'a row could not be written');
      }
    } catch (err) {
      queue.unshift(...rows);
      dropSurplus();
      throw err;
    }
  }

  /** The fault of one of the rows; undefined where all are written. @throws the database's own fault */
  async function rowFaultOf(rows: readonly T[]): Promise<unknown> {
    try {
      await write(rows);
      return undefined;
    } catch (err) {
      if (isRowFault(err)) return err;
      throw err;
    }
  }

  function dropSurplus(): void {
    const surplus = Math.max(0, queue.length - bounds.queued);
    if (surplus > 0) queue.splice(0, surplus);
    dropped += surplus;
  }

  /** One at a time: whoever comes meanwhile waits for the one that runs. */
  const writeOnce = () => {
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  };
  return {
    add(row) {
      queue.push(row);
      dropSurplus();
    },
    start() {
      timer = setInterval(writeOnce, WRITE_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await writing;
      await writeOnce();
      if (queue.length > 0) logger.error({ what, rows: queue.length }, 'rows are lost: the gateway ends');
    },
  };
}
