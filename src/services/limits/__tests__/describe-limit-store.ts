import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RateLimits } from '../key-limits.ts';
import { hasRoom, type LimitStore, type Verdict, WINDOW_MS } from '../limit-store.ts';

/** A clock that stands until it is moved. */
export interface StandingClock {
  now: number;
}

/** The last millisecond of a tenth of a second, so that a store that counts in tenths forgets it as soon as any other. */
const START = 1_800_000_000_099;

/**
 * The tests that every limit store has to pass.
 * @param create a store on this clock; each time one that has counted nothing
 * @param slotMs the store forgets in steps of so many milliseconds
 * @param runs how many random sequences are tried
 */
export function describeLimitStore(
  name: string,
  create: (clock: StandingClock) => LimitStore | Promise<LimitStore>,
  { slotMs, runs }: { readonly slotMs: number; readonly runs: number },
): void {
  const start = async () => {
    const clock = { now: START };
    const store = await create(clock);
    const take = async (limits: RateLimits, tokens = 0, key = 'key') => store.take(key, limits, tokens);
    return { clock, take };
  };

  describe(name, () => {
    it('admits as many requests as the limit says, and says when the next one may come', async () => {
      const { clock, take } = await start();
      expect(await take({ rpm: 2 })).toMatchObject({ admitted: true, requests: 1, requestsResetMs: 60_000 });
      clock.now += 20_000;
      expect(await take({ rpm: 2 })).toMatchObject({ admitted: true, requests: 2 });
      expect(await take({ rpm: 2 })).toMatchObject({
        admitted: false,
        requests: 2,
        requestsResetMs: 60_000,
        tokensResetMs: 0,
        waitMs: 40_000,
      });
    });

    it('forgets a request after 60 seconds, to the millisecond', async () => {
      const { clock, take } = await start();
      await take({ rpm: 1 });
      clock.now += WINDOW_MS - 1;
      expect(await take({ rpm: 1 })).toMatchObject({ admitted: false, waitMs: 1 });
      clock.now += 1;
      expect(await take({ rpm: 1 })).toMatchObject({ admitted: true, requests: 1 });
    });

    it('does not begin anew at the minute: what came late in one still counts in the next', async () => {
      const { clock, take } = await start();
      clock.now += 59_000;
      for (const _ of [1, 2, 3]) await take({ rpm: 3 });
      clock.now += 2_000;
      expect(await take({ rpm: 3 })).toMatchObject({ admitted: false, waitMs: 58_000 });
    });

    it('counts an estimate until the call settles, and gives back at once what was not used', async () => {
      const { take } = await start();
      const first = admitted(await take({ tpm: 100 }, 80));
      expect(await take({ tpm: 100 }, 30)).toMatchObject({ admitted: false, tokens: 80, waitMs: 60_000 });
      first.settle(50);
      expect(await take({ tpm: 100 }, 30)).toMatchObject({ admitted: true, tokens: 80 });
    });

    it('gives a failed call back in full', async () => {
      const { take } = await start();
      admitted(await take({ tpm: 100 }, 100)).settle(0);
      expect(await take({ tpm: 100 }, 100)).toMatchObject({ admitted: true, tokens: 100 });
    });

    it('counts what was used beyond the estimate from when that is known', async () => {
      const { clock, take } = await start();
      const first = admitted(await take({ tpm: 100 }, 10));
      clock.now += 50_000;
      first.settle(110);
      expect(await take({ tpm: 100 }, 0)).toMatchObject({ admitted: false, tokens: 110, waitMs: 60_000 });
      clock.now += 10_000;
      expect(await take({ tpm: 100 }, 0)).toMatchObject({ admitted: false, tokens: 100, waitMs: 50_000 });
      clock.now += 50_000;
      expect(await take({ tpm: 100 }, 100)).toMatchObject({ admitted: true, tokens: 100 });
    });

    it('gives nothing back for an estimate that has left the window already', async () => {
      const { clock, take } = await start();
      const first = admitted(await take({ tpm: 100 }, 100));
      clock.now += WINDOW_MS;
      await take({ tpm: 100 }, 60);
      first.settle(0);
      expect(await take({ tpm: 100 }, 50)).toMatchObject({ admitted: false, tokens: 60 });
    });

    it('keeps what is settled late, though nothing was asked meanwhile', async () => {
      const { clock, take } = await start();
      const first = admitted(await take({ tpm: 100 }, 1));
      clock.now += 50_000;
      first.settle(101);
      clock.now += 30_000;
      expect(await take({ tpm: 100 }, 1)).toMatchObject({ admitted: false, tokens: 100 });
    });

    it('admits a request of unknown size while there is one token left', async () => {
      const { take } = await start();
      await take({ tpm: 100 }, 99);
      expect(await take({ tpm: 100 }, 0)).toMatchObject({ admitted: true });
      await take({ tpm: 100 }, 1);
      expect(await take({ tpm: 100 }, 0)).toMatchObject({ admitted: false });
    });

    it('counts nothing of what it refuses', async () => {
      const { clock, take } = await start();
      await take({ rpm: 1, tpm: 100 }, 10);
      for (const _ of [1, 2, 3]) await take({ rpm: 1, tpm: 100 }, 10);
      clock.now += WINDOW_MS;
      expect(await take({ rpm: 1, tpm: 100 }, 10)).toMatchObject({ requests: 1, tokens: 10 });
    });

    it('holds each key by itself', async () => {
      const { take } = await start();
      await take({ rpm: 1 }, 0, 'one');
      expect(await take({ rpm: 1 }, 0, 'other')).toMatchObject({ admitted: true, requests: 1 });
    });

    it('follows a changed limit with the next request', async () => {
      const { clock, take } = await start();
      for (const _ of [1, 2, 3]) {
        await take({ rpm: 3 });
        clock.now += 1_000;
      }
      expect(await take({ rpm: 1 })).toMatchObject({ admitted: false, waitMs: 59_000 });
      expect(await take({ rpm: 4 })).toMatchObject({ admitted: true });
    });

    it('says of requests and tokens each when they will all be forgotten', async () => {
      const { clock, take } = await start();
      const first = admitted(await take({}, 0));
      clock.now += 10_000;
      expect(await take({}, 5)).toMatchObject({ requestsResetMs: 60_000, tokensResetMs: 60_000 });
      clock.now += 10_000;
      first.settle(7);
      clock.now += 5_000;
      expect(await take({ rpm: 2 }, 0)).toMatchObject({
        admitted: false,
        requestsResetMs: 45_000,
        tokensResetMs: 55_000,
      });
    });

    it('decides every sequence of requests and settlements as a list of all of them would', async () => {
      await fc.assert(
        fc.asyncProperty(steps, limitsOf, async (sequence, limits) => {
          const clock = { now: START };
          const store = await create(clock);
          const model = new NaiveWindow(clock, slotMs);
          for (const step of sequence) {
            clock.now += step.afterMs;
            const verdict = await store.take('key', limits, step.tokens);
            const expected = model.take(limits, step.tokens);
            expect(pickDecision(verdict)).toEqual(expected);
            if (!verdict.admitted || step.settles === undefined) continue;
            clock.now += step.settles.afterMs;
            verdict.settle(step.settles.tokens);
            model.settle(step.tokens, step.settles.tokens);
          }
          expect(model.mostWithinAnyWindow()).toBeLessThanOrEqual(limits.rpm ?? Number.POSITIVE_INFINITY);
        }),
        { numRuns: runs },
      );
    });
  });
}

