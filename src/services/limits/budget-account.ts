import { addSpending, type BudgetStore, NOTHING_SPENT, type Spending } from './budget-store.ts';

/** How old what is known of other processes' spending may be, in milliseconds. */
const OUTDATED_MS = 1_000;
/** How long an account is kept that nobody uses, in milliseconds. */
const IDLE_MS = 600_000;

/** What one key spent in one month, as this process knows it: what the store has, and what it has yet to get. */
export class BudgetAccount {
  readonly #store: BudgetStore;
  readonly #keyId: string;
  readonly #month: string;
  readonly #now: () => number;
  #stored = NOTHING_SPENT;
  /** On its way into the store. */
  #writing = NOTHING_SPENT;
  #unwritten = NOTHING_SPENT;
  #running: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #usedAt: number;

  /** @param now epoch milliseconds */
  constructor(store: BudgetStore, keyId: string, month: string, now: () => number) {
    this.#store = store;
    this.#keyId = keyId;
    this.#month = month;
    this.#now = now;
    this.#usedAt = now();
  }

  get spent(): Spending {
    return addSpending(this.#stored, addSpending(this.#writing, this.#unwritten));
  }

  get isWritten(): boolean {
    return this.#running === undefined && isNothing(this.#unwritten);
  }

  /** Whether the store has not been asked for a second, or is being asked now. */
  get isOutdated(): boolean {
    return this.#running !== undefined || isOlderThan(OUTDATED_MS, this.#askedAt, this.#now());
  }

  /** Whether nobody has used it for a long time. */
  get isIdle(): boolean {
    return isOlderThan(IDLE_MS, this.#usedAt, this.#now());
  }

  used(): void {
    this.#usedAt = this.#now();
  }

  /** Takes no time: what is added waits in one sum, however long the store is away. */
  add(spending: Spending): void {
    this.#unwritten = addSpending(this.#unwritten, spending);
  }

  /**
   * Writes what waits, then reads what all processes have written. Runs once at a time: whoever comes meanwhile gets
   * the one that runs.
   * @throws Error where the store fails; what it did not take waits on
   */
  sync(): Promise<void> {
    this.#running ??= this.#writeAndRead().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #writeAndRead(): Promise<void> {
    this.#askedAt = this.#now();
    if (!isNothing(this.#unwritten)) await this.#write();
    this.#stored = await this.#store.spent(this.#keyId, this.#month);
  }

  async #write(): Promise<void> {
    const batch = this.#unwritten;
    this.#unwritten = NOTHING_SPENT;
    this.#writing = batch;
    try {
      await this.#store.add(this.#keyId, this.#month, batch);
      this.#stored = addSpending(this.#stored, batch);
    } catch (error) {
      this.#unwritten = addSpending(this.#unwritten, batch);
      throw error;
    } finally {
      this.#writing = NOTHING_SPENT;
    }
  }
}

function isNothing({ tokens, nanoDollars }: Spending): boolean {
  return tokens === 0 && nanoDollars === 0;
}

/** Also true where the clock was set back: an age that cannot be told is none to rely on. */
function isOlderThan(ageMs: number, then: number, now: number): boolean {
  return now < then || now - then >= ageMs;
}
