/** Work that is done one piece at a time, in the order in which it comes. */
export interface Turns {
  /** How many pieces are not done yet. */
  readonly waiting: number;
  /** Does the work when all that came before is done, and gives its result. */
  take<T>(work: () => Promise<T>): Promise<T>;
}

/** Creates a queue of nobody's work. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    get waiting() {
      return waiting;
    },
    take(work) {
      waiting += 1;
      const turn = last.then(work).finally(() => {
        waiting -= 1;
      });
      // Who took the turn is told that it failed; who comes next need not know.
      last = turn.catch(() => {});
      return turn;
    },
  };
}