const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.nat(50), fc.nat(30_000), fc.constantFrom(0, 59_999, 60_000, 61_000)),
    tokens: fc.nat(60),
    settles: fc.option(fc.record({ afterMs: fc.oneof(fc.nat(100), fc.nat(70_000)), tokens: fc.nat(120) }), {
      nil: undefined,
    }),
  }),
  { minLength: 1, maxLength: 25 },
);

const limitsOf = fc.record({
  rpm: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  tpm: fc.option(fc.integer({ min: 60, max: 200 }), { nil: undefined }),
});

interface Counted {
  readonly at: number;
  requests: number;
  tokens: number;
}

/** Keeps everything and looks at all of it each time. */
class NaiveWindow {
  readonly #clock: StandingClock;
  readonly #slotMs: number;
  readonly #all: Counted[] = [];

  constructor(clock: StandingClock, slotMs: number) {
    this.#clock = clock;
    this.#slotMs = slotMs;
  }

  take(limits: RateLimits, tokens: number): object {
    const use = this.#useAt(this.#clock.now);
    if (!hasRoom(use, limits, tokens))
      return { admitted: false, ...use, waitMs: this.#waitMs(limits, tokens) };
    this.#all.push({ at: this.#clock.now, requests: 1, tokens });
    return { admitted: true, ...this.#useAt(this.#clock.now) };
  }

  /** Settles what was admitted last. */
  settle(estimated: number, used: number): void {
    const last = this.#all.findLast(({ requests }) => requests > 0);
    if (last !== undefined) last.tokens -= Math.max(0, estimated - used);
    if (used > estimated) this.#all.push({ at: this.#clock.now, requests: 0, tokens: used - estimated });
  }

  mostWithinAnyWindow(): number {
    const times = this.#all.filter(({ requests }) => requests > 0).map(({ at }) => at);
    const counts = times.map((from) => times.filter((at) => at >= from && at < from + WINDOW_MS).length);
    return Math.max(0, ...counts);
  }

  #leavesAt(at: number): number {
    return (Math.floor(at / this.#slotMs) + 1) * this.#slotMs - 1 + WINDOW_MS;
  }

  #useAt(time: number): { requests: number; tokens: number } {
    const counting = this.#all.filter(({ at }) => this.#leavesAt(at) > time);
    const sum = (field: 'requests' | 'tokens') => counting.reduce((total, each) => total + each[field], 0);
    return { requests: sum('requests'), tokens: sum('tokens') };
  }

  #waitMs(limits: RateLimits, tokens: number): number {
    const { now } = this.#clock;
    const moments = this.#all.map(({ at }) => this.#leavesAt(at)).filter((moment) => moment > now);
    const soonest = moments.filter((moment) => hasRoom(this.#useAt(moment), limits, tokens));
    return Math.min(...soonest) - now;
  }
}

function pickDecision(verdict: Verdict): object {
  const { admitted, requests, tokens } = verdict;
  return verdict.admitted
    ? { admitted, requests, tokens }
    : { admitted, requests, tokens, waitMs: verdict.waitMs };
}

/** The verdict of a request that must have been admitted. */
function admitted(verdict: Verdict): Verdict & { readonly admitted: true } {
  if (!verdict.admitted) throw new Error('The request was refused.');
  return verdict;
}
