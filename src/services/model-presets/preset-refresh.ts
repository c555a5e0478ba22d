import type { Logger } from '../../core/logger.ts';

const MINUTE_MS = 60_000;

/** Fetches the presets anew whenever it is time, where that is wished. */
export interface PresetRefresh {
  /** Begins to look whether it is time, once a minute. */
  start(): void;
  /** Ends that, and a fetch that runs. */
  stop(): Promise<void>;
}

/**
 * Creates the refresh.
 * @param deps.claim whether it is time and this process is the one that shall do it
 * @param deps.update fetches the presets, or rejects and leaves those that are there
 */
export function createPresetRefresh(deps: {
  readonly claim: () => Promise<boolean>;
  readonly update: (signal: AbortSignal) => Promise<unknown>;
  readonly logger: Logger;
  readonly everyMs?: number;
}): PresetRefresh {
  const { claim, update, logger, everyMs = MINUTE_MS } = deps;
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let refreshing: Promise<void> | undefined;

  /** Never rejects: whoever claims it next tries again. */
  async function refresh(): Promise<void> {
    try {
      if (await claim()) await update(ending.signal);
    } catch (err) {
      if (!ending.signal.aborted) logger.warn({ err }, 'the model presets could not be refreshed');
    }
  }

  return {
    start() {
      timer = setInterval(() => {
        refreshing ??= refresh().finally(() => {
          refreshing = undefined;
        });
      }, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      ending.abort();
      await refreshing;
    },
  };
}
