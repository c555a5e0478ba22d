import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmulatedGateway, KEYS, postChat, startEmulatedGateway } from '../support/emulated-gateway.ts';
import { ADMIN_TOKEN } from '../support/running-gateway.ts';

const BANYAN = fileURLToPath(new URL('../../src/cli/banyan.ts', import.meta.url));

let gateway: EmulatedGateway;
beforeAll(async () => {
  gateway = await startEmulatedGateway();
});
afterAll(() => gateway.stop());

function banyan(
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const variables = { PATH: process.env.PATH, BANYAN_URL: gateway.url, ADMIN_TOKEN, ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [BANYAN, ...parameters], { env: variables }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

async function reasonOf(key: string): Promise<string | null> {
  return (await postChat(gateway, { key })).headers.get('x-gateway-reason');
}

describe('banyan rollout', () => {
  it('kills and releases, with a reason, and prints one JSON object', async () => {
    const killed = await banyan(['rollout', 'kill', '--reason', 'too many errors', '--json']);
    expect(killed).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(killed.stdout)).toMatchObject({ killed: true });
    expect(await reasonOf(KEYS.litellm)).toBe('kill_switch');
    expect(gateway.logLines.join('')).toContain('too many errors');
    expect((await banyan(['rollout', 'unkill', '--reason', 'mended'])).code).toBe(0);
    expect(await reasonOf(KEYS.litellm)).toBe('key_override');
  });

  it('sets the percentage and shows where it stands', async () => {
    await banyan(['rollout', 'set', '--enrolled-percent', '100']);
    expect(await reasonOf(KEYS.auto)).toBe('enrolled');
    expect((await banyan(['rollout', 'status'])).stdout).toMatch(/^enrolled_percent +100$/m);
    await banyan(['rollout', 'set', '--enrolled-percent', '0']);
    expect(await reasonOf(KEYS.auto)).toBe('not_enrolled');
  });

  it.each([
    ['no reason', ['rollout', 'kill'], 2],
    ['an unknown command', ['rollout', 'explode'], 2],
    ['nothing to set', ['rollout', 'set'], 2],
    ['half a percent', ['rollout', 'set', '--enrolled-percent', '0.5'], 2],
    ['help', ['rollout', '--help'], 0],
  ])('with %s exits by the book', async (_name, parameters, code) => {
    expect((await banyan(parameters)).code).toBe(code);
  });

  it.each([
    ['a wrong token', { ADMIN_TOKEN: 'wrong' }, /not valid/],
    ['no token', { ADMIN_TOKEN: '' }, /token/i],
    ['no gateway', { BANYAN_URL: 'http://127.0.0.1:9' }, /No gateway answers/],
  ])('with %s exits 1 and says why on stderr', async (_name, env, message) => {
    const { code, stdout, stderr } = await banyan(['rollout', 'status', '--json'], env);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
  });
});
