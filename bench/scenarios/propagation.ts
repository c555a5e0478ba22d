import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ChildServer } from '../child-server.ts';
import { startGatewayServer } from '../gateway-server.ts';
import type { Scenario, ScenarioRow } from '../scenario.ts';

const ADMIN_TOKEN = 'bench-admin-token';
const KEY = 'vk-bench-propagation';
const FEW = { keys: 10, models: 10 };
const MANY = { keys: 10_000, models: 1_000 };
const EFFECT_LIMIT_MS = 30_000;
/** Between two questions to the other process: the least delay that can be told. */
const ASK_MS = 2;
/** Changes are made at moments spread over so long, which is longer than any process waits between two looks. */
const SPREAD_MS = 1_100;

/** Two gateways of one installation: changes are made through the first and looked for in the second. */
interface Pair {
  readonly first: string;
  readonly second: string;
}

/** Something that is switched on and off. */
interface Change {
  readonly name: string;
  /** Switches it through the first process. */
  make(pair: Pair, isOn: boolean): Promise<void>;
  /** How it stands in the second. */
  isOn(pair: Pair): Promise<boolean>;
}

/** How long a change through one process takes until it is in force in another. */
export const propagationScenario: Scenario = {
  name: 'propagation',
  summary: 'milliseconds from the answer to a change until another process on the same database goes by it',
  async run({ quick, tell }) {
    const times = quick ? 6 : 30;
    const rows = [
      ...(await measurePair(FEW, [keyChange('key, of few'), ROLLOUT_CHANGE, KILL_CHANGE], times)),
      ...(await measurePair(MANY, [keyChange('key, of many')], times)),
    ];
    for (const { name, figures } of rows)
      tell(`${name}: median ${figures.median_ms} ms, at most ${figures.max_ms} ms`);
    const delays = Object.fromEntries(rows.map(({ name, figures }) => [name, figures]));
    return {
      rows,
      charted: 'max_ms',
      json: { delays, changes: times },
      method:
        `${times} changes of each kind by the admin API of one process, from its answer to the first answer of another ` +
        `process on the same SQLite file that goes by the change, at moments spread evenly over ${SPREAD_MS} ms; ` +
        `few: ${describeSize(FEW)}, many: ${describeSize(MANY)}`,
    };
  },
};

function describeSize({ keys, models }: typeof FEW): string {
  return `${keys} keys and ${models} models`;
}

async function measurePair(
  size: typeof FEW,
  changes: readonly Change[],
  times: number,
): Promise<ScenarioRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-propagation-'));
  const env = {
    DATABASE_URL: `sqlite:${join(folder, 'gateway.db')}`,
    PORTKEY_GATEWAY_URL: 'off',
    ADMIN_TOKEN,
    LOG_LEVEL: 'warn',
  };
  const servers: ChildServer[] = [];
  try {
    for (const file of [gatewayFile(size), {}]) servers.push(await startGatewayServer(file, env));
    const [first = '', second = ''] = servers.map(({ url }) => url);
    const rows: ScenarioRow[] = [];
    for (const change of changes) rows.push(await measure({ first, second }, change, times));
    return rows;
  } finally {
    for (const server of servers.toReversed()) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The key that is switched has one model, so that it costs the same to ask with it whatever there is beside it. */
function gatewayFile({ keys, models }: typeof FEW): object {
  const names = Array.from({ length: models }, (_, index) => `model-${index}`);
  return {
    providers: [{ id: 'p', type: 'openai', base_url: 'http://127.0.0.1:9/v1', api_key: 'sk-bench' }],
    models: names.map((name) => ({ name, provider: 'p' })),
    virtual_keys: [
      { name: 'measured', key: KEY, models: ['model-0'] },
      ...Array.from({ length: keys - 1 }, (_, index) => ({
        name: `key-${index}`,
        key: `vk-bench-propagation-${index}`,
        models: names.slice(0, 10),
      })),
    ],
  };
}

async function measure(pair: Pair, change: Change, times: number): Promise<ScenarioRow> {
  // It may be on already: the first time is for both to know that it is.
  await delayOf(pair, change, true);
  const delays: number[] = [];
  for (let number = 0; number < times; number += 1) {
    await sleep((number / times) * SPREAD_MS);
    delays.push(await delayOf(pair, change, number % 2 === 1));
  }
  delays.sort((one, other) => one - other);
  const [median = 0, most = 0] = [delays[Math.floor(times / 2)], delays.at(-1)];
  return { name: change.name, figures: { median_ms: Math.round(median), max_ms: Math.round(most) } };
}

async function delayOf(pair: Pair, change: Change, isOn: boolean): Promise<number> {
  await change.make(pair, isOn);
  const answered = performance.now();
  while ((await change.isOn(pair)) !== isOn) {
    if (performance.now() - answered > EFFECT_LIMIT_MS)
      throw new Error(`${change.name}: the other process does not go by it.`);
    await sleep(ASK_MS);
  }
  return performance.now() - answered;
}

const keysAnswer = z.object({ virtualKeys: z.array(z.object({ id: z.string(), name: z.string() })) });
const rolloutAnswer = z.object({ enrolled_percent: z.number(), killed: z.boolean() });

function keyChange(name: string): Change {
  return {
    name,
    async make({ first }, isOn) {
      const { virtualKeys } = keysAnswer.parse(await askAdmin(first, 'GET', '/virtual-keys'));
      const id = virtualKeys.find((key) => key.name === 'measured')?.id;
      await askAdmin(first, 'PATCH', `/virtual-keys/${id}`, { enabled: isOn });
    },
    async isOn({ second }) {
      const response = await fetch(`${second}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } });
      await response.arrayBuffer();
      return response.ok;
    },
  };
}

const ROLLOUT_CHANGE: Change = {
  name: 'rollout',
  async make({ first }, isOn) {
    await askAdmin(first, 'PATCH', '/rollout', { enrolled_percent: isOn ? 50 : 0 });
  },
  isOn: async ({ second }) => (await readRollout(second)).enrolled_percent === 50,
};

const KILL_CHANGE: Change = {
  name: 'kill switch',
  async make({ first }, isOn) {
    await askAdmin(first, 'POST', `/rollout/${isOn ? 'kill' : 'unkill'}`, { reason: 'measured' });
  },
  isOn: async ({ second }) => (await readRollout(second)).killed,
};

async function readRollout(gateway: string) {
  return rolloutAnswer.parse(await askAdmin(gateway, 'GET', '/rollout'));
}

async function askAdmin(gateway: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${gateway}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
