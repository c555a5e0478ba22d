import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type EmulatedGateway,
  KEYS,
  MODEL,
  PROVIDER_KEY,
  postChat,
  startEmulatedGateway,
} from '../support/emulated-gateway.ts';
import { ADMIN_TOKEN } from '../support/running-gateway.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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

describe('banyan explain', () => {
  const explain = (...more: readonly string[]) => banyan(['explain', '--key', 'litellm', ...more]);

  it('says where a request would go, as a table or as one JSON object', async () => {
    const before = gateway.emulator.requests.length;
    const { code, stdout } = await explain('--model', MODEL);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^-\s+gpt-4o-mini\s+emulator\s+gpt-4o-mini-2024-07-18\s+litellm\s+key_override\s+1\s+closed/m,
    );
    const json = JSON.parse((await explain('--model', MODEL, '--json')).stdout);
    expect(json).toMatchObject({ refusal: null, targets: [{ paths: [{ reason: 'key_override' }] }] });
    expect(gateway.emulator.requests.length).toBe(before);
  });

  it('says what the client would be told', async () => {
    const { code, stdout } = await explain('--model', 'nobody');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^code +model_not_found$/m) });
  });

  it('exits 1 for a key that there is not, and 2 without a model', async () => {
    const unknown = await banyan(['explain', '--key', 'nobody', '--model', MODEL]);
    expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('no such key') });
    expect((await explain()).code).toBe(2);
  });
});

const createdKey = z.object({ id: z.string(), key: z.string() });
const applied = z.object({ createdKeys: z.array(z.object({ name: z.string(), key: z.string() })) });

async function statusOf(key: string, model: string = MODEL): Promise<number> {
  const body = { model, messages: [{ role: 'user', content: 'Hello' }] };
  const response = await postChat(gateway, { key, body });
  await response.arrayBuffer();
  return response.status;
}

describe('banyan keys', () => {
  it('makes a key, lists it without its value, rotates, disables and deletes it', async () => {
    const made = await banyan([
      'keys',
      'create',
      '--name',
      'cli',
      '--models',
      MODEL,
      '--rpm',
      '100',
      '--json',
    ]);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const { id, key } = createdKey.parse(JSON.parse(made.stdout));
    expect(await statusOf(key)).toBe(200);

    const list = await banyan(['keys', 'list']);
    expect(list.stdout).toContain(id);
    expect(list.stdout).not.toContain(key);

    const rotated = createdKey.parse(
      JSON.parse((await banyan(['keys', 'rotate', 'cli', '--overlap', '60', '--json'])).stdout),
    );
    expect(rotated.id).toBe(id);
    expect(rotated.key).not.toBe(key);
    expect([await statusOf(key), await statusOf(rotated.key)]).toEqual([200, 200]);

    expect((await banyan(['keys', 'disable', 'cli'])).code).toBe(0);
    expect(await statusOf(rotated.key)).toBe(403);
    expect((await banyan(['keys', 'enable', id])).code).toBe(0);
    expect(await statusOf(rotated.key)).toBe(200);

    expect((await banyan(['keys', 'delete', 'cli'])).code).toBe(0);
    expect(await statusOf(rotated.key)).toBe(401);
    const gone = await banyan(['keys', 'disable', 'cli']);
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain('There is no key "cli"');
  });

  it.each([
    ['a limit of nothing', ['keys', 'create', '--name', 'x', '--rpm', '0'], 2],
    ['no name', ['keys', 'create'], 2],
    ['a path that there is not', ['keys', 'create', '--name', 'x', '--path', 'fast'], 1],
  ])('with %s exits by the book', async (_name, parameters, code) => {
    const { code: actual, stdout, stderr } = await banyan(parameters);
    expect({ code: actual, stdout }).toEqual({ code, stdout: '' });
    expect(stderr).not.toBe('');
  });
});

describe('banyan providers and models', () => {
  it('lists them without a credential, and asks the provider', async () => {
    const providers = await banyan(['providers', 'list']);
    const [header = '', first = ''] = providers.stdout.split('\n');
    expect(header).toMatch(/^id +type/);
    expect(providers.stdout).not.toContain(PROVIDER_KEY);
    const id = first.split(' ')[0] ?? '';
    const tested = await banyan(['providers', 'test', id, '--json']);
    expect(tested).toMatchObject({ code: 0, stderr: '' });
    expect(tested.stdout).not.toContain(PROVIDER_KEY);
    expect((await banyan(['models', 'list'])).stdout).toMatch(new RegExp(`^${MODEL} `, 'm'));
  });

  it('with an id that there is not exits 1', async () => {
    expect(await banyan(['providers', 'test', 'nowhere'])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('banyan apply', () => {
  const write = (text: string) => {
    const path = join(temporaryFolder(), 'gateway.yaml');
    writeFileSync(path, text);
    return path;
  };
  const file = () => `
providers:
  - { id: applied, type: openai, base_url: '${gateway.emulator.url}', api_key: '\${APPLIED_KEY}' }
models:
  - { name: applied-model, provider: applied, model_identifier: gpt-4o }
virtual_keys:
  - { name: applied-key, models: [applied-model] }
`;

  it('brings a running gateway to what the file says, with the operator’s variables, and twice changes nothing', async () => {
    const path = write(file());
    const env = { APPLIED_KEY: PROVIDER_KEY };
    const first = await banyan(['apply', '-f', path, '--json'], env);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const [created] = applied.parse(JSON.parse(first.stdout)).createdKeys;
    expect(created?.name).toBe('applied-key');
    expect(await statusOf(created?.key ?? '', 'applied-model')).toBe(200);
    expect(gateway.logLines.join('')).not.toContain(created?.key);

    const second = await banyan(['apply', '-f', path, '--json'], env);
    expect(JSON.parse(second.stdout)).toEqual({ createdKeys: [] });
    expect(await statusOf(created?.key ?? '', 'applied-model')).toBe(200);
  });

  it.each([
    ['a variable that is not set', file, /APPLIED_KEY/],
    ['a field that there is not', () => 'providers: [{ id: a, kind: openai }]', /kind|type/],
  ])('with %s exits 1 and names it', async (_name, text, message) => {
    const { code, stderr } = await banyan(['apply', '-f', write(text())]);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});
