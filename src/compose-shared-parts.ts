import type { Knex } from 'knex';
import type { Logger } from './core/logger.ts';
import type { PartState } from './core/part-state.ts';
import type { Secret } from './core/secret.ts';
import { insertDecisions, type LoggedDecision } from './db/expert-log-repository.ts';
import { createKeySpendingRepository } from './db/key-spending-repository.ts';
import { deleteBodiesBefore, insertBodies } from './db/request-bodies-repository.ts';
import { insertRequests, type LoggedRequest } from './db/request-log-repository.ts';
import { isRowFault } from './db/row-fault.ts';
import { readSystemSettings } from './db/system-settings-repository.ts';
import type { CarryDependencies, ClassifierUse } from './routes/proxy/carry-request.ts';
import type { FinishedRequest } from './routes/proxy/exchange.ts';
import { createBudgetLedger } from './services/limits/budget-ledger.ts';
import { createLimiter, type Limiter } from './services/limits/limiter.ts';
import { createMemoryLimitStore } from './services/limits/memory-limit-store.ts';
import type { PriceTable } from './services/limits/price-table.ts';
import { createRedisLimitStore } from './services/limits/redis-limit-store.ts';
import { RedisConnection } from './services/redis-connection.ts';
import { createMemoryStore } from './services/request-cache/memory-store.ts';
import { createRedisStore } from './services/request-cache/redis-store.ts';
import { createRequestCache } from './services/request-cache/request-cache.ts';
import { type BodyLog, createBodyLog, type LoggedBodies } from './services/request-log/body-log.ts';
import { createBodyRetention } from './services/request-log/body-retention.ts';
import { createWriteBehind } from './services/write-behind.ts';

/** Well under an hour, after which pictures that are answered by address may be gone. */
const CACHE_TTL_MS = 15 * 60_000;
const CACHE_BYTES = 256 * 1024 * 1024;
const CACHE_ENTRIES = 10_000;
const CACHE_ENTRY_BYTES = 4 * 1024 * 1024;
/** Of some 64 KiB each: few at once, since SQLite lets nothing else run while it writes. */
const BODY_BOUNDS = { queued: 1_000, batch: 20 };

/** What requests are limited, cached and logged with, on either path. */
export interface SharedParts {
  readonly forRequests: Pick<CarryDependencies, 'cache' | 'logDecision'> & {
    readonly limiter: Limiter;
    readonly onFinished: (request: FinishedRequest) => void;
    readonly bodies: BodyLog;
  };
  /** Reads anew what is set for them. Call it once before `start`, and after each change. */
  refresh(): Promise<void>;
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
  readonly prices: PriceTable;
  readonly logger: Logger;
}): SharedParts {
  const { db, redisUrl, prices, logger } = deps;
  const limits = redisUrl === undefined ? undefined : new RedisConnection(redisUrl, logger, 'redis_limits');
  const redisStore =
    redisUrl === undefined
      ? undefined
      : createRedisStore({ url: redisUrl, masterKey: deps.masterKey, logger });
  const store = redisStore ?? createMemoryStore({ maxBytes: CACHE_BYTES, maxEntries: CACHE_ENTRIES });
  const local = createMemoryLimitStore();
  const budgets = createBudgetLedger({ store: createKeySpendingRepository(db), logger });
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
  const retention = createBodyRetention({ removeBefore: (time) => deleteBodiesBefore(db, time), logger });
  const bodyRows = createWriteBehind<LoggedBodies>({
    what: 'bodies of the request log',
    write: (rows) => insertBodies(db, rows),
    isRowFault,
    logger,
    bounds: BODY_BOUNDS,
  });
  const bodies = createBodyLog({ isOn: retention.isOn, write: bodyRows.add, logger });
  return {
    forRequests: {
      limiter: createLimiter({
        store: limits === undefined ? local : createRedisLimitStore({ redis: limits, local }),
        budgets,
        prices,
      }),
      cache: createRequestCache({ store, ttlMs: CACHE_TTL_MS, maxEntryBytes: CACHE_ENTRY_BYTES }),
      logDecision: (virtualKeyId, expertRoutingId, decision, use) =>
        decisions.add({ virtualKeyId, expertRoutingId, decision, ...costOfUse(use, prices), at: Date.now() }),
      onFinished: (request) => requests.add(toLogged(request, prices)),
      bodies,
    },
    async refresh() {
      const { requestBodyDays } = await readSystemSettings(db);
      retention.keepFor(requestBodyDays);
    },
    states: () => [budgets.state(), ...[redisStore, limits].flatMap((part) => part?.state() ?? [])],
    start() {
      limits?.connect();
      redisStore?.connect();
      budgets.start();
      requests.start();
      decisions.start();
      bodyRows.start();
      retention.start();
    },
    async stop() {
      await bodies.settled();
      await Promise.all([requests.stop(), decisions.stop(), bodyRows.stop(), retention.stop()]);
      await budgets.stop().catch((err: unknown) => logger.error({ err }, 'spending could not be written'));
      limits?.close();
      await store.close();
    },
  };
}

function costOfUse(use: ClassifierUse | undefined, prices: PriceTable) {
  const nanoDollars =
    use === undefined ? undefined : prices.costOf(use.modelIdentifier, use.usage, use.provider);
  return { usage: use?.usage, nanoDollars };
}

function toLogged(request: FinishedRequest, prices: PriceTable): LoggedRequest {
  const { usage, cache, modelIdentifier, provider } = request;
  const isCacheHit = cache === 'hit';
  return {
    id: request.requestId,
    virtualKeyId: request.keyId,
    providerId: provider,
    requestedModel: request.requestedModel,
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
    nanoDollars:
      usage === undefined || isCacheHit ? undefined : prices.costOf(modelIdentifier, usage, provider),
    isEstimate: request.usageIsEstimate ?? false,
    attempts: request.attempts,
    durationMs: request.durationMs,
    firstTokenMs: request.firstTokenMs,
    isCacheHit,
    at: Date.now(),
  };
}
