import { describe, expect, it } from 'vitest';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import type { KeyLimits } from '../../../core/catalog.ts';
import { createBudgetLedger } from '../budget-ledger.ts';
import { createFakeBudgetStore } from '../budget-store.fake.ts';
import type { LimitStore } from '../limit-store.ts';
import { type Admission, type Admitted, createLimiter } from '../limiter.ts';
import { createMemoryLimitStore } from '../memory-limit-store.ts';
import { createPriceTable } from '../price-table.ts';

const MODEL = 'gpt-4o-mini';
const NOVEMBER = Date.UTC(2026, 10, 12, 10, 0, 0);
const usage = (prompt: number, completion = 0, cached = 0, reasoning = 0) => ({
  prompt,
  completion,
  cached,
  reasoning,
});

function setUp(given: { readonly store?: LimitStore } = {}) {
  const clock = { now: NOVEMBER };
  const now = () => clock.now;
  const budgetStore = createFakeBudgetStore();
  const budgets = createBudgetLedger({ store: budgetStore, logger: createRecordingLogger(), now });
  const store = given.store ?? createMemoryLimitStore({ now });
  const limiter = createLimiter({ store, budgets, prices: createPriceTable(), now });
  const admit = (limits: KeyLimits, estimate = 0, keyId = 'key') => limiter.admit(keyId, limits, estimate);
  return { clock, budgetStore, budgets, limiter, admit };
}

function admitted(admission: Admission): Admitted {
  if (!admission.ok) throw admission.error;
  return admission;
}

function refused(admission: Admission) {
  if (admission.ok) throw new Error('The request was admitted.');
  const { status, message, retryAfterSeconds } = admission.error;
  return { status, message, retryAfterSeconds, headers: admission.headers };
}

describe('a key without limits', () => {
  it('touches no store, and gets one and the same answer each time', async () => {
    const untouched: LimitStore = {
      take() {
        throw new Error('The store was touched.');
      },
    };
    const { limiter, budgetStore } = setUp({ store: untouched });
    const first = limiter.admit('key', {}, 1_000_000);
    expect(limiter.admit('other', { rpm: undefined, monthlyTokens: undefined }, 5)).toBe(first);
    const admission = admitted(await first);
    admission.settle(usage(10), MODEL);
    expect(admission.headers).toEqual({});
    expect(budgetStore.calls).toEqual({ adds: 0, reads: 0 });
  });
});

describe('requests per minute', () => {
  it('are exactly the limit under 200 concurrent requests', async () => {
    const { admit } = setUp();
    const admissions = await Promise.all(Array.from({ length: 200 }, () => admit({ rpm: 120 })));
    expect(admissions.filter(({ ok }) => ok)).toHaveLength(120);
  });

  it('are said in the headers of what is admitted', async () => {
    const { admit, clock } = setUp();
    await admit({ rpm: 3 });
    clock.now += 500;
    expect(admitted(await admit({ rpm: 3 })).headers).toEqual({
      'x-ratelimit-limit-requests': '3',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '1m0s',
    });
  });

  it('refuse the next with a 429 that says what was reached and when to come again', async () => {
    const { admit, clock } = setUp();
    await admit({ rpm: 1, tpm: 100 }, 10);
    clock.now += 20_500;
    expect(refused(await admit({ rpm: 1, tpm: 100 }, 10))).toEqual({
      status: 429,
      message:
        'Rate limit reached for this key on requests per minute (RPM): limit 1, used 1, requested 1. ' +
        'Please try again in 39.5s.',
      retryAfterSeconds: 40,
      headers: {
        'x-ratelimit-limit-requests': '1',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '39.5s',
        'x-ratelimit-limit-tokens': '100',
        'x-ratelimit-remaining-tokens': '90',
        'x-ratelimit-reset-tokens': '39.5s',
      },
    });
  });

  it('admit it when it comes as late as it was told', async () => {
    const { admit, clock } = setUp();
    await admit({ rpm: 1 });
    clock.now += 100;
    const { retryAfterSeconds = 0 } = refused(await admit({ rpm: 1 }));
    clock.now += retryAfterSeconds * 1_000;
    expect(await admit({ rpm: 1 })).toMatchObject({ ok: true });
  });
});

