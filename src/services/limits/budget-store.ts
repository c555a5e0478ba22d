/** What was spent: whole tokens (prompt and completion), and whole nano-dollars. */
export interface Spending {
  readonly tokens: number;
  readonly nanoDollars: number;
}

/** Where the spending of each key and calendar month is kept. Months are UTC, such as `2026-11`. */
export interface BudgetStore {
  /** Nothing where nothing was added. */
  spent(keyId: string, month: string): Promise<Spending>;
  /** Adds to what was spent, as one step that loses nothing of what others add at the same time. */
  add(keyId: string, month: string, spending: Spending): Promise<void>;
}

export const NOTHING_SPENT: Spending = { tokens: 0, nanoDollars: 0 };

export function addSpending(one: Spending, other: Spending): Spending {
  return { tokens: one.tokens + other.tokens, nanoDollars: one.nanoDollars + other.nanoDollars };
}
