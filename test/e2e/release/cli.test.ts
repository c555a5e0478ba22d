import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmulatedGateway, startEmulatedGateway } from '../../support/emulated-gateway.ts';
import { ADMIN_TOKEN } from '../../support/running-gateway.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const BANYAN = fileURLToPath(new URL('../../../src/cli/banyan.ts', import.meta.url));
const PLAN = `
plan: by-command
steps:
  - {id: named, keys: [auto], bake: 1h, approvals: 1}
  - {id: half, traffic_share: 0.5, bake: 1h}
  - {id: final}
`;
const WHY = ['--reason', 'as planned'];

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway({ env: { PORTKEY_GATEWAY_URL: 'off' } });
});
afterAll(() => gateway.stop());

/** @param input what it is given on its standard input */
async function banyan(parameters: readonly string[], input = '') {
  const env = { PATH: process.env.PATH, BANYAN_URL: gateway.url, ADMIN_TOKEN };
  const child = spawn(process.execPath, [BANYAN, 'rollout', ...parameters], { env });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

/** The one object that a command prints. */
async function ask(...parameters: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await banyan([...parameters, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

describe('banyan rollout, with a release plan', () => {
  it('stores, begins, holds, goes on with, skips and aborts it, and says what was decided', async () => {
    const file = join(temporaryFolder(), 'plan.yaml');
    writeFileSync(file, PLAN);
    expect(await ask('plan', '-f', file)).toMatchObject({ id: 'by-command@1', revision: 1 });
    const given = await banyan(['plan', '-f', '-', '--json'], PLAN);
    expect(JSON.parse(given.stdout)).toMatchObject({ id: 'by-command@1' });
    expect(await ask('plans')).toMatchObject({ plans: [{ id: 'by-command@1' }] });
    expect(await ask('status')).toMatchObject({ enrolled_percent: 0, release: null });
    expect(await ask('start', 'by-command', ...WHY)).toMatchObject({
      state: 'running',
      step: { id: 'named' },
    });
    expect(await ask('hold', ...WHY)).toMatchObject({ state: 'held', hold_cause: 'person' });
    expect(await ask('resume', ...WHY)).toMatchObject({
      state: 'running',
      waits_for: ['bake time', '1 approval'],
    });
    expect(await ask('promote', ...WHY)).toMatchObject({ step: { id: 'named' }, waits_for: ['bake time'] });
    expect(await ask('skip', ...WHY)).toMatchObject({ step: { id: 'half' } });
    const twice = await banyan(['skip', '--step', 'named', ...WHY]);
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('in the step "half"') });
    const status = await banyan(['status']);
    expect(status.stdout).toMatch(/^state +running$/m);
    expect(status.stdout).toMatch(/^step +half \(2 of 3\)$/m);
    expect(status.stdout).toMatch(/^verdict +inconclusive, no_data$/m);
    expect(await ask('status')).toMatchObject({
      release: { state: 'running', plan: { id: 'by-command@1' } },
    });
    await ask('abort', ...WHY);
    expect(await ask('status')).toMatchObject({ enrolled_percent: 0, release: { state: 'aborted' } });
    expect(await ask('history')).toMatchObject({
      decisions: ['start', 'hold', 'resume', 'approve', 'skip', 'abort'].map((kind) => ({
        kind,
        actor: 'admin-token',
        reason: 'as planned',
        status: 'done',
      })),
    });
    expect((await banyan(['history'])).stdout).toContain('as planned');
  });

  it('refuses with 1 and the field at fault, and wrong usage with 2', async () => {
    const wrong = await banyan(
      ['plan', '-f', '-'],
      PLAN.replace('id: named,', 'id: named, gate: egress_diff,'),
    );
    expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('steps.0.gate') });
    const over = await banyan(['resume', ...WHY]);
    expect(over).toMatchObject({ code: 1, stderr: expect.stringContaining('No plan is being carried out') });
    for (const act of ['skip', 'promote']) {
      const stderr = expect.stringContaining('No plan is being carried out');
      expect(await banyan([act, ...WHY])).toMatchObject({ code: 1, stderr });
    }
    const unknown = await banyan(['start', 'no-such-plan', ...WHY]);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('no-such-plan') });
    expect((await banyan(['start', 'by-command'])).code).toBe(2);
    expect((await banyan(['promote'])).code).toBe(2);
    expect((await banyan(['plan'])).code).toBe(2);
  });
});
