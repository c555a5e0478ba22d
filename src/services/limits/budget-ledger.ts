import type { Logger } from '../../core/logger.ts';
import type { PartState } from '../../core/part-state.ts';
import { createRareWarning } from '../../core/rare-warning.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import { BudgetAccount } from './budget-account.ts';
import type { BudgetStore, Spending } from './budget-store.ts';
import { monthOf } from './calendar-month.ts';

/** How long own spending may wait to be written. */
const WRITE_MS = 1_000;
/** How long a request waits for the store. */
const ANSWER_MS = 100;

/** The spending of keys in the current calendar month (UTC), kept in memory and written behind. */
export interface BudgetLedger {
  /**
   * What the key has spent this month: all of this process' spending, that of others up to a second ago. Where the
   * store does not answer it is what is known, which for a key not yet read is this process' own share: budgets do
   * not take the gateway down with the database.
   */
  spent(keyId: string): Promise<Spending>;
  /** Adds to the month in which it is called. Nothing that was added is lost while the process runs. */
  add(keyId: string, spending: Spending): void;
  /** Begins to write every second. */
  start(): void;
  /**
   * Writes what is not written yet.
   * @throws AggregateError of what could not be written; it stays in memory, and a later call tries again
   */
  flush(): Promise<void>;
  /** Ends the writing every second, and flushes. @throws AggregateError */
  stop(): Promise<void>;
  state(): PartState;
}

/** @param now epoch milliseconds */
export function createBudgetLedger(deps: {
  readonly store: BudgetStore;
  readonly logger: Logger;
  readonly now?: () => number;
}): BudgetLedger {
  const { store, logger, now = Date.now } = deps;
  const accounts = new Map<string, BudgetAccount>();
  const warn = createRareWarning(logger, 'budgets cannot be read or written; they go on from memory', now);
  let isFailing = false;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const accountOf = (keyId: string) => {
    const month = monthOf(now());
    const name = `${month} ${keyId}`;
    const account = accounts.get(name) ?? new BudgetAccount(store, keyId, month, now);
    accounts.set(name, account);
    account.used();
    return account;
  };
  const failed = (err: unknown) => {
    isFailing = true;
    warn(err);
  };
  /** Never rejects. */
  const sync = async (account: BudgetAccount) => {
    try {
      await account.sync();
      isFailing = false;
    } catch (err) {
      failed(err);
    }
  };
  const writeAll = async () => {
    for (const [name, account] of accounts) {
      if (!account.isWritten) await sync(account);
      else if (account.isIdle) accounts.delete(name);
    }
  };
  const schedule = () => {
    timer = setTimeout(async () => {
      await writeAll();
      if (!isStopped) schedule();
    }, WRITE_MS);
    timer.unref();
  };
  const flush = async () => {
    const results = await Promise.allSettled([...accounts.values()].map(writeOut));
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    if (errors.length > 0) throw new AggregateError(errors, 'Spending could not be written.');
  };

  return {
    async spent(keyId) {
      const account = accountOf(keyId);
      const syncing = account.isOutdated ? sync(account) : undefined;
      // Where it fails, nobody waits for it to go on failing.
      if (syncing !== undefined && !isFailing) await waitAtMost(syncing, ANSWER_MS).catch(failed);
      return account.spent;
    },
    add(keyId, spending) {
      accountOf(keyId).add(spending);
    },
    start: schedule,
    flush,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await flush();
    },
    state: () => ({ name: 'budgets', status: isFailing ? 'down' : 'up' }),
  };
}

/** What is added while a write runs is written by the next one. */
async function writeOut(account: BudgetAccount): Promise<void> {
  while (!account.isWritten) await account.sync();
}
