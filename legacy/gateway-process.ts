import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { Logger } from '../src/core/logger.ts';
import { answers } from './answers.ts';
import { tellTrustedHosts, toTrustedHosts } from './tell-trusted-hosts.ts';

/** Waits of the supervisor, in milliseconds. */
export interface SupervisionTimes {
  /** From the start of the process to its first answer. */
  readonly startLimitMs: number;
  readonly probeEveryMs: number;
  /** Between an end and the next start; doubles with each end up to the limit. */
  readonly backoffMs: { readonly first: number; readonly most: number };
  /** A process that lived this long starts the backoff anew. */
  readonly stableMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly killAfterMs: number;
}

const TIMES: SupervisionTimes = {
  startLimitMs: 30_000,
  probeEveryMs: 5_000,
  backoffMs: { first: 250, most: 10_000 },
  stableMs: 30_000,
  killAfterMs: 3_000,
};

/** So many unanswered probes in a row, and the process is taken for hung. */
const PROBES_UNTIL_HUNG = 3;
const START_PROBE_MS = 50;

const portMessage = z.object({ port: z.int().positive() });

export interface GatewayProcessState {
  readonly status: 'starting' | 'up' | 'down' | 'stopped';
  /** Where it answers; undefined while it does not. */
  readonly url: string | undefined;
}

/** A supervised Portkey gateway on a free loopback port. */
export interface GatewayProcess {
  state(): GatewayProcessState;
  start(): void;
  /** Resolves when the gateway answers, or when the first start has failed for good within the limit. */
  whenStarted(limitMs: number): Promise<void>;
  /** Has the running process trust the hosts that are trusted now. Resolves when it does, or has not heard in time. */
  trustHosts(): Promise<void>;
  /** From now on an end is an end: what still runs may finish, nothing is started again. */
  keepDown(): void;
  /** Ends the process and waits for its end. */
  stop(): Promise<void>;
}

/**
 * Creates the supervisor. The process is started again with exponential backoff whenever it ends or hangs, until
 * `stop`.
 * @param deps.trustedHosts host names that Portkey may be sent to although they are private, asked for at each start
 *   and by `trustHosts`
 * @param deps.tlsEnvironment the operator's variables for certificates, for the process to be given
 */
export function createGatewayProcess(deps: {
  readonly logger: Logger;
  readonly trustedHosts: () => readonly string[];
  readonly tlsEnvironment: Readonly<Record<string, string>>;
  readonly times?: SupervisionTimes;
}): GatewayProcess {
  return new SupervisedGateway(deps);
}

class SupervisedGateway implements GatewayProcess {
  readonly #logger: Logger;
  readonly #trustedHosts: () => readonly string[];
  readonly #tlsEnvironment: Readonly<Record<string, string>>;
  readonly #times: SupervisionTimes;
  #state: GatewayProcessState = { status: 'starting', url: undefined };
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #keptDown = false;
  #toldHosts = '';
  #startedAt = 0;
  #started = Promise.withResolvers<void>();

  constructor(deps: Parameters<typeof createGatewayProcess>[0]) {
    this.#logger = deps.logger;
    this.#trustedHosts = deps.trustedHosts;
    this.#tlsEnvironment = deps.tlsEnvironment;
    this.#times = deps.times ?? TIMES;
  }

  state(): GatewayProcessState {
    return this.#state;
  }

