import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

/** A server in a process of its own. */
export interface ChildServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a TypeScript entry point and waits for the line that says where it listens.
 * @param entry path of the entry point
 * @param options.readUrl gives the address out of the line that has it, undefined for any other
 * @throws Error with the process's last words where it ends first, or is not up in time
 */
export async function startChildServer(
  entry: string,
  options: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly readUrl: (line: string) => string | undefined;
  },
): Promise<ChildServer> {
  const child = spawn(process.execPath, [entry, ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...options.env },
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const lastLines: string[] = [];
  const readers = [child.stdout, child.stderr].flatMap((stream) =>
    stream === null ? [] : [createInterface({ input: stream })],
  );
  for (const reader of readers) {
    reader.on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      const url = options.readUrl(line);
      if (url !== undefined) resolve(url);
    });
  }
  child.once('exit', (code) => reject(new Error(`${entry} ended with ${code}:\n${lastLines.join('\n')}`)));
  const limit = setTimeout(() => reject(new Error(`${entry} was not up in time`)), START_LIMIT_MS);
  try {
    const url = await promise;
    // Its log goes on being taken, and no longer costs the process that measures it anything.
    for (const reader of readers) reader.close();
    child.stdout?.resume();
    child.stderr?.resume();
    return { url, stop: () => stopChild(child) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise: exited, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(killer);
}
