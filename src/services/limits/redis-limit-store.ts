import { z } from 'zod';
import type { RateLimits } from './key-limits.ts';
import type { LimitStore, Verdict } from './limit-store.ts';
import type { MemoryLimitStore } from './memory-limit-store.ts';
import { CORRECT_SCRIPT, type RedisScript, TAKE_SCRIPT } from './redis-limit-scripts.ts';

const KEY_PREFIX = 'banyan:limits:';

/**
 * How long the answer about a request is waited for; a correction is waited for by nobody. Whatever is late costs
 * exactness, since each process then admits by itself for a while, and a machine that is busy with hundreds of requests
 * at once may well keep Redis from its turn for a tenth of a second. A Redis that hangs costs this wait once.
 */
const ANSWER_MS = 1_000;

interface ScriptOptions {
  readonly keys: string[];
  readonly arguments: string[];
}

interface ScriptClient {
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>;
  eval(script: string, options: ScriptOptions): Promise<unknown>;
}

/** What is needed of the connection to Redis, which its owner opens and closes. */
export interface LimitRedis {
  /** @returns the answer; undefined where there is none in time, or no connection. Never rejects. */
  ask<T>(command: (client: ScriptClient) => Promise<T>, waitMs: number): Promise<T | undefined>;
}

/**
 * Creates a store in which a key's limits hold over all processes together.
 *
 * A request must have room in the shared window and then in this process' own, which has all that the process admitted.
 * So what one process admits keeps within the limits in every 60 seconds, whether Redis is there, goes, or comes back
 * empty; while it does not answer, what n processes admit together keeps within n times the limits.
 * @param local this process' own window
 * @param now for tests: milliseconds; by default the clock is Redis' own
 */
export function createRedisLimitStore(deps: {
  readonly redis: LimitRedis;
  readonly local: MemoryLimitStore;
  readonly now?: () => number;
}): LimitStore {
  const { redis, local } = deps;
  const time = () => (deps.now === undefined ? '' : String(deps.now()));
  return {
    async take(keyId, limits, tokens) {
      const shared = await takeShared({ redis, time }, keyId, limits, tokens);
      if (shared !== undefined && !shared.admitted) return shared;
      const here = local.take(keyId, limits, tokens);
      if (shared === undefined) return here;
      if (!here.admitted) {
        shared.settle(0);
        return here;
      }
      return {
        ...shared,
        settle(used) {
          here.settle(used);
          shared.settle(used);
        },
      };
    },
  };
}

interface Shared {
  readonly redis: LimitRedis;
  readonly time: () => string;
}

const takeAnswer = z.tuple([
  z.literal([0, 1]),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
]);

async function takeShared(
  { redis, time }: Shared,
  keyId: string,
  { rpm = -1, tpm = -1 }: RateLimits,
  tokens: number,
): Promise<Verdict | undefined> {
  const keys = [KEY_PREFIX + keyId];
  const answer = await redis.ask(async (client) => {
    const given = [time(), ...[rpm, tpm, tokens].map(String)];
    return takeAnswer.parse(await runScript(client, TAKE_SCRIPT, { keys, arguments: given }));
  }, ANSWER_MS);
  if (answer === undefined) return undefined;
  const [admitted, requests, used, requestsResetMs, tokensResetMs, waitMs, slot] = answer;
  const use = { requests, tokens: used, requestsResetMs, tokensResetMs };
  if (admitted === 0) return { admitted: false, ...use, waitMs };
  const correct = (difference: number) =>
    redis.ask((client) => {
      const given = [time(), String(slot), String(difference)];
      return runScript(client, CORRECT_SCRIPT, { keys, arguments: given });
    }, ANSWER_MS);
  return {
    admitted: true,
    ...use,
    settle(really) {
      if (really !== tokens) void correct(really - tokens);
    },
  };
}

/** Redis forgets its scripts when it starts anew. */
async function runScript(
  client: ScriptClient,
  script: RedisScript,
  options: ScriptOptions,
): Promise<unknown> {
  try {
    return await client.evalSha(script.sha1, options);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(script.source, options);
  }
}
