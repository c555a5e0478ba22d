import { describe, expect, it } from 'vitest';
import { createMemoryLimitStore } from '../memory-limit-store.ts';
import { createRedisLimitStore } from '../redis-limit-store.ts';

/** Admitted, one request and 10 tokens counted in the tenth of a second 7. */
const ADMITTED = [1, 1, 10, 60_000, 60_000, 0, 7];
const REFUSED = [0, 5, 50, 30_000, 40_000, 12_345, 7];

/** A store over a Redis that answers as told, after so many milliseconds, and what that was asked. */
function setUp(answer: () => unknown, { knowsScripts = true, takesMs = 0 } = {}) {
  const asked: { readonly by: 'digest' | 'source'; readonly arguments: readonly string[] }[] = [];
  const client = {
    async evalSha(_sha1: string, options: { readonly arguments: string[] }) {
      if (!knowsScripts) throw new Error('NOSCRIPT No matching script. Please use EVAL.');
      asked.push({ by: 'digest', arguments: options.arguments });
      return answer();
    },
    async eval(_script: string, options: { readonly arguments: string[] }) {
      asked.push({ by: 'source', arguments: options.arguments });
      return answer();
    },
  };
  const store = createRedisLimitStore({
    redis: {
      ask: async (command, waitMs) => (takesMs > waitMs ? undefined : command(client).catch(() => undefined)),
    },
    local: createMemoryLimitStore(),
  });
  return { store, asked };
}

describe('the limit store in Redis', () => {
  it('gives the verdict of Redis, and corrects the estimate where it was counted', async () => {
    const { store, asked } = setUp(() => ADMITTED);
    const verdict = await store.take('key', { rpm: 5, tpm: 100 }, 10);
    expect(verdict).toMatchObject({ admitted: true, requests: 1, tokens: 10, requestsResetMs: 60_000 });
    if (verdict.admitted) verdict.settle(4);
    expect(asked.map((question) => question.arguments)).toEqual([
      ['', '5', '100', '10'],
      ['', '7', '-6'],
    ]);
  });

  it('does not trouble Redis where the estimate was right', async () => {
    const { store, asked } = setUp(() => ADMITTED);
    const verdict = await store.take('key', { tpm: 100 }, 10);
    if (verdict.admitted) verdict.settle(10);
    expect(asked).toHaveLength(1);
  });

  it('refuses what Redis refuses, and counts nothing of it here', async () => {
    let answer = REFUSED;
    const { store } = setUp(() => answer);
    expect(await store.take('key', { rpm: 1 }, 0)).toMatchObject({ admitted: false, waitMs: 12_345 });
    answer = ADMITTED;
    expect(await store.take('key', { rpm: 1 }, 0)).toMatchObject({ admitted: true });
  });

  it('never admits more in one process than the limit says, though Redis came back empty', async () => {
    const { store, asked } = setUp(() => ADMITTED);
    expect(await store.take('key', { rpm: 1 }, 3)).toMatchObject({ admitted: true });
    expect(await store.take('key', { rpm: 1 }, 3)).toMatchObject({ admitted: false });
    expect(asked.at(-1)?.arguments).toEqual(['', '7', '-3']);
  });

  it('goes on with what this process admitted while Redis does not answer', async () => {
    let answer: unknown = ADMITTED;
    const { store } = setUp(() => answer);
    await store.take('key', { rpm: 3 }, 0);
    answer = ['nonsense'];
    const next = async () => (await store.take('key', { rpm: 3 }, 0)).admitted;
    expect([await next(), await next(), await next()]).toEqual([true, true, false]);
  });

  it('waits for a Redis that a busy machine keeps from its turn for a while, and not for long', async () => {
    const refusedAfter = async (takesMs: number) => {
      const { store } = setUp(() => REFUSED, { takesMs });
      return !(await store.take('key', { rpm: 1 }, 0)).admitted;
    };
    expect([await refusedAfter(500), await refusedAfter(2_000)]).toEqual([true, false]);
  });

  it('sends the script itself to a Redis that does not know it', async () => {
    const { store, asked } = setUp(() => ADMITTED, { knowsScripts: false });
    expect(await store.take('key', { rpm: 5 }, 0)).toMatchObject({ admitted: true, requests: 1 });
    expect(asked.map(({ by }) => by)).toEqual(['source']);
  });
});
