import type { KeyLimits } from '../../core/catalog.ts';
import type { Usage } from '../../core/usage.ts';
import type { BudgetLedger } from './budget-ledger.ts';
import { overBudget, overRate, type Refusal, tooLarge } from './limit-refusal.ts';
import type { LimitStore } from './limit-store.ts';
import type { PriceTable } from './price-table.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';

/** A request that may be carried. */
export interface Admitted {
  readonly ok: true;
  /** For the client's answer, in lower case; they win over the provider's own of the same names. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Says what the call came to, when it is over; a second call does nothing.
   * @param usage the provider's, or the gateway's own count; undefined where no tokens were used, which gives the
   * estimate back in full
   * @param modelIdentifier the model that answered, as its provider calls it
   */
  settle(usage: Usage | undefined, modelIdentifier: string, providerId?: string): void;
  /** Says what was used beside the call, before it is settled, such as by the classifier that chose its model. */
  charge(usage: Usage, modelIdentifier: string, providerId?: string): void;
}

export type Admission = Admitted | Refusal;

/** Holds the limits and budgets of virtual keys. */
export interface Limiter {
  /**
   * Admits a request and counts it, or refuses it and counts nothing. A key without limits costs nothing.
   *
   * The limits of a minute are exact. A budget is counted when calls settle: what runs when it is used up finishes.
   * @param estimatedTokens what the request may come to, prompt and completion, where there is a limit on tokens; it
   * counts for the minute from now, until the call settles
   */
  admit(keyId: string, limits: KeyLimits, estimatedTokens: number): Promise<Admission>;
}

interface LimiterDependencies {
  readonly store: LimitStore;
  readonly budgets: BudgetLedger;
  readonly prices: PriceTable;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export function createLimiter(deps: LimiterDependencies): Limiter {
  const unlimited: Promise<Admission> = Promise.resolve({
    ok: true,
    headers: {},
    settle: () => {},
    charge: () => {},
  });
  return {
    admit(keyId, limits, estimatedTokens) {
      const isRated = limits.rpm !== undefined || limits.tpm !== undefined;
      if (!isRated && !isBudgeted(limits)) return unlimited;
      return admit(deps, keyId, limits, Math.ceil(estimatedTokens));
    },
  };
}

async function admit(
  deps: LimiterDependencies,
  keyId: string,
  limits: KeyLimits,
  tokens: number,
): Promise<Admission> {
  // First, as it counts nothing: what it refuses must not take room in the window.
  const refusal = isBudgeted(limits) ? await checkBudget(deps, keyId, limits) : undefined;
  const rated = refusal ?? (await takeRoom(deps.store, keyId, limits, tokens));
  return rated.ok ? settlingOnce(rated, deps, keyId, limits) : rated;
}

function isBudgeted({ monthlyTokens, monthlyNanoDollars }: KeyLimits): boolean {
  return monthlyTokens !== undefined || monthlyNanoDollars !== undefined;
}

async function checkBudget(
  { budgets, now = Date.now }: LimiterDependencies,
  keyId: string,
  limits: KeyLimits,
): Promise<Refusal | undefined> {
  return overBudget(limits, await budgets.spent(keyId), now());
}

/** Room in the window of the key. */
interface Room {
  readonly ok: true;
  readonly headers: Readonly<Record<string, string>>;
  settle(tokens: number): void;
}

const BOUNDLESS: Room = { ok: true, headers: {}, settle: () => {} };

async function takeRoom(
  store: LimitStore,
  keyId: string,
  limits: KeyLimits,
  tokens: number,
): Promise<Room | Refusal> {
  const { rpm, tpm } = limits;
  if (rpm === undefined && tpm === undefined) return BOUNDLESS;
  if (tpm !== undefined && tokens > tpm) return tooLarge(tpm, tokens);
  const verdict = await store.take(keyId, limits, tokens);
  if (!verdict.admitted) return overRate(limits, verdict, tokens);
  return { ok: true, headers: rateLimitHeaders(limits, verdict), settle: (used) => verdict.settle(used) };
}

function settlingOnce(
  room: Room,
  { budgets, prices }: LimiterDependencies,
  keyId: string,
  limits: KeyLimits,
): Admitted {
  let isSettled = false;
  let beside = 0;
  const spend = (usage: Usage, modelIdentifier: string, providerId: string | undefined) => {
    if (!isBudgeted(limits)) return;
    const nanoDollars = prices.costOf(modelIdentifier, usage, providerId) ?? 0;
    budgets.add(keyId, { tokens: tokensOf(usage), nanoDollars });
  };
  return {
    ok: true,
    headers: room.headers,
    settle(usage, modelIdentifier, providerId) {
      if (isSettled) return;
      isSettled = true;
      room.settle(beside + (usage === undefined ? 0 : tokensOf(usage)));
      if (usage !== undefined) spend(usage, modelIdentifier, providerId);
    },
    charge(usage, modelIdentifier, providerId) {
      if (isSettled) return;
      beside += tokensOf(usage);
      spend(usage, modelIdentifier, providerId);
    },
  };
}

function tokensOf({ prompt, completion }: Usage): number {
  return Math.ceil(prompt + completion);
}
