import type { Logger } from '../core/logger.ts';
import type { PartState } from '../core/part-state.ts';
import { drawsNewArm } from './draw-arm.ts';
import type { ArmDraw, EnrolmentQuestion, RolloutStore } from './rollout.ts';
import type { RolloutState } from './rollout-state.ts';
import { createScopeCheck } from './scope-check.ts';

/** How often the stored rollout is read again: a change by another process is in force here within a second. */
const REFRESH_MS = 500;
/** A store that has not answered for so long is down. */
const STORE_DOWN_AFTER_MS = 5_000;

/** What the store has of the rollout, as this process knows it. */
export interface StoredRollout {
  /** Undefined until it could be read once. */
  state(): RolloutState | undefined;
  /** Never the new path until the arm's share could be read once. */
  drawArm(drawId: string, keyId: string): ArmDraw;
  /** Whether the request is what the release plan in force moves; anything is where there is none. */
  isInScope(request: EnrolmentQuestion): boolean;
  /** Seconds since it was last read; Infinity where it never was. */
  ageSeconds(): number;
  /** Of the store: whether it answered within the last few refreshes. */
  storeState(): PartState;
  /** Stores the edited rollout, then applies it in this process. */
  change(edit: (state: RolloutState) => RolloutState, actor: string): Promise<void>;
  /** Reads the store once, then again twice a second; a failed read keeps what is known. */
  start(): Promise<void>;
  stop(): void;
}

/**
 * Creates the reader of a store; nothing is read before `start`.
 * @param deps.onApplied is given each state that was read or stored, before anything else sees it
 */
export function createStoredRollout(deps: {
  readonly store: RolloutStore;
  readonly logger: Logger;
  readonly onApplied?: (state: RolloutState) => void;
}): StoredRollout {
  const { store, logger, onApplied } = deps;
  let state: RolloutState | undefined;
  let isInScope = EVERYTHING;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  /** Grows with every state that is applied: a read that began before is out of date. */
  let version = 0;

  const apply = (next: RolloutState) => {
    onApplied?.(next);
    state = next;
    isInScope = next.rules === undefined ? EVERYTHING : createScopeCheck(next.rules.scope);
    version += 1;
    confirmedAt = performance.now();
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

  return {
    state: () => state,
    drawArm: (drawId, keyId) => (state === undefined ? NOT_DRAWN : drawArm(state, drawId, keyId)),
    isInScope: (request) => isInScope(request),
    ageSeconds: () => (performance.now() - confirmedAt) / 1000,
    storeState: () => ({
      name: 'database',
      status: performance.now() - answeredAt < STORE_DOWN_AFTER_MS ? 'up' : 'down',
    }),
    async change(edit, actor) {
      apply(await store.change(edit, actor));
    },
    async start() {
      await refresh();
      schedule();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

const NOT_DRAWN: ArmDraw = { isNew: false, share: 0, rules: undefined };
const EVERYTHING = (_request: EnrolmentQuestion) => true;

function drawArm({ armShare: share, armSalt, rules }: RolloutState, drawId: string, keyId: string): ArmDraw {
  if (rules === undefined) return { isNew: drawsNewArm(drawId, armSalt, share), share, rules };
  // Each run draws anew: the arms of the one before say nothing of this one's.
  const salt = `${armSalt}/${rules.runId}`;
  const isNew = drawsNewArm(rules.armUnit === 'key' ? keyId : drawId, salt, share);
  return { isNew, share, rules };
}
