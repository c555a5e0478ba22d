import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmulator, type Emulator } from '../../bench/emulator/emulator.ts';
import { emulate, emulatedFile, KEYS, MODEL, PROVIDER_KEY, postChat } from '../support/emulated-gateway.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive, type RunningProcess, startGatewayProcess } from '../support/gateway-process.ts';

let emulator: Emulator;
let folder: string;
let running: RunningProcess;

beforeAll(async () => {
  emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
  folder = mkdtempSync(join(tmpdir(), 'banyan-stop-'));
  writeFileSync(join(folder, 'gateway.yaml'), JSON.stringify(emulatedFile(emulator.url)));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  running = await startGatewayProcess({
    DATABASE_URL: `sqlite:${join(folder, 'gateway.db')}`,
    GATEWAY_CONFIG: join(folder, 'gateway.yaml'),
    ALLOW_PRIVATE_UPSTREAMS: 'true',
    USE_LITELLM: 'true',
  });
}

function legacyProcessId(): number {
  const line = running.lines.findLast((text) => text.includes('legacy gateway is up')) ?? '{}';
  return (JSON.parse(line) as { pid: number }).pid;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

describe('SIGTERM', () => {
  it.each([
    ['legacy', KEYS.legacy, 'the process'],
    ['litellm', KEYS.litellm, 'the process'],
    ['legacy', KEYS.legacy, 'its whole group'],
  ])(
    'lets a stream on %s finish, takes nothing new, ends the legacy gateway, exits 0',
    async (_path, key, target) => {
      await start();
      const legacyPid = legacyProcessId();
      const text = Array.from({ length: 60 }, (_, index) => `word${index}`).join(' ');
      const response = await postChat(running, {
        key,
        body: { model: MODEL, stream: true, messages: [emulate({ text, eventDelayMs: 40 })] },
      });
      const reader = response.body?.getReader();
      const first = await reader?.read();
      let received = Buffer.from(first?.value ?? []).toString();

      const pid = running.child.pid ?? 0;
      process.kill(target === 'the process' ? pid : -pid, 'SIGTERM');
      await eventually(async () => {
        // Either the port is closed already, or the answer says that it is about to be.
        const answer = await postChat(running, { key }).catch(() => undefined);
        return answer === undefined || answer.status === 503;
      });
      for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
        received += Buffer.from(read.value).toString();
      }
      expect(received).toContain('word59');
      expect(received).toMatch(/data: \[DONE\]\n\n$/);
      expect(await exitOf(running.child)).toBe(0);
      expect(isAlive(legacyPid)).toBe(false);
    },
  );

  it('while nothing runs: exits at once', async () => {
    await start();
    const legacyPid = legacyProcessId();
    running.child.kill('SIGTERM');
    expect(await exitOf(running.child)).toBe(0);
    expect(isAlive(legacyPid)).toBe(false);
  });

  it('does not wait for a connection that never sent a request', async () => {
    await start();
    const silent = connect(Number(new URL(running.url).port), '127.0.0.1');
    await once(silent, 'connect');
    running.child.kill('SIGTERM');
    expect(await exitOf(running.child)).toBe(0);
    expect(running.lines.join('\n')).not.toContain('cut off');
    silent.destroy();
  });

  it('a second time cuts off what still runs', async () => {
    await start();
    const response = await postChat(running, {
      key: KEYS.litellm,
      body: { model: MODEL, stream: true, messages: [emulate({ hang: 'mid_stream', afterEvents: 2 })] },
    });
    const reader = response.body?.getReader();
    await reader?.read();
    running.child.kill('SIGTERM');
    await eventually(() => running.lines.some((line) => line.includes('gateway stops')));
    running.child.kill('SIGTERM');
    expect(await exitOf(running.child)).toBe(0);
    expect(running.lines.join('\n')).toMatch(/"outcome":"gateway_error","errorCode":"draining"/);
    await expect(reader?.read()).rejects.toThrow();
  });
});

describe('SIGKILL', () => {
  it('leaves no legacy gateway behind', async () => {
    await start();
    const legacyPid = legacyProcessId();
    running.child.kill('SIGKILL');
    await exitOf(running.child);
    await eventually(() => !isAlive(legacyPid));
  });
});
