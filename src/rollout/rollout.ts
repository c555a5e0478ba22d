import type { Logger } from '../core/logger.ts';
import type { PartState } from '../core/part-state.ts';
import { drawsNewArm } from './draw-arm.ts';
import { enrolledPercent } from './flag-definition.ts';
import type { FlagEvaluator } from './flag-evaluator.ts';
import { changeRollout, type RolloutState } from './rollout-state.ts';

/** How often the stored rollout is read again: another process may have changed it, and is to be heard within a second. */
const REFRESH_MS = 500;
/** A store that has not answered for so long is down. */
const STORE_DOWN_AFTER_MS = 5_000;

/** Where the rollout is kept. */
export interface RolloutStore {
  /** Undefined where none was stored yet. */
  read(): Promise<RolloutState | undefined>;
  /**
   * Reads, changes and writes as one step that no other change comes between, and records who did it.
   * @throws Error where none was stored yet
   */
  change(edit: (state: RolloutState) => RolloutState, actor: string): Promise<RolloutState>;
}

/** The rollout as this process knows it. */
export interface Rollout {
  /** Undefined until the rollout could be read once. */
  isEnrolled(keyId: string): boolean | undefined;
  isKilledByFlag(): boolean;
  drawsNewArm(requestId: string): boolean;
  /** For operators and gauges. */
  summary(): RolloutSummary;
  /** Whether the store answered within the last few refreshes. */
  storeState(): PartState['status'];
  /**
   * Stores the change, then applies it in this process.
   * @param actor who makes it, for the audit log
   */
  change(change: Parameters<typeof changeRollout>[1], actor: string): Promise<RolloutSummary>;
  /** Reads the store once, then again every half second; a failed read keeps what is known. */
  start(): Promise<void>;
  stop(): void;
}

export interface RolloutSummary {
  /** 0 to 100. */
  readonly enrolledPercent: number;
  /** 0 to 1. */
  readonly armShare: number;
  /** Seconds since the definitions were last confirmed; Infinity where they never were. */
  readonly snapshotAgeSeconds: number;
}

/** Creates the rollout over its store; nothing is read before `start`. */
export function createRollout(deps: {
  readonly store: RolloutStore;
  readonly flags: FlagEvaluator;
  readonly logger: Logger;
}): Rollout {
  const { store, flags, logger } = deps;
  let state: RolloutState | undefined;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  /** Grows with every state that is applied: a read that began before is out of date. */
  let version = 0;

  const apply = (next: RolloutState) => {
    state = next;
    version += 1;
    confirmedAt = performance.now();
    flags.replace(next.flags);
  };
  const refresh = async () => {
    try {
      const before = version;
      const stored = await store.read();
      answeredAt = performance.now();
      if (stored !== undefined && !stopped && version === before) apply(stored);
    } catch (err) {
      logger.warn({ err }, 'the stored rollout cannot be read; the last known one stays');
    }
  };
  const schedule = () => {
    if (stopped) return;
    timer = setTimeout(async () => {
      await refresh();
      if (!stopped) schedule();
    }, REFRESH_MS);
    timer.unref();
  };
  const summary = (): RolloutSummary => ({
    enrolledPercent: state === undefined ? 0 : enrolledPercent(state.flags),
    armShare: state?.armShare ?? 1,
    snapshotAgeSeconds: (performance.now() - confirmedAt) / 1000,
  });

  return {
    isEnrolled: (keyId) => flags.isEnrolled(keyId),
    isKilledByFlag: () => flags.isKilled(),
    drawsNewArm: (requestId) => state !== undefined && drawsNewArm(requestId, state.armSalt, state.armShare),
    summary,
    storeState: () => (performance.now() - answeredAt < STORE_DOWN_AFTER_MS ? 'up' : 'down'),
    async change(change, actor) {
      apply(await store.change((state) => changeRollout(state, change), actor));
      return summary();
    },
    async start() {
      await refresh();
      schedule();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      flags.stop();
    },
  };
}
