import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import {
  type EmulatedGateway,
  emulate,
  emulatedFile,
  KEYS,
  MODEL,
  postChat,
  startEmulatedGateway,
} from '../../support/emulated-gateway.ts';
import { eventually } from '../../support/eventually.ts';
import { askAdmin } from '../admin/admin-client.ts';

const CACHED = 'vk-test-cached-00001';
const PLAN = `
plan: compared
guards: {event_loop_lag_ms: 10000}
objectives: {mode: observe}
steps: [{id: named, keys: [auto, cached], bake: 1h}, {id: final}]
`;

const perArm = z.object({ candidate: z.number(), control: z.number() });
const judged = z.object({
  run: z.object({
    verdict: z.object({
      requests: perArm,
      streams: z.array(z.object({ stream: z.string(), bad: perArm })),
    }),
  }),
});

it('are none whose answer may be kept: each path keeps its own, and one would be asked less often', async () => {
  const gateway = await startEmulatedGateway({}, (url) => {
    const file = emulatedFile(url);
    const keys = Array.isArray(file.virtual_keys) ? file.virtual_keys : [];
    return { ...file, virtual_keys: [...keys, { name: 'cached', key: CACHED, cache: true }] };
  });
  onTestFinished(() => gateway.stop());
  await askAdmin(gateway, 'POST', '/releases/plans', { body: { document: PLAN } });
  await askAdmin(gateway, 'POST', '/releases/start', { body: { plan: 'compared', reason: 'a test' } });
  // What is counted first would be looked at first.
  await send(gateway, CACHED, 400);
  await send(gateway, KEYS.auto, 200);
  await eventually(async () => (await verdictOf(gateway)).requests.candidate > 0);
  const { streams } = await verdictOf(gateway);
  const refused = streams.find(({ stream }) => stream === 'provider_4xx');
  expect(refused?.bad).toEqual({ candidate: 0, control: 0 });
});

async function verdictOf(gateway: EmulatedGateway) {
  return judged.parse((await askAdmin(gateway, 'GET', '/releases/status')).body).run.verdict;
}

async function send(gateway: EmulatedGateway, key: string, status: 200 | 400): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) {
    const message = emulate(status === 200 ? {} : { status }, `turn ${turn}`);
    const answer = await postChat(gateway, { key, body: { model: MODEL, messages: [message] } });
    expect([answer.status, answer.headers.get('x-gateway-reason')]).toEqual([
      status,
      expect.stringMatching(/^(enrolled|control_arm)$/),
    ]);
    await answer.text();
  }
}
