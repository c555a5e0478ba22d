import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KeyLimits } from '../../src/core/catalog.ts';
import { Secret } from '../../src/core/secret.ts';
import { describeLimitStore } from '../../src/services/limits/__tests__/describe-limit-store.ts';
import { createBudgetLedger } from '../../src/services/limits/budget-ledger.ts';
import { createFakeBudgetStore } from '../../src/services/limits/budget-store.fake.ts';
import type { LimitStore } from '../../src/services/limits/limit-store.ts';
import { createLimiter, type Limiter } from '../../src/services/limits/limiter.ts';
import { createMemoryLimitStore } from '../../src/services/limits/memory-limit-store.ts';
import { createPriceTable } from '../../src/services/limits/price-table.ts';
import { CORRECT_SCRIPT, TAKE_SCRIPT } from '../../src/services/limits/redis-limit-scripts.ts';
import { createRedisLimitStore, type LimitRedis } from '../../src/services/limits/redis-limit-store.ts';
import { RedisConnection } from '../../src/services/redis-connection.ts';
import { eventually } from '../support/eventually.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { HAS_REDIS, MISSING_REDIS, type RedisServer, startRedisServer } from '../support/redis-server.ts';

const PROCESSES = 2;

let server: RedisServer;
const open: RedisConnection[] = [];

/** One process' connection, once it is there. */
async function connect(): Promise<RedisConnection> {
  const connection = new RedisConnection(new Secret(server.url), createRecordingLogger());
  open.push(connection);
  connection.connect();
  await eventually(() => isAnswering(connection));
  return connection;
}

async function isAnswering(connection: RedisConnection): Promise<boolean> {
  return (await connection.ask((client) => client.ping(), 1_000)) !== undefined;
}

/** What one process has: its own window, over the Redis that all share. */
async function startProcess(): Promise<{ readonly limiter: Limiter; readonly redis: RedisConnection }> {
  const redis = await connect();
  const store = createRedisLimitStore({ redis: patient(redis), local: createMemoryLimitStore() });
  return { limiter: limiterOver(store), redis };
}

/** What is counted must not depend on how busy the machine is that runs the tests. */
function patient(redis: RedisConnection): LimitRedis {
  return { ask: (command) => redis.ask(command, 10_000) };
}

function limiterOver(store: LimitStore): Limiter {
  const budgets = createBudgetLedger({ store: createFakeBudgetStore(), logger: createRecordingLogger() });
  return createLimiter({ store, budgets, prices: createPriceTable() });
}

/** How many of so many requests at once are admitted. */
async function admitAtOnce(limiter: Limiter, keyId: string, count: number, limits: KeyLimits, tokens = 0) {
  const admissions = Array.from({ length: count }, () => limiter.admit(keyId, limits, tokens));
  return (await Promise.all(admissions)).filter(({ ok }) => ok).length;
}

