import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late timers run: the resolution is theirs. */
const RESOLUTION_MS = 20;
const WINDOW_MS = 60_000;
const NANOSECONDS = 1e6;

/** How long what runs at the moment has everything else wait. */
export interface EventLoopLag {
  /** Of the last minute, or of what is over of it, the 99th percentile. */
  milliseconds(): number;
  start(): void;
  stop(): void;
}

/** Creates the watch; nothing is measured before `start`. */
export function createEventLoopLag(): EventLoopLag {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let timer: NodeJS.Timeout | undefined;
  return {
    milliseconds: () =>
      delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / NANOSECONDS - RESOLUTION_MS),
    start() {
      delay.enable();
      timer = setInterval(() => delay.reset(), WINDOW_MS);
      timer.unref();
    },
    stop() {
      clearInterval(timer);
      delay.disable();
    },
  };
}
