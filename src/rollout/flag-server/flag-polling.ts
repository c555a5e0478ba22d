import { Unleash, type UnleashConfig, UnleashEvents } from 'unleash-client';
import type { Logger } from '../../core/logger.ts';
import { createRareWarning } from '../../core/rare-warning.ts';
import { FLAG_PROJECT, type FlagServer } from './flag-server.ts';

/** The longest wait for a fresh client while the server confirms nothing. */
const MAX_PATIENCE_MS = 60_000;
const USAGE_MS = 60_000;

/** Polls an Unleash server until it is stopped, whatever the server answers. */
export interface FlagPolling {
  /**
   * Polls at once with a fresh client, which then goes on; `start` is the first of these. It never rejects.
   * @returns whether the server confirmed anything; false as well where another refresh came between
   */
  refresh(): Promise<boolean>;
  /** Counts an evaluation for the server's statistics of use. */
  count(flag: string, enabled: boolean): void;
  stop(): void;
}

/** Where polls are told of. */
export interface PollListener {
  /** Is given what a poll brought, as it came. @returns whether it is of use */
  onSnapshot(snapshot: unknown): boolean;
  /** Is called where a poll brought nothing new. */
  onUnchanged(): void;
}

/** One client of the library, from its first poll to its end. */
interface PollingClient {
  readonly unleash: Unleash;
  /** Whether what it last got was of use: an answer that nothing has changed since then confirms nothing else. */
  confirmed: boolean;
}

/**
 * Creates the polling; nothing is asked before the first `refresh`.
 *
 * The library stops for ever at a 401 or 403, and waits for minutes after a 503: whenever the server has confirmed
 * nothing for a while, whatever the cause, the client is replaced by a fresh one, with growing pauses.
 */
export function createFlagPolling(
  server: Omit<FlagServer, 'adminToken' | 'changeMs'>,
  listener: PollListener,
  logger: Logger,
): FlagPolling {
  const warn = createRareWarning(logger, 'the flag server is not polled', () => performance.now());
  const patienceMs = 2 * server.pollMs + server.requestMs;
  let current: PollingClient | undefined;
  let silences = 0;
  let replaceAt = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const confirm = () => {
    silences = 0;
    replaceAt = performance.now() + patienceMs;
  };
  const open = (): PollingClient => {
    const isCurrent = () => current === client;
    const takeSnapshot = (snapshot: unknown) => {
      if (!isCurrent()) return;
      client.confirmed = listener.onSnapshot(snapshot);
      if (client.confirmed) confirm();
    };
    const unleash = new Unleash(clientConfig(server, takeSnapshot));
    const client: PollingClient = { unleash, confirmed: false };
    unleash.on(UnleashEvents.Unchanged, () => {
      if (!isCurrent() || !client.confirmed) return;
      listener.onUnchanged();
      confirm();
    });
    for (const event of [UnleashEvents.Warn, UnleashEvents.Error]) {
      unleash.on(event, (err: unknown) => isCurrent() && warn(err));
    }
    return client;
  };
  const refresh = async () => {
    if (stopped) return false;
    if (current !== undefined) retire(current.unleash);
    current = open();
    const client = current;
    await client.unleash.start().catch(warn);
    return current === client && client.confirmed;
  };
  const watch = () => {
    if (performance.now() < replaceAt) return;
    silences += 1;
    replaceAt =
      performance.now() + Math.min(patienceMs * 2 ** silences, Math.max(patienceMs, MAX_PATIENCE_MS));
    void refresh();
  };

  return {
    refresh() {
      if (timer === undefined && !stopped) {
        replaceAt = performance.now() + patienceMs;
        timer = setInterval(watch, server.pollMs);
        timer.unref();
      }
      return refresh();
    },
    count: (flag, enabled) => current?.unleash.count(flag, enabled),
    stop() {
      stopped = true;
      clearInterval(timer);
      if (current !== undefined) retire(current.unleash);
      current = undefined;
    },
  };
}

function clientConfig(
  server: Omit<FlagServer, 'adminToken' | 'changeMs'>,
  takeSnapshot: (snapshot: unknown) => void,
): UnleashConfig {
  return {
    appName: 'banyan',
    environment: server.environment,
    projectName: FLAG_PROJECT,
    url: `${server.url}/api/`,
    customHeaders: { Authorization: server.apiToken.reveal() },
    refreshInterval: server.pollMs,
    metricsInterval: USAGE_MS,
    timeout: server.requestMs,
    // The library stores what each successful poll brought, of one piece; it starts without, for what was stored
    // before is used only where no poll succeeds.
    storageProvider: { get: async () => undefined, set: async (_name, snapshot) => takeSnapshot(snapshot) },
    bootstrapOverride: false,
    disableAutoStart: true,
    skipInstanceCountWarning: true,
  };
}

/**
 * Ends a client. The library takes its listeners away, and a poll that is under way and fails afterwards would then
 * be an `error` event that nobody hears, which ends the process.
 */
function retire(unleash: Unleash): void {
  // biome-ignore lint/complexity/useLiteralKeys: the library has no other way to it
  const repository = unleash['repository'];
  unleash.destroy();
  repository.on(UnleashEvents.Error, () => {});
}
