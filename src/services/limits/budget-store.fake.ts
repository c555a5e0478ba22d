import { addSpending, type BudgetStore, NOTHING_SPENT, type Spending } from './budget-store.ts';

/** A store in memory that can be told to fail, or to keep its answers back. */
export interface FakeBudgetStore extends BudgetStore {
  /** Until told otherwise, whatever is asked rejects with this. */
  failWith(error: Error | undefined): void;
  /** Until it is resolved, whatever is asked waits for this. */
  waitFor(gate: Promise<void>): void;
  /** How often it was written to, and read. */
  readonly calls: { adds: number; reads: number };
}

export function createFakeBudgetStore(): FakeBudgetStore {
  const spendings = new Map<string, Spending>();
  const calls = { adds: 0, reads: 0 };
  let failure: Error | undefined;
  let gate = Promise.resolve();
  const spent = (row: string) => spendings.get(row) ?? NOTHING_SPENT;
  const answer = async () => {
    await gate;
    if (failure !== undefined) throw failure;
  };
  return {
    calls,
    failWith(error) {
      failure = error;
    },
    waitFor(promise) {
      gate = promise;
    },
    async spent(keyId, month) {
      calls.reads += 1;
      await answer();
      return spent(`${month} ${keyId}`);
    },
    async add(keyId, month, spending) {
      calls.adds += 1;
      await answer();
      const row = `${month} ${keyId}`;
      spendings.set(row, addSpending(spent(row), spending));
    },
  };
}
