import type { KeyLimits } from '../../core/catalog.ts';
import { type ErrorCode, GatewayError } from '../../core/gateway-error.ts';
import type { Spending } from './budget-store.ts';
import { nextMonthAt } from './calendar-month.ts';
import type { RateLimits } from './key-limits.ts';
import type { NotTaken } from './limit-store.ts';
import { NANO_DOLLARS } from './nano-dollars.ts';
import { rateLimitHeaders, toDuration } from './rate-limit-headers.ts';

const RATE_LIMITED: ErrorCode = 'rate_limit_exceeded';
const OVER_BUDGET: ErrorCode = 'insufficient_quota';

/** Tells OpenAI's clients that another try within their patience is of no use. */
const DO_NOT_RETRY = { 'x-should-retry': 'false' };

/** A request that is not admitted: the error for the client, and the headers of its answer. */
export interface Refusal {
  readonly ok: false;
  readonly error: GatewayError;
  readonly headers: Readonly<Record<string, string>>;
}

/** The refusal of a request for which there is no room in the window now. */
export function overRate(limits: RateLimits, use: NotTaken, tokens: number): Refusal {
  const { rpm = Number.POSITIVE_INFINITY } = limits;
  const exceeded =
    use.requests + 1 > rpm
      ? `requests per minute (RPM): limit ${rpm}, used ${use.requests}, requested 1`
      : `tokens per minute (TPM): limit ${limits.tpm}, used ${use.tokens}, requested ${tokens}`;
  const again = `Please try again in ${toDuration(use.waitMs)}.`;
  return {
    ok: false,
    error: new GatewayError(RATE_LIMITED, `Rate limit reached for this key on ${exceeded}. ${again}`, {
      retryAfterSeconds: Math.ceil(use.waitMs / 1000),
    }),
    headers: rateLimitHeaders(limits, use),
  };
}

/** The refusal of a request that is larger than a minute's limit and so never admitted; OpenAI's is a 429, too. */
export function tooLarge(tpm: number, tokens: number): Refusal {
  const message =
    `Request too large for this key on tokens per minute (TPM): limit ${tpm}, requested ${tokens}. ` +
    'The input or output tokens must be reduced in order to run successfully.';
  return { ok: false, error: new GatewayError(RATE_LIMITED, message), headers: DO_NOT_RETRY };
}

/**
 * The refusal of a key whose month's budget is used up; undefined where it is not.
 * @param now epoch milliseconds
 */
export function overBudget(
  { monthlyTokens, monthlyNanoDollars }: KeyLimits,
  spent: Spending,
  now: number,
): Refusal | undefined {
  if (monthlyTokens !== undefined && spent.tokens >= monthlyTokens)
    return usedUp(`${monthlyTokens} tokens`, now);
  if (monthlyNanoDollars !== undefined && spent.nanoDollars >= monthlyNanoDollars)
    return usedUp(`$${monthlyNanoDollars / NANO_DOLLARS}`, now);
  return undefined;
}

function usedUp(budget: string, now: number): Refusal {
  const renewedAt = nextMonthAt(now);
  const day = new Date(renewedAt).toISOString().slice(0, 10);
  const message = `This key's monthly budget of ${budget} is used up. It begins anew on ${day} (UTC).`;
  return {
    ok: false,
    error: new GatewayError(OVER_BUDGET, message, {
      retryAfterSeconds: Math.ceil((renewedAt - now) / 1000),
    }),
    headers: DO_NOT_RETRY,
  };
}
