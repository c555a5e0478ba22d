import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** How a tool ended. `exitCode` is null when it was stopped: by the time limit, by the signal or by another process. */
export interface ToolRun {
  exitCode: number | null;
  stdout: string;
  /** stdout and stderr in the order of their arrival. */
  output: string;
}

/** Where and how long a tool may run. */
export interface ToolRunOptions {
  cwd: string;
  timeoutMs?: number;
  signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Runs a command line tool with the `node_modules/.bin` of `cwd` first on the PATH, as an npm script would.
 * Rejects only when the tool cannot be started.
 */
export function runTool(tool: string, args: string[], options: ToolRunOptions): Promise<ToolRun> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const stop = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
  return new Promise((resolve, reject) => {
    // A process group of its own, so that stopping the tool also stops the workers it started.
    const child = spawn(tool, args, { cwd: options.cwd, env: environmentOf(options.cwd), detached: true });
    const stopGroup = () => {
      if (child.pid !== undefined) killGroup(child.pid);
    };
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (exitCode) => {
      stop.removeEventListener('abort', stopGroup);
      resolve({ exitCode, stdout, output });
    });
    if (stop.aborted) stopGroup();
    else stop.addEventListener('abort', stopGroup, { once: true });
  });
}

function environmentOf(cwd: string): NodeJS.ProcessEnv {
  // Inside a git hook GIT_DIR and its like point at the repository of the hook, whatever the folder.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const path = [join(cwd, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
  return { ...Object.fromEntries(inherited), PATH: path };
}

function killGroup(groupId: number): void {
  try {
    process.kill(-groupId, 'SIGKILL');
  } catch {
    // The group has ended between the decision to stop it and now.
  }
}
