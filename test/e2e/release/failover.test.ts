import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../../../src/core/gateway-error.ts';
import { isJsonObject } from '../../../src/core/json.ts';
import type { RequestPath } from '../../../src/core/request-path.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import {
  type EmulatedGateway,
  emulate,
  KEYS,
  MODEL,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { askAdmin } from '../admin/admin-client.ts';

/** What the new path does instead of carrying a request, while it is set. */
let fault: (() => Promise<never>) | undefined;
/** How often the new path was asked since the last reset. */
let asked = 0;

/** The real new path, which fails by itself where it is told to. */
const failing = (real: RequestPath): RequestPath => ({
  name: 'litellm',
  supports: (call) => real.supports(call),
  handle(call, signal, attempts) {
    asked += 1;
    return fault === undefined ? real.handle(call, signal, attempts) : fault();
  },
});
const unexpected = () => Promise.reject(new TypeError('undefined is not a function'));
const ours = () => Promise.reject(new GatewayError('internal_error', 'The gateway failed.'));

const ENROLLED = { rollout: { enrolled_percent: 100, arm_share: 1 } };
const BREAKER_WAIT_MS = 300;

function start(more: Parameters<typeof startEmulatedGateway>[0] = {}): Promise<EmulatedGateway> {
  return startEmulatedGateway({
    ...more,
    file: { ...ENROLLED, ...more.file },
    overrides: { litellm: failing, breakerWaitMs: BREAKER_WAIT_MS },
  });
}

const routeOf = ({ headers }: Response) =>
  `${headers.get('x-gateway-path')} ${headers.get('x-gateway-reason')}`;
const body = (content: string, more: object = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content }],
  ...more,
});