describe('tokens per minute', () => {
  it('are exactly the limit under 200 concurrent requests', async () => {
    const { admit } = setUp();
    const admissions = await Promise.all(Array.from({ length: 200 }, () => admit({ tpm: 1_000 }, 7)));
    expect(admissions.filter(({ ok }) => ok)).toHaveLength(142);
  });

  it('refuse what the estimate has no room for, and admit it when a call has settled lower', async () => {
    const { admit } = setUp();
    const first = admitted(await admit({ tpm: 100 }, 90));
    expect(refused(await admit({ tpm: 100 }, 20))).toMatchObject({
      status: 429,
      message:
        'Rate limit reached for this key on tokens per minute (TPM): limit 100, used 90, requested 20. ' +
        'Please try again in 1m0s.',
      retryAfterSeconds: 60,
    });
    first.settle(usage(50, 20), MODEL);
    expect(admitted(await admit({ tpm: 100 }, 20)).headers).toMatchObject({
      'x-ratelimit-remaining-tokens': '10',
    });
  });

  it('get the whole estimate of a failed call back, once', async () => {
    const { admit } = setUp();
    const failed = admitted(await admit({ tpm: 100 }, 100));
    failed.settle(undefined, MODEL);
    failed.settle(undefined, MODEL);
    await admit({ tpm: 100 }, 60);
    failed.settle(usage(1_000), MODEL);
    expect(admitted(await admit({ tpm: 100 }, 40)).headers).toMatchObject({
      'x-ratelimit-remaining-tokens': '0',
    });
  });

  it('refuse a request that is larger than all of them for good', async () => {
    const { admit } = setUp();
    expect(refused(await admit({ rpm: 10, tpm: 100 }, 101))).toEqual({
      status: 429,
      message:
        'Request too large for this key on tokens per minute (TPM): limit 100, requested 101. ' +
        'The input or output tokens must be reduced in order to run successfully.',
      retryAfterSeconds: undefined,
      headers: { 'x-should-retry': 'false' },
    });
    expect(admitted(await admit({ rpm: 10, tpm: 100 }, 100)).headers).toMatchObject({
      'x-ratelimit-remaining-requests': '9',
    });
  });
});

describe('a monthly budget', () => {
  it('of tokens ends when settled calls have used it up, until the next month begins', async () => {
    const { admit, clock } = setUp();
    const limits = { monthlyTokens: 100 };
    admitted(await admit(limits)).settle(usage(60, 39), MODEL);
    admitted(await admit(limits)).settle(usage(1), MODEL);
    expect(refused(await admit(limits))).toEqual({
      status: 429,
      message: "This key's monthly budget of 100 tokens is used up. It begins anew on 2026-12-01 (UTC).",
      retryAfterSeconds: (Date.UTC(2026, 11, 1) - NOVEMBER) / 1_000,
      headers: { 'x-should-retry': 'false' },
    });
    clock.now = Date.UTC(2026, 11, 1) - 1;
    expect(refused(await admit(limits)).retryAfterSeconds).toBe(1);
    clock.now += 1;
    expect(await admit(limits)).toMatchObject({ ok: true });
  });

  it('of money counts what each model costs, and nothing for one whose price is not known', async () => {
    const { admit } = setUp();
    const limits = { monthlyNanoDollars: 750_000 };
    admitted(await admit(limits)).settle(usage(1_000_000), 'no-such-model');
    // gpt-4o-mini: 0.15 dollars a million prompt tokens, 0.075 cached, 0.60 completion.
    admitted(await admit(limits)).settle(usage(3_000, 500, 2_000), MODEL);
    admitted(await admit(limits)).settle(usage(999), MODEL);
    admitted(await admit(limits)).settle(usage(1), MODEL);
    expect(refused(await admit(limits)).message).toContain('monthly budget of $0.00075 is used up');
  });

  it('lets what already runs finish', async () => {
    const { admit } = setUp();
    const running = await Promise.all([1, 2, 3].map(() => admit({ monthlyTokens: 10 })));
    for (const admission of running) admitted(admission).settle(usage(10), MODEL);
    expect(await admit({ monthlyTokens: 10 })).toMatchObject({ ok: false });
    expect(await admit({ monthlyTokens: 31 })).toMatchObject({ ok: true });
  });

  it('takes no room in the window for what it refuses', async () => {
    const { admit } = setUp();
    admitted(await admit({ rpm: 2, monthlyTokens: 1 })).settle(usage(1), MODEL);
    for (const _ of [1, 2, 3]) await admit({ rpm: 2, monthlyTokens: 1 });
    expect(await admit({ rpm: 2 })).toMatchObject({ ok: true });
  });

  it('counts once however often a call is settled, and nothing where no tokens were used', async () => {
    const { admit, budgets } = setUp();
    const call = admitted(await admit({ monthlyTokens: 100 }));
    call.settle(usage(5), MODEL);
    call.settle(usage(5), MODEL);
    admitted(await admit({ monthlyTokens: 100 })).settle(undefined, MODEL);
    expect(await budgets.spent('key')).toEqual({ tokens: 5, nanoDollars: 750 });
  });

  it('is nothing to a key that has other limits only', async () => {
    const { admit, budgetStore, budgets } = setUp();
    admitted(await admit({ rpm: 5 })).settle(usage(5), MODEL);
    expect(budgetStore.calls).toEqual({ adds: 0, reads: 0 });
    expect(await budgets.spent('key')).toEqual({ tokens: 0, nanoDollars: 0 });
  });

  it('begins the next year with its first month', async () => {
    const { admit, clock } = setUp();
    clock.now = Date.UTC(2026, 11, 31, 23, 59, 59);
    admitted(await admit({ monthlyTokens: 1 })).settle(usage(1), MODEL);
    expect(refused(await admit({ monthlyTokens: 1 }))).toMatchObject({ retryAfterSeconds: 1 });
    clock.now += 1_000;
    expect(await admit({ monthlyTokens: 1 })).toMatchObject({ ok: true });
  });
});
