import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { ProviderCall } from '../../../src/core/provider-call.ts';
import type { RequestPath } from '../../../src/core/request-path.ts';
import {
  type EmulatedGateway,
  emulate,
  KEYS,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { startLocalServer } from '../../support/local-server.ts';
import { addByAdmin, askAdmin } from '../admin/admin-client.ts';
import { type SteadyTraffic, startTraffic } from './steady-traffic.ts';

/** Seconds for hours. */
const PLAN = `
plan: rehearsal
scope: {endpoints: [chat.completions]}
analysis: {ceiling: 0.1, blind_after: 30s}
guards: {event_loop_lag_ms: 10000}
metrics:
  - {id: any_failure, mode: rollback}
  - {id: truncated, mode: rollback}
  - {id: gateway_error, mode: rollback}
  - {id: provider_4xx, mode: rollback}
steps:
  - {id: named, keys: [auto], bake: 2s, min_requests: 40, deadline: 10m}
  - {id: third, traffic_share: 0.3, bake: 2s, min_requests: 40, deadline: 10m}
  - {id: most, traffic_share: 0.8, holdback: 0.1, bake: 2s, min_requests: 40, deadline: 10m}
  - {id: final}
`;
/** Whose first step is not over by itself, and which is rolled back by chance in one of ten thousand rehearsals. */
const FAULTY_PLAN = `${PLAN.replace('bake: 2s', 'bake: 5m').replace('ceiling', 'alpha_rollback: 0.0001, ceiling')}objectives: {mode: observe}\n`;
const LIMIT_MS = 120_000;

let traffic: SteadyTraffic | undefined;
/** Types of the events that the webhook was told of. */
let told: string[] = [];
afterEach(() => traffic?.stop());

/** A gateway with the plan begun, and clients at work on it. */
async function rehearse(
  litellm?: (real: RequestPath) => RequestPath,
  given: { readonly plan?: string; readonly contentOf?: (turn: number) => string } = {},
): Promise<EmulatedGateway> {
  const gateway = await startEmulatedGateway(litellm === undefined ? {} : { overrides: { litellm } });
  onTestFinished(() => gateway.stop());
  told = [];
  await addByAdmin(gateway, '/webhooks', { url: await startReceiver(told) });
  const stored = await askAdmin(gateway, 'POST', '/releases/plans', {
    body: { document: given.plan ?? PLAN },
  });
  expect(stored).toMatchObject({ status: 200, body: { id: 'rehearsal@1' } });
  const begun = await askAdmin(gateway, 'POST', '/releases/start', {
    body: { plan: 'rehearsal', reason: 'the rehearsal' },
  });
  expect(begun).toMatchObject({ status: 200, body: { state: 'running', step: { id: 'named', count: 4 } } });
  traffic = startTraffic(gateway, [KEYS.auto], 6, given.contentOf);
  onTestFinished(() => traffic?.stop());
  return gateway;
}

const runOf = async (gateway: EmulatedGateway) =>
  (await askAdmin(gateway, 'GET', '/releases/status')).body.run;
const isState = (state: string) => async (gateway: EmulatedGateway) => {
  const run = await runOf(gateway);
  return typeof run === 'object' && run !== null && 'state' in run && run.state === state;
};

async function comesTo(gateway: EmulatedGateway, state: string): Promise<void> {
  await eventually(() => isState(state)(gateway), LIMIT_MS);
}

const perArm = z.object({ candidate: z.number(), control: z.number() });
const judged = z.object({
  verdict: z.object({
    verdict: z.string(),
    requests: perArm,
    streams: z.array(z.object({ stream: z.string(), bad: perArm })),
  }),
});
const verdictOf = async (gateway: EmulatedGateway) => judged.parse(await runOf(gateway)).verdict;

async function decisionsOf(gateway: EmulatedGateway) {
  const { body } = await askAdmin(gateway, 'GET', '/releases/history');
  return body;
}

describe('a rehearsal with the real legacy gateway', () => {
  it('brings a good build to all of the traffic', { timeout: 2 * LIMIT_MS }, async () => {
    const gateway = await rehearse();
    await comesTo(gateway, 'promoted');
    await eventually(
      async () =>
        (await postChat(gateway, { key: KEYS.auto })).headers.get('x-gateway-reason') === 'enrolled',
    );
    await traffic?.stop();
    expect([...(traffic?.answers.keys() ?? [])]).toEqual([200]);
    expect(await decisionsOf(gateway)).toMatchObject({
      decisions: [
        { kind: 'start', step: 'named', actor: 'admin-token', status: 'done' },
        { kind: 'promote', step: 'third', actor: 'release-controller', status: 'done' },
        { kind: 'promote', step: 'most', actor: 'release-controller', status: 'done' },
        { kind: 'promote', step: 'final', actor: 'release-controller', status: 'done' },
      ],
    });
    const { body } = await askAdmin(gateway, 'GET', '/rollout');
    expect(body).toMatchObject({ enrolled_percent: 100, arm_share: 1, named_keys: [] });
    await eventually(() => told.filter((type) => type === 'release.promoted').length === 3);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/^gateway_release_state\{state="promoted"\} 1$/m);
    expect(metrics).toMatch(/^gateway_migration_phase 2$/m);
  });

  it('rolls nothing back for what providers do wrong on both paths, though legacy shows less of it', {
    timeout: 2 * LIMIT_MS,
  }, async () => {
    const gateway = await rehearse(undefined, {
      plan: FAULTY_PLAN,
      contentOf: faultyContent,
    });
    await eventually(async () => {
      const { requests } = await verdictOf(gateway);
      return requests.candidate + requests.control >= COMPARED;
    }, LIMIT_MS);
    const verdict = await verdictOf(gateway);
    expect(await isState('running')(gateway)).toBe(true);
    const failures = verdict.streams.find(({ stream }) => stream === 'any_failure');
    expect(failures?.bad.candidate).toBeGreaterThan(50);
    expect(failures?.bad.control).toBeGreaterThan(50);
    expect(verdict.verdict).not.toBe('fail');
  });

  it('rolls a build back that cuts 5 % of its streams, and every client is answered meanwhile', {
    timeout: 2 * LIMIT_MS,
  }, async () => {
    let streams = 0;
    /** In the new path alone; the rest is as it is, the emulator that cuts the stream and what finds it out. */
    const cutSome = (real: RequestPath): RequestPath => ({
      name: 'litellm',
      supports: (call) => real.supports(call),
      handle(call, signal, attempts) {
        streams += Number(call.stream);
        const isCut = call.stream && streams % 20 === 0;
        return real.handle(isCut ? cutOff(call) : call, signal, attempts);
      },
    });
    const gateway = await rehearse(cutSome);
    await comesTo(gateway, 'rolled_back');
    await eventually(
      async () =>
        (await postChat(gateway, { key: KEYS.auto })).headers.get('x-gateway-reason') === 'not_enrolled',
    );
    await traffic?.stop();
    expect([...(traffic?.answers.keys() ?? [])]).toEqual([200]);
    expect((await askAdmin(gateway, 'GET', '/rollout')).body).toMatchObject({
      enrolled_percent: 0,
      named_keys: [],
    });
    expect(await decisionsOf(gateway)).toMatchObject({
      measurements: expect.arrayContaining([
        expect.objectContaining({
          verdict: expect.objectContaining({ verdict: 'fail', reasons: ['worse'] }),
        }),
      ]),
    });
    const audit = (await askAdmin(gateway, 'GET', '/audit?entity=release')).body;
    expect(JSON.stringify(audit)).toContain('rollback');
    await eventually(() => told.includes('release.rolled_back'));
    const again = await askAdmin(gateway, 'POST', '/releases/start', {
      body: { plan: 'rehearsal@1', reason: 'once more' },
    });
    expect(again.status).toBe(409);
  });
});

/** What providers do wrong, each of it on whichever path the request takes. */
const FAULTS = [
  { status: 500 },
  { status: 429 },
  { cut: 'clean' },
  { cut: 'reset' },
  { errorMidStream: true },
  { errorFirstEvent: true },
  { status: 400 },
];
const COMPARED = 1_500;

/** Every fifth request meets a fault, each of them as often as any other, whole and streamed. */
function faultyContent(turn: number): string {
  const fault = turn % 5 === 0 ? FAULTS[Math.floor(turn / 5) % FAULTS.length] : undefined;
  return fault === undefined ? 'Hello' : emulate(fault, 'Hello').content;
}

/** @returns the address of a webhook's receiver, which takes all it is told */
function startReceiver(types: string[]): Promise<string> {
  return startLocalServer((request, response) => {
    types.push(String(request.headers['x-banyan-event']));
    request.resume().on('end', () => response.writeHead(204).end());
  });
}

/** The same call, of which the provider cuts the stream. */
function cutOff(call: ProviderCall): ProviderCall {
  return { ...call, body: { ...call.body, messages: [emulate({ cut: 'clean' }, 'Hello')] } };
}