const UNUSED = { requests: 0, tokens: 0, requestsResetMs: 0, tokensResetMs: 0 };

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe.skipIf(!HAS_REDIS)(`limits that processes share through Redis${MISSING_REDIS}`, () => {
  beforeAll(async () => {
    server = await startRedisServer();
    const redis = await connect();
    // Loaded first: a script that Redis has to be sent is run after what was asked meanwhile.
    for (const { source } of [TAKE_SCRIPT, CORRECT_SCRIPT])
      await redis.ask((client) => client.scriptLoad(source), 5_000);
  });
  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
  });
  afterAll(async () => {
    await server.stop();
  });

  describeLimitStore(
    'the limit store in Redis',
    async (clock) => {
      const redis = open[0] ?? (await connect());
      await redis.ask((client) => client.flushAll(), 5_000);
      const now = () => clock.now;
      return createRedisLimitStore({ redis: patient(redis), local: createMemoryLimitStore({ now }), now });
    },
    { slotMs: 100, runs: 60 },
  );

  it('are exact over two processes with 200 concurrent requests each', async () => {
    const processes = await Promise.all(Array.from({ length: PROCESSES }, startProcess));
    const byRequests = processes.map(({ limiter }) => admitAtOnce(limiter, 'rpm', 200, { rpm: 150 }));
    expect(sum(await Promise.all(byRequests))).toBe(150);
    const byTokens = processes.map(({ limiter }) => admitAtOnce(limiter, 'tpm', 200, { tpm: 1_000 }, 8));
    expect(sum(await Promise.all(byTokens))).toBe(125);
  });

  it('count in all processes what a call settled in one', async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    const limits = { tpm: 100 };
    const call = await one.limiter.admit('settled', limits, 100);
    expect(await other.limiter.admit('settled', limits, 50)).toMatchObject({ ok: false });
    if (call.ok) call.settle({ prompt: 40, completion: 10, cached: 0, reasoning: 0 }, 'model');
    await eventually(async () => (await other.limiter.admit('settled', limits, 50)).ok);
    expect(await one.limiter.admit('settled', limits, 1)).toMatchObject({ ok: false });
  });

  it('forget nothing early, and nothing never, where the clock of Redis is set back', async () => {
    const clock = { now: 1_800_000_000_099 };
    const admitsAll = () => ({ admitted: true, ...UNUSED, settle: () => {} }) as const;
    const store = createRedisLimitStore({
      redis: patient(await connect()),
      local: { take: admitsAll },
      now: () => clock.now,
    });
    const take = () => store.take('set-back', { rpm: 2 }, 0);
    await take();
    clock.now -= 5_000;
    expect(await take()).toMatchObject({ admitted: true, requests: 2 });
    clock.now += 64_999;
    expect(await take()).toMatchObject({ admitted: false });
    clock.now += 1;
    expect(await take()).toMatchObject({ admitted: true, requests: 1 });
  });

  it('are forgotten by Redis when nobody asks for them any more', async () => {
    const { limiter, redis } = await startProcess();
    await limiter.admit('idle', { rpm: 5 }, 0);
    const ttlMs = await redis.ask((client) => client.pTTL('banyan:limits:idle'), 1_000);
    expect(ttlMs).toBeGreaterThan(50_000);
    expect(ttlMs).toBeLessThanOrEqual(60_200);
  });

  it('hold in each process by itself when Redis dies in the middle, and are shared again when it is back', async () => {
    const processes = [await startProcess(), await startProcess()];
    const limits = { rpm: 100 };
    const before = await Promise.all(
      processes.map(({ limiter }) => admitAtOnce(limiter, 'killed', 30, limits)),
    );
    expect(before).toEqual([30, 30]);

    const during = processes.map(({ limiter }) => admitAtOnce(limiter, 'killed', 200, limits));
    await server.kill();
    const after = await Promise.all(
      processes.map(({ limiter }) => admitAtOnce(limiter, 'killed', 200, limits)),
    );
    const admitted = (await Promise.all(during)).map((count, index) => 30 + count + (after[index] ?? 0));
    // Each goes on from what it admitted itself, so neither ever exceeds the limit alone.
    expect(admitted).toEqual([100, 100]);

    await server.restart();
    await Promise.all(processes.map(({ redis }) => eventually(() => isAnswering(redis))));
    const again = processes.map(({ limiter }) => admitAtOnce(limiter, 'killed', 50, limits));
    expect(sum(await Promise.all(again))).toBe(0);
    const fresh = processes.map(({ limiter }) => admitAtOnce(limiter, 'fresh', 200, limits));
    expect(sum(await Promise.all(fresh))).toBe(100);
  });

  it('hold in each process by itself while Redis hangs', async () => {
    const redis = await connect();
    const limiter = limiterOver(createRedisLimitStore({ redis, local: createMemoryLimitStore() }));
    server.freeze();
    try {
      expect(await admitAtOnce(limiter, 'hung', 200, { rpm: 100 })).toBe(100);
    } finally {
      server.thaw();
    }
  });
});
