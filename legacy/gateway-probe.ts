import type { Logger } from '../src/core/logger.ts';
import { answers } from './answers.ts';
import type { GatewayProcess, GatewayProcessState } from './gateway-process.ts';

const PROBE_EVERY_MS = 2_000;

/**
 * Watches a legacy gateway that somebody else runs. Its address stays in use while it does not answer: only the
 * request itself can tell whether it is back.
 * @param url where it is; undefined where there is none, which counts as down
 */
export function createGatewayProbe(url: string | undefined, logger: Logger): GatewayProcess {
  let state: GatewayProcessState = { status: url === undefined ? 'down' : 'starting', url };
  let timer: NodeJS.Timeout | undefined;
  const started = Promise.withResolvers<void>();

  const probe = async (target: string) => {
    const status = (await answers(target)) ? 'up' : 'down';
    if (state.status === 'stopped') return;
    if (status !== state.status) logger.warn({ status }, 'the legacy gateway changed its state');
    state = { status, url: target };
    started.resolve();
    timer = setTimeout(probe, PROBE_EVERY_MS, target);
    timer.unref();
  };

  return {
    state: () => state,
    start() {
      if (url === undefined) started.resolve();
      else void probe(url);
    },
    whenStarted: () => started.promise,
    // Whom it trusts is set by whoever runs it.
    async trustHosts() {},
    keepDown() {},
    async stop() {
      state = { status: 'stopped', url: undefined };
      started.resolve();
      clearTimeout(timer);
    },
  };
}