  async whenStarted(limitMs: number): Promise<void> {
    const { promise: limit, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, limitMs);
    await Promise.race([this.#started.promise, limit]);
    clearTimeout(timer);
  }

  start(): void {
    this.#startedAt = performance.now();
    const child = this.#spawn();
    if (child === undefined) return;
    this.#child = child;
    child.on('message', (message) => this.#probeUntilUp(child, message));
    child.on('exit', (code, signal) => this.#onEnd(child, { code, signal }));
    // A process that could not be made has no exit either.
    child.on('error', (err) => child.pid === undefined && this.#onEnd(child, { err }));
    this.#timer = setTimeout(() => this.#giveUpStart(child), this.#times.startLimitMs);
  }

  async trustHosts(): Promise<void> {
    const child = this.#child;
    const hosts = toTrustedHosts(this.#trustedHosts());
    if (hosts === this.#toldHosts || child === undefined || !isRunning(child)) return;
    try {
      await tellTrustedHosts(child, hosts);
      if (child === this.#child) this.#toldHosts = hosts;
    } catch (err) {
      this.#logger.warn({ err }, 'the legacy gateway has not heard of the private hosts that changed');
    }
  }

  keepDown(): void {
    this.#keptDown = true;
  }

  async stop(): Promise<void> {
    this.#state = { status: 'stopped', url: undefined };
    clearTimeout(this.#timer);
    this.#started.resolve();
    const child = this.#child;
    if (child?.pid === undefined || !isRunning(child)) return;
    const { promise: exited, resolve } = Promise.withResolvers<void>();
    child.once('exit', () => resolve());
    // It ignores the signals that a terminal or a service manager sends to the whole group.
    if (child.connected) child.disconnect();
    const killer = setTimeout(() => child.kill('SIGKILL'), this.#times.killAfterMs);
    await exited;
    clearTimeout(killer);
  }

  #spawn(): ChildProcess | undefined {
    try {
      this.#toldHosts = toTrustedHosts(this.#trustedHosts());
      return spawnGateway(this.#toldHosts, this.#tlsEnvironment);
    } catch (err) {
      this.#child = undefined;
      this.#onEnd(undefined, { err });
      return undefined;
    }
  }

  async #probeUntilUp(child: ChildProcess, message: unknown): Promise<void> {
    const told = portMessage.safeParse(message);
    if (!told.success) return;
    const url = `http://127.0.0.1:${told.data.port}`;
    while (child === this.#child && this.#state.status !== 'stopped' && isRunning(child)) {
      if (await answers(url)) return this.#onUp(child, url);
      await sleep(START_PROBE_MS);
    }
  }

  #onUp(child: ChildProcess, url: string): void {
    if (child !== this.#child || this.#state.status === 'stopped') return;
    clearTimeout(this.#timer);
    this.#state = { status: 'up', url };
    this.#started.resolve();
    const startMs = Math.round(performance.now() - this.#startedAt);
    this.#logger.info({ url, pid: child.pid, startMs }, 'legacy gateway is up');
    this.#probeLater(child, url, 0);
  }

  #probeLater(child: ChildProcess, url: string, missed: number): void {
    this.#timer = setTimeout(async () => {
      const nowMissed = (await answers(url)) ? 0 : missed + 1;
      if (child !== this.#child || this.#state.status !== 'up') return;
      if (nowMissed < PROBES_UNTIL_HUNG) return this.#probeLater(child, url, nowMissed);
      this.#logger.error({ missed: nowMissed }, 'the legacy gateway hangs and is restarted');
      child.kill('SIGKILL');
    }, this.#times.probeEveryMs);
    this.#timer.unref();
  }

  #giveUpStart(child: ChildProcess): void {
    if (child !== this.#child) return;
    this.#logger.error({ limitMs: this.#times.startLimitMs }, 'the legacy gateway did not start in time');
    this.#started.resolve();
    child.kill('SIGKILL');
  }

  #onEnd(child: ChildProcess | undefined, how: Readonly<Record<string, unknown>>): void {
    if (child !== this.#child || this.#state.status === 'stopped') return;
    clearTimeout(this.#timer);
    this.#state = { status: 'down', url: undefined };
    if (this.#keptDown) {
      this.#logger.warn(how, 'the legacy gateway ended');
      return;
    }
    const { backoffMs, stableMs } = this.#times;
    this.#failures = performance.now() - this.#startedAt > stableMs ? 0 : this.#failures + 1;
    const waitMs = Math.min(backoffMs.most, backoffMs.first * 2 ** Math.max(0, this.#failures - 1));
    this.#logger.error({ ...how, restartInMs: waitMs }, 'the legacy gateway ended and is restarted');
    this.#timer = setTimeout(() => this.start(), waitMs);
  }
}

/** The gateway's own log is dropped: it prints a harmless error a stream, and request bodies on errors. */
function spawnGateway(trustedHosts: string, tlsEnvironment: Readonly<Record<string, string>>): ChildProcess {
  const require = createRequire(import.meta.url);
  const entry = fileURLToPath(new URL('build/start-server.js', packageRoot(require)));
  const preload = new URL('./inside-portkey/preload.ts', import.meta.url).href;
  return spawn(process.execPath, ['--import', preload, entry, '--port=0', '--headless'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {
      ...tlsEnvironment,
      NODE_ENV: 'production',
      NODE_NO_WARNINGS: '1',
      TRUSTED_CUSTOM_HOSTS: trustedHosts,
    },
  });
}

function packageRoot(require: NodeJS.Require): URL {
  return new URL('./', pathToFileURL(require.resolve('@portkey-ai/gateway/package.json')));
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