async function sample(gateway: EmulatedGateway, name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const escaped = name.replace(/[{}"]/g, '\\$&');
  return Number(new RegExp(`^${escaped} (.+)$`, 'm').exec(text)?.[1] ?? 0);
}

beforeEach(() => {
  fault = undefined;
  asked = 0;
});

describe('a fault of the new path itself, before the first byte', () => {
  let gateway: EmulatedGateway;
  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(() => gateway.stop());
  // Whatever a test did, the next one finds the breaker closed.
  beforeEach(() => closeBreaker(gateway));

  it.each([
    ['that nobody expected', unexpected],
    ['of the gateway’s own', ours],
  ])('%s is served by legacy, counted, and told in the head', async (_, given) => {
    const served = 'gateway_failovers_total{reason="internal_error"}';
    const decided = 'gateway_routed_total{path="litellm",reason="enrolled"}';
    const before = [await sample(gateway, served), await sample(gateway, decided)];
    fault = given;
    const response = await postChat(gateway, { key: KEYS.auto });
    expect([response.status, routeOf(response)]).toEqual([200, 'legacy failover']);
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
    expect(await sample(gateway, served)).toBe((before[0] ?? 0) + 1);
    expect(await sample(gateway, decided)).toBe((before[1] ?? 0) + 1);
    expect(asked).toBe(1);
  });

  it('is served as a stream where one was asked for, and as a form', async () => {
    fault = unexpected;
    const streamed = await postChat(gateway, { key: KEYS.auto, body: body('Hello', { stream: true }) });
    expect(routeOf(streamed)).toBe('legacy failover');
    expect(await streamed.text()).toContain('data: [DONE]');
    const form = new FormData();
    form.set('model', MODEL);
    form.set('file', new File(['sound'], 'figs.wav', { type: 'audio/wav' }));
    const spoken = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.auto}` },
      body: form,
    });
    expect([spoken.status, routeOf(spoken)]).toEqual([200, 'legacy failover']);
  });

  it('is counted once in what clients got, under the path that answered', async () => {
    const success = (path: string) =>
      sample(
        gateway,
        `gateway_requests_total{path="${path}",endpoint="chat.completions",provider="emulator",model="${MODEL}",stream="false",outcome="success"}`,
      );
    const before = [await success('legacy'), await success('litellm')];
    fault = unexpected;
    await (await postChat(gateway, { key: KEYS.auto })).text();
    await eventually(async () => (await success('legacy')) === (before[0] ?? 0) + 1);
    expect(await success('litellm')).toBe(before[1]);
  });

  it('stands where the key is pinned to the new path', async () => {
    fault = unexpected;
    const response = await postChat(gateway, { key: KEYS.litellm });
    expect([response.status, routeOf(response)]).toEqual([500, 'litellm key_override']);
  });

  it.each([500, 503, 429, 400])(
    'is none where the provider answers %i: that is the client’s answer',
    async (status) => {
      const response = await postChat(gateway, { key: KEYS.auto, body: body(emulate({ status }).content) });
      expect([response.status, routeOf(response)]).toEqual([status, 'litellm enrolled']);
    },
  );

  it('is none after the first byte', async () => {
    const directive = emulate({ cut: 'reset' }).content;
    const response = await postChat(gateway, { key: KEYS.auto, body: body(directive, { stream: true }) });
    expect([response.status, routeOf(response)]).toEqual([200, 'litellm enrolled']);
    expect(await response.text()).not.toContain('[DONE]');
  });
});

it('the fault stands where there is no legacy gateway', async () => {
  const gateway = await start({ env: { PORTKEY_GATEWAY_URL: 'off' } });
  onTestFinished(() => gateway.stop());
  fault = unexpected;
  const response = await postChat(gateway, { key: KEYS.auto });
  expect([response.status, routeOf(response)]).toEqual([500, 'litellm enrolled']);
});

it('an answer of the legacy path is not kept as one of the new path', async () => {
  const key = 'vk-test-cached-00001';
  const gateway = await start({ file: { virtual_keys: [{ name: 'cached', key, cache: true }] } });
  onTestFinished(() => gateway.stop());
  fault = unexpected;
  const first = await postChat(gateway, { key });
  expect([routeOf(first), first.headers.get('x-cache-status')]).toEqual(['legacy failover', 'MISS']);
  await first.text();
  fault = undefined;
  const second = await postChat(gateway, { key });
  expect([routeOf(second), second.headers.get('x-cache-status')]).toEqual(['litellm enrolled', 'MISS']);
});

it('a fault that legacy has hidden from the client is charged to the new arm', async () => {
  const gateway = await start({ file: { rollout: { enrolled_percent: 0, arm_share: 1 } } });
  onTestFinished(() => gateway.stop());
  const document =
    'plan: hidden\nanalysis: {arm_share: 0.9}\nsteps: [{id: named, keys: [auto], bake: 1h}, {id: final}]';
  await askAdmin(gateway, 'POST', '/releases/plans', { body: { document } });
  await askAdmin(gateway, 'POST', '/releases/start', { body: { plan: 'hidden', reason: 'a test' } });
  const faults = async () => {
    const { run } = (await askAdmin(gateway, 'GET', '/releases/status')).body;
    const verdict = isJsonObject(run) && isJsonObject(run.verdict) ? run.verdict : {};
    const streams = Array.isArray(verdict.streams) ? verdict.streams.filter(isJsonObject) : [];
    return streams.find(({ stream }) => stream === 'gateway_error')?.bad;
  };
  // Two of fifty are below what opens the breaker.
  for (let turn = 0; turn < 60; turn += 1) {
    fault = turn === 10 || turn === 20 ? unexpected : undefined;
    const { status } = await postChat(gateway, { key: KEYS.auto });
    expect(status).toBe(200);
  }
  await eventually(
    async () =>
      (await faults()) !== undefined && JSON.stringify(await faults()) !== '{"candidate":0,"control":0}',
  );
  const found = await faults();
  expect(isJsonObject(found) ? found.control : undefined).toBe(0);
});

describe('the breaker of the new path', () => {
  let gateway: EmulatedGateway;
  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(() => gateway.stop());
  beforeEach(() => closeBreaker(gateway));

  it('opens after five faults: legacy is asked at once, and readiness, metrics and the log say so', async () => {
    fault = unexpected;
    for (let times = 0; times < 5; times += 1) await (await postChat(gateway, { key: KEYS.auto })).text();
    const before = asked;
    const response = await postChat(gateway, { key: KEYS.auto });
    expect([response.status, routeOf(response)]).toEqual([200, 'legacy breaker_open']);
    expect(asked).toBe(before);
    const ready = await fetch(`${gateway.url}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([
      200,
      { status: 'degraded', parts: { breaker: { status: 'down' } } },
    ]);
    expect(await sample(gateway, 'gateway_path_breaker_open')).toBe(1);
    expect(gateway.logLines.some((line) => line.includes('the breaker of the new path changed'))).toBe(true);
  });

  it('closes when three probes went well', async () => {
    fault = unexpected;
    for (let times = 0; times < 5; times += 1) await (await postChat(gateway, { key: KEYS.auto })).text();
    expect(await sample(gateway, 'gateway_path_breaker_open')).toBe(1);
    fault = undefined;
    asked = 0;
    await eventually(async () => {
      await (await postChat(gateway, { key: KEYS.auto })).text();
      return (await sample(gateway, 'gateway_path_breaker_open')) === 0;
    });
    expect(asked).toBe(3);
    expect(routeOf(await postChat(gateway, { key: KEYS.auto }))).toBe('litellm enrolled');
  });
});

it('the breaker needs no database', async () => {
  const gateway = await start();
  onTestFinished(() => gateway.stop());
  await (await postChat(gateway, { key: KEYS.auto })).text();
  const db = connectDatabase(gateway.database);
  for (const table of ['rollout_settings', 'flag_definitions', 'release_runs'])
    await db.schema.dropTable(table);
  await db.destroy();
  fault = unexpected;
  for (let times = 0; times < 5; times += 1) {
    expect((await postChat(gateway, { key: KEYS.auto })).status).toBe(200);
  }
  const response = await postChat(gateway, { key: KEYS.auto });
  expect([response.status, routeOf(response)]).toEqual([200, 'legacy breaker_open']);
});

describe('a conversation that the provider keeps', () => {
  let gateway: EmulatedGateway;
  beforeAll(async () => {
    gateway = await start({ file: { rollout: { enrolled_percent: 100, arm_share: 0.5 } } });
  });
  afterAll(() => gateway.stop());

  const respond = async (more: object) => {
    const response = await fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.auto}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, input: 'Hello', ...more }),
    });
    expect(response.status).toBe(200);
    const answer: unknown = await response.json();
    return { path: response.headers.get('x-gateway-path'), id: isJsonObject(answer) ? answer.id : undefined };
  };

  it('stays on one arm, and others are on the other', async () => {
    const arms = new Map<string, Set<string | null>>();
    for (let turn = 0; turn < 48; turn += 1) {
      const conversation = `conv_${turn % 12}`;
      const { path } = await respond({ conversation });
      arms.set(conversation, (arms.get(conversation) ?? new Set()).add(path));
    }
    expect([...arms.values()].every(({ size }) => size === 1)).toBe(true);
    expect(new Set([...arms.values()].flatMap((paths) => [...paths]))).toEqual(
      new Set(['legacy', 'litellm']),
    );
  });

  it('goes on where its first answer came from', async () => {
    for (let chain = 0; chain < 6; chain += 1) {
      let { path: first, id } = await respond({});
      for (let turn = 0; turn < 4; turn += 1) {
        const next = await respond({ previous_response_id: id });
        expect(next.path).toBe(first);
        ({ path: first, id } = next);
      }
    }
  });
});

/** Lets the new path serve until it is trusted again. */
async function closeBreaker(gateway: EmulatedGateway): Promise<void> {
  fault = undefined;
  await eventually(async () => {
    await (await postChat(gateway, { key: KEYS.auto })).text();
    return (await sample(gateway, 'gateway_path_breaker_open')) === 0;
  });
  // A breaker that has just closed has forgotten all faults; one that was closed still counts them.
  fault = unexpected;
  while ((await sample(gateway, 'gateway_path_breaker_open')) === 0) {
    await (await postChat(gateway, { key: KEYS.auto })).text();
  }
  fault = undefined;
  await eventually(async () => {
    await (await postChat(gateway, { key: KEYS.auto })).text();
    return (await sample(gateway, 'gateway_path_breaker_open')) === 0;
  });
  asked = 0;
}
