import type { Knex } from 'knex';
import type { Logger } from './core/logger.ts';
import type { PartState } from './core/part-state.ts';
import type { Secret } from './core/secret.ts';
import { insertDecisions, type LoggedDecision } from './db/expert-log-repository.ts';
import { createKeySpendingRepository } from './db/key-spending-repository.ts';
import { insertRequests, type LoggedRequest } from './db/request-log-repository.ts';
import { isRowFault } from './db/row-fault.ts';
import type { CarryDependencies } from './routes/proxy/carry-request.ts';
import type { FinishedRequest } from './routes/proxy/exchange.ts';
import { createBudgetLedger } from './services/limits/budget-ledger.ts';
import { createLimiter, type Limiter } from './services/limits/limiter.ts';
import { createMemoryLimitStore } from './services/limits/memory-limit-store.ts';
import { createPriceTable, type PriceTable } from './services/limits/price-table.ts';
import { createRedisLimitStore } from './services/limits/redis-limit-store.ts';
import { RedisConnection } from './services/redis-connection.ts';
import { createMemoryStore } from './services/request-cache/memory-store.ts';
import { createRedisStore } from './services/request-cache/redis-store.ts';
import { createRequestCache } from './services/request-cache/request-cache.ts';
import { createWriteBehind } from './services/write-behind.ts';

/** Well under an hour, after which pictures that are answered by address may be gone. */
const CACHE_TTL_MS = 15 * 60_000;
const CACHE_BYTES = 256 * 1024 * 1024;
const CACHE_ENTRIES = 10_000;
const CACHE_ENTRY_BYTES = 4 * 1024 * 1024;

/** What requests are limited, cached and logged with, on either path. */
export interface SharedParts {
  readonly forRequests: Pick<CarryDependencies, 'cache' | 'logDecision'> & {
    readonly limiter: Limiter;
    readonly onFinished: (request: FinishedRequest) => void;
  };
  states(): readonly PartState[];
  start(): void;
  /** Writes what is not written yet, and closes what it opened. */
  stop(): Promise<void>;
}

/** Builds the parts; nothing runs before `start`. Without a Redis all is kept in this process. */
export function createSharedParts(deps: {
  readonly db: Knex;
  readonly masterKey: Buffer;
  readonly redisUrl: Secret | undefined;
  readonly logger: Logger;
}): SharedParts {
  const { db, redisUrl, logger } = deps;
  const limits = redisUrl === undefined ? undefined : new RedisConnection(redisUrl, logger);
  const redisStore =
    redisUrl === undefined
      ? undefined
      : createRedisStore({ url: redisUrl, masterKey: deps.masterKey, logger });
  const store = redisStore ?? createMemoryStore({ maxBytes: CACHE_BYTES, maxEntries: CACHE_ENTRIES });
  const local = createMemoryLimitStore();
  const budgets = createBudgetLedger({ store: createKeySpendingRepository(db), logger });
  const prices = createPriceTable();
  const requests = createWriteBehind<LoggedRequest>({
    what: 'request log',
    write: (rows) => insertRequests(db, rows),
    isRowFault,
    logger,
  });
  const decisions = createWriteBehind<LoggedDecision>({
    what: 'expert log',
    write: (rows) => insertDecisions(db, rows),
    isRowFault,
    logger,
  });
  return {
    forRequests: {
      limiter: createLimiter({
        store: limits === undefined ? local : createRedisLimitStore({ redis: limits, local }),
        budgets,
        prices,
      }),
      cache: createRequestCache({ store, ttlMs: CACHE_TTL_MS, maxEntryBytes: CACHE_ENTRY_BYTES }),
      logDecision: (virtualKeyId, expertRoutingId, decision) =>
        decisions.add({ virtualKeyId, expertRoutingId, decision, at: Date.now() }),
      onFinished: (request) => requests.add(toLogged(request, prices)),
    },
    states: () => [budgets.state(), ...(redisStore === undefined ? [] : [redisStore.state()])],
    start() {
      limits?.connect();
      redisStore?.connect();
      budgets.start();
      requests.start();
      decisions.start();
    },
    async stop() {
      await Promise.all([requests.stop(), decisions.stop()]);
      await budgets.stop().catch((err: unknown) => logger.error({ err }, 'spending could not be written'));
      limits?.close();
      await store.close();
    },
  };
}

function toLogged(request: FinishedRequest, prices: PriceTable): LoggedRequest {
  const { usage, cache, modelIdentifier } = request;
  const isCacheHit = cache === 'hit';
  return {
    id: request.requestId,
    virtualKeyId: request.keyId,
    providerId: request.provider,
    model: request.model,
    path: request.path,
    reason: request.reason,
    endpoint: request.endpoint,
    stream: request.stream ?? false,
    outcome: request.outcome,
    httpStatus: request.status,
    errorCode: request.errorCode,
    promptTokens: usage?.prompt ?? 0,
    completionTokens: usage?.completion ?? 0,
    cachedTokens: usage?.cached ?? 0,
    reasoningTokens: usage?.reasoning ?? 0,
    nanoDollars: usage === undefined || isCacheHit ? undefined : prices.costOf(modelIdentifier, usage),
    durationMs: request.durationMs,
    isCacheHit,
    at: Date.now(),
  };
}
