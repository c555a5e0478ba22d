import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The gateway as `npm start` runs it, in a process of its own. */
export interface RunningProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it printed so far, line by line. */
  readonly lines: readonly string[];
}

/** Runs the entry point with these variables only, and whatever it prints collected. */
export function spawnGateway(
  env: Readonly<Record<string, string>>,
  workingFolder = ROOT,
): { readonly child: ChildProcess; readonly lines: string[] } {
  const lines: string[] = [];
  const child = spawn(process.execPath, [`${ROOT}/src/main.ts`], {
    cwd: workingFolder,
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as under a service manager: a test can signal all of it.
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  return { child, lines };
}

/** Starts it and waits until it is ready. */
export async function startGatewayProcess(
  env: Readonly<Record<string, string>>,
  workingFolder = ROOT,
): Promise<RunningProcess> {
  const { child, lines } = spawnGateway(env, workingFolder);
  const address = () => /^Banyan listens on (\S+)$/m.exec(lines.join('\n'))?.[1];
  await eventually(() => {
    if (child.exitCode !== null)
      throw new Error(`The gateway ended with ${child.exitCode}:\n${lines.join('\n')}`);
    return address() !== undefined;
  });
  const url = address() ?? '';
  await eventually(async () => (await fetch(`${url}/health/ready`)).ok);
  return { url, child, lines };
}

/** Whether a process with this id exists. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    // The signal could not be delivered: nobody is there.
    return false;
  }
}
