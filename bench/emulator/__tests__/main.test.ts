import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postRaw } from './raw-client.ts';
import { chatBody, emulate } from './test-emulator.ts';

const MAIN = new URL('../main.ts', import.meta.url);

async function startProcess(args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(MAIN, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, url: (JSON.parse(line.toString()) as { url: string }).url };
}

describe('the process', () => {
  it('says where it listens and serves what its arguments say', async () => {
    const { url } = await startProcess(['--api-key', 'right', '--model', 'm']);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
    const models = await fetch(`${url}/models`, { headers: { authorization: 'Bearer right' } });
    expect(await models.json()).toMatchObject({ data: [{ id: 'm' }] });
  });

  it('ends on a signal in the middle of answers, with nothing left that keeps it alive', async () => {
    const { child, url } = await startProcess([]);
    const waiting = postRaw(url, chatBody(emulate({ delayMs: 600_000 })));
    const pausing = postRaw(url, chatBody(emulate({ eventDelayMs: 600_000 }), { stream: true }));
    const hanging = postRaw(url, chatBody(emulate({ hang: 'mid_stream' }), { stream: true }));
    await Promise.all([pausing.events(1), hanging.events(1)]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await Promise.all([waiting.ended(), pausing.ended(), hanging.ended()]);
  });

  it('ends with the parent that started it', async () => {
    const { child } = await startProcess([]);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
