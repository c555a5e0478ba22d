import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { z } from 'zod';
import { type ChildServer, startChildServer } from '../child-server.ts';
import { startEmulatorServer } from '../emulator-server.ts';
import { startGatewayServer } from '../gateway-server.ts';
import type { Scenario, ScenarioRow } from '../scenario.ts';

const CONNECTIONS = 50;
const RELAY = fileURLToPath(new URL('../bare-relay.ts', import.meta.url));
const MODEL = 'gpt-4o-mini';
const KEYS = { litellm: 'vk-bench-litellm', legacy: 'vk-bench-legacy' };
const readyLine = z.object({ url: z.string() });

interface Target {
  readonly name: 'direct' | 'relay' | 'litellm' | 'legacy';
  readonly url: string;
  readonly key: string;
}

interface Measurement {
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Requests a second of each path, next to the emulator alone and to the least that the stack can do. */
export const pathsScenario: Scenario = {
  name: 'paths',
  summary: 'non-stream chat, 50 connections: direct, bare Express+undici relay, litellm and legacy',
  async run({ quick, tell }) {
    const plan = quick ? { rounds: 1, seconds: 4, warmUp: 2 } : { rounds: 3, seconds: 8, warmUp: 3 };
    const servers: ChildServer[] = [];
    try {
      const targets = await startTargets(servers);
      const rows = await measureAll(targets, plan, tell);
      const rps = Object.fromEntries(rows.map(({ name, figures }) => [name, figures.rps ?? 0]));
      const ratio = (rps.litellm ?? 0) / (rps.legacy || Number.NaN);
      return {
        rows,
        charted: 'rps',
        json: { rps, ratio_litellm_legacy: round(ratio, 2), connections: CONNECTIONS, ...plan },
        method:
          `autocannon, ${CONNECTIONS} connections, non-stream, each server one process, ` +
          `${plan.rounds} interleaved rounds of ${plan.seconds} s after ${plan.warmUp} s of warm-up, mean of the rounds`,
      };
    } finally {
      for (const server of servers.toReversed()) await server.stop();
    }
  },
};

async function startTargets(servers: ChildServer[]): Promise<readonly Target[]> {
  const started = async (starting: Promise<ChildServer>) => {
    const server = await starting;
    servers.push(server);
    return server.url;
  };
  const emulator = await started(startEmulatorServer());
  const relay = await started(
    startChildServer(RELAY, { args: [emulator], readUrl: (line) => readyLine.parse(JSON.parse(line)).url }),
  );
  const gateway = await started(startGatewayServer(gatewayFile(emulator), { LOG_LEVEL: 'info' }));
  return [
    { name: 'direct', url: `${emulator}/chat/completions`, key: 'bench' },
    { name: 'relay', url: `${relay}/v1/chat/completions`, key: 'bench' },
    { name: 'litellm', url: `${gateway}/v1/chat/completions`, key: KEYS.litellm },
    { name: 'legacy', url: `${gateway}/v1/chat/completions`, key: KEYS.legacy },
  ];
}

function gatewayFile(emulator: string): object {
  return {
    providers: [{ id: 'emulator', type: 'openai', base_url: emulator, api_key: 'bench' }],
    models: [{ name: MODEL, provider: 'emulator' }],
    virtual_keys: [
      // Enrolled by the flag rather than pinned, so that the whole decision is in the measurement.
      { name: 'litellm', key: KEYS.litellm },
      { name: 'legacy', key: KEYS.legacy, path: 'legacy' },
    ],
    rollout: { enrolled_percent: 100 },
  };
}

/** Rounds are interleaved, so that a slow moment of the machine falls on all targets alike. */
async function measureAll(
  targets: readonly Target[],
  plan: { readonly rounds: number; readonly seconds: number; readonly warmUp: number },
  tell: (line: string) => void,
): Promise<ScenarioRow[]> {
  const measured = new Map<string, Measurement[]>(targets.map(({ name }) => [name, []]));
  for (const target of targets) await load(target, plan.warmUp);
  for (let number = 1; number <= plan.rounds; number += 1) {
    for (const target of targets) {
      const measurement = await load(target, plan.seconds);
      measured.get(target.name)?.push(measurement);
      tell(`round ${number} ${target.name}: ${measurement.rps} requests/s`);
    }
  }
  return targets.map(({ name }) => ({ name, figures: mean(measured.get(name) ?? []) }));
}

async function load(target: Target, seconds: number): Promise<Measurement> {
  const result = await autocannon({
    url: target.url,
    connections: CONNECTIONS,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${target.key}` },
    body: JSON.stringify({
      model: MODEL,
      messages: [{ role: 'user', content: 'How do fig trees strangle?' }],
    }),
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(
      `${target.name}: ${result.non2xx} answers other than 2xx, ${result.errors} failed requests`,
    );
  }
  return { rps: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}

function mean(measurements: readonly Measurement[]): Record<string, number> {
  const average = (pick: (measurement: Measurement) => number) =>
    round(measurements.reduce((sum, measurement) => sum + pick(measurement), 0) / measurements.length, 1);
  return { rps: average((m) => m.rps), p50_ms: average((m) => m.p50Ms), p99_ms: average((m) => m.p99Ms) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
