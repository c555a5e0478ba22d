/** Work that goes on by itself and must be over before what it needs is closed. */
export interface PendingWork {
  /** Takes note of work that has begun; it must not reject. */
  track(work: Promise<void>): void;
  /** Resolves when all that has begun is over, what begins meanwhile included. */
  settled(): Promise<void>;
}

/** Creates the keeping of nobody's work. */
export function createPendingWork(): PendingWork {
  const pending = new Set<Promise<void>>();
  return {
    track(work) {
      pending.add(work);
      void work.finally(() => pending.delete(work));
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}
