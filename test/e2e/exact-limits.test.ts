import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDER_KEY, postChat } from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';
import type { RunningProcess } from '../support/gateway-process.ts';
import { type GatewayProcesses, startGatewayProcesses } from '../support/gateway-processes.ts';
import { HAS_REDIS, MISSING_REDIS, type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { type ScriptedProvider, startScriptedProvider } from './regressions/scripted-provider.ts';
import { completion } from './shared/routed-gateway.ts';

const MODEL = 'limited';
const RPM = 'vk-exact-limits-rpm-1';
const MORE_RPM = 'vk-exact-limits-rpm-2';
const TPM = 'vk-exact-limits-tpm-1';
const PROBE = 'vk-exact-limits-probe';
const MEASURE = 'vk-exact-limits-tokens';
const TPM_LIMIT = 4_000;
const KEYS = [
  { name: 'rpm', key: RPM, rate_limit: { rpm: 150 } },
  { name: 'more-rpm', key: MORE_RPM, rate_limit: { rpm: 300 } },
  { name: 'tpm', key: TPM, rate_limit: { tpm: TPM_LIMIT } },
  { name: 'probe', key: PROBE, rate_limit: { rpm: 100_000 } },
  { name: 'measure', key: MEASURE, rate_limit: { tpm: 100_000 } },
];
const BODY = { model: MODEL, max_tokens: 20, messages: [{ role: 'user', content: 'Hello' }] };

let provider: ScriptedProvider;
/** The requests that the provider holds, each admitted and none of them settled. */
const held: ServerResponse[] = [];

beforeAll(async () => {
  provider = await startScriptedProvider();
  provider.answerWith((response) => held.push(response));
});
afterAll(() => provider.close());

function start(processes: number, env: Readonly<Record<string, string>> = {}): Promise<GatewayProcesses> {
  const file = {
    providers: [{ id: 'scripted', type: 'openai', base_url: provider.url, api_key: PROVIDER_KEY }],
    models: [{ name: MODEL, provider: 'scripted' }],
    virtual_keys: KEYS.map((key) => ({ ...key, path: 'litellm' })),
  };
  return startGatewayProcesses(processes, file, env);
}

/** Answers what the provider holds. */
function release(): void {
  for (const response of held.splice(0)) {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(completion('Hi')));
  }
}

/** Asks once, is answered, and gives what is said to remain. */
async function remainsOf(gateway: RunningProcess, key: string, what: 'requests' | 'tokens'): Promise<number> {
  const asked = postChat(gateway, { key, body: BODY });
  await eventually(() => held.length === 1);
  release();
  return Number((await asked).headers.get(`x-ratelimit-remaining-${what}`));
}

/** How many of the test's requests have room in the limit of tokens: each takes what it may come to. */
async function roomFor({ processes: [gateway] }: GatewayProcesses): Promise<number> {
  if (gateway === undefined) return 0;
  const estimate = 100_000 - (await remainsOf(gateway, MEASURE, 'tokens'));
  expect(estimate).toBeGreaterThan(20);
  return Math.floor(TPM_LIMIT / estimate);
}

/**
 * Sends so many requests to each process at once, and lets the provider answer when all of them are there or refused.
 * @returns how many of all of them were admitted, and how many refused
 */
async function admittedOf(
  { processes }: GatewayProcesses,
  requests: number,
  key: string,
): Promise<{ admitted: number; refused: number }> {
  let [admitted, refused] = [0, 0];
  const answers = processes.flatMap((gateway) =>
    Array.from({ length: requests }, async () => {
      const response = await postChat(gateway, { key, body: BODY });
      if (response.status === 200) admitted += 1;
      if (response.status === 429) refused += 1;
      await response.arrayBuffer();
    }),
  );
  await eventually(() => held.length + refused === answers.length, 45_000);
  release();
  await Promise.all(answers);
  return { admitted, refused };
}

describe('the limits of one process', () => {
  let gateway: GatewayProcesses;
  beforeAll(async () => {
    gateway = await start(1);
  });
  afterAll(() => gateway.stop());

  it('admit exactly as many of 200 requests at once', async () => {
    expect(await admittedOf(gateway, 200, RPM)).toEqual({ admitted: 150, refused: 50 });
  });

  it('admit of 200 at once exactly those whose tokens have room', async () => {
    const room = await roomFor(gateway);
    expect(await admittedOf(gateway, 200, TPM)).toEqual({ admitted: room, refused: 200 - room });
  });
});

describe.skipIf(!HAS_REDIS)(`the limits of two processes with one Redis${MISSING_REDIS}`, () => {
  let redis: RedisServer;
  let gateways: GatewayProcesses;
  beforeAll(async () => {
    redis = await startRedisServer();
    gateways = await start(2, { REDIS_URL: redis.url });
    await eventually(isShared);
  });
  afterAll(async () => {
    await gateways.stop();
    await redis.stop();
  });

  /** Whether each process counts what the other one admits. */
  async function isShared(): Promise<boolean> {
    const left: number[] = [];
    for (const gateway of [...gateways.processes, ...gateways.processes])
      left.push(await remainsOf(gateway, PROBE, 'requests'));
    return left.every((remaining, index) => index === 0 || remaining === (left[index - 1] ?? 0) - 1);
  }

  it.each([
    [200, 150, RPM],
    [500, 300, MORE_RPM],
  ])('admit of %i requests at once in each exactly %i', async (requests, limit, key) => {
    expect(await admittedOf(gateways, requests, key)).toEqual({
      admitted: limit,
      refused: 2 * requests - limit,
    });
  });

  it('admit of 200 at once in each exactly those whose tokens have room', async () => {
    const room = await roomFor(gateways);
    expect(await admittedOf(gateways, 200, TPM)).toEqual({ admitted: room, refused: 400 - room });
  });
});
