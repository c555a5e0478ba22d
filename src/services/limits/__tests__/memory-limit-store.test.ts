import { describe, expect, it } from 'vitest';
import { createMemoryLimitStore } from '../memory-limit-store.ts';
import { describeLimitStore } from './describe-limit-store.ts';

describeLimitStore('the limit store in memory', (clock) => createMemoryLimitStore({ now: () => clock.now }), {
  slotMs: 1,
  runs: 500,
});

describe('the limit store in memory', () => {
  it('keeps a bounded number of keys, those used last', () => {
    const store = createMemoryLimitStore({ maxKeys: 2 });
    const isAdmitted = (keyId: string) => store.take(keyId, { rpm: 1 }, 0).admitted;
    expect(['a', 'b', 'c'].map(isAdmitted)).toEqual([true, true, true]);
    expect(['c', 'b', 'a'].map(isAdmitted)).toEqual([false, false, true]);
  });

  it('lets nothing leave early where the clock has fractions', () => {
    const clock = { now: 0.4 };
    const store = createMemoryLimitStore({ now: () => clock.now });
    store.take('key', { rpm: 1 }, 0);
    clock.now = 60_000.2;
    expect(store.take('key', { rpm: 1 }, 0).admitted).toBe(false);
    clock.now = 60_001;
    expect(store.take('key', { rpm: 1 }, 0).admitted).toBe(true);
  });

  it('counts requests of the same moment together, as many as there are', () => {
    const store = createMemoryLimitStore({ now: () => 1_000 });
    const verdicts = Array.from({ length: 5_000 }, () => store.take('key', { rpm: 4_000 }, 1));
    expect(verdicts.filter(({ admitted }) => admitted)).toHaveLength(4_000);
    expect(verdicts.at(-1)).toMatchObject({ requests: 4_000, tokens: 4_000, waitMs: 60_000 });
  });
});
