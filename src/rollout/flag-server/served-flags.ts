import type { Logger } from '../../core/logger.ts';
import type { PartState } from '../../core/part-state.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import { KILL_FLAG, namedKeysOf, ROLLOUT_FLAG } from '../flag-definition.ts';
import type { FlagEvaluator } from '../flag-evaluator.ts';
import type { FlagBackup } from './flag-backup.ts';
import { createFlagPolling } from './flag-polling.ts';
import type { FlagServer } from './flag-server.ts';
import { atMost, type FlagSnapshot, flagSnapshot, ownFlags } from './flag-snapshot.ts';

/** How long a start waits for the server before it goes on with what was known before. */
const FIRST_POLL_MS = 4_000;
/** How often the backup is told that its definitions still hold. */
const TOUCH_MS = 60_000;

/** The flags of an Unleash server, answered from memory. */
export interface ServedFlags {
  /** Undefined while no definitions were ever known. */
  isEnrolled(keyId: string): boolean | undefined;
  isKilled(): boolean;
  /** Percentage of keys that the rollout flag enrols, as it evaluates here; 0 while nothing is known. */
  enrolledPercent(): number;
  /** Ids of the keys that the rollout flag enrols by name. */
  namedKeys(): readonly string[];
  /** Those of the keys that the rollout flag enrols, by name or not; nobody's request, so the server is not told. */
  enrolledOf(keyIds: readonly string[]): readonly string[];
  /** Seconds since the server last confirmed the definitions in force; Infinity where it never did. */
  snapshotAgeSeconds(): number;
  state(): PartState;
  /** Asks the server at once. @returns whether it confirmed what is then in force */
  refresh(): Promise<boolean>;
  /**
   * Is told before the server is asked to enrol fewer keys: a start that finds no server must not go back to more
   * than that, even if this process ends before it sees the change.
   * @param unnamed keys that are not to be enrolled by name any more
   */
  expectAtMost(percent: number, unnamed: readonly string[]): void;
  /** Polls once, or takes what was known before where that fails; then goes on polling. */
  start(): Promise<void>;
  stop(): void;
}

/** Creates the flags; nothing is asked and nothing read before `start`. */
export function createServedFlags(deps: {
  readonly server: FlagServer;
  readonly evaluator: FlagEvaluator;
  readonly backup: FlagBackup;
  readonly logger: Logger;
}): ServedFlags {
  const { server, evaluator, backup, logger } = deps;
  const staleAfterMs = 2 * (2 * server.pollMs + server.requestMs);
  let known: FlagSnapshot | undefined;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let savedAt = Number.NEGATIVE_INFINITY;
  let started = false;

  const ageMs = () => performance.now() - confirmedAt;
  const save = (snapshot: FlagSnapshot) => {
    savedAt = performance.now();
    backup.write({ snapshot, confirmedAt: Date.now() - ageMs() });
  };
  const use = (snapshot: FlagSnapshot) => {
    known = snapshot;
    evaluator.replace(snapshot.features, snapshot.segments);
  };
  const polling = createFlagPolling(
    server,
    {
      onSnapshot(brought) {
        const parsed = flagSnapshot.safeParse(brought);
        if (!parsed.success) {
          logger.warn(
            { err: parsed.error },
            'the flag server’s answer is not one of flags; the last known stay',
          );
          return false;
        }
        use(ownFlags(parsed.data));
        confirmedAt = performance.now();
        save(ownFlags(parsed.data));
        return true;
      },
      onUnchanged() {
        confirmedAt = performance.now();
        if (known !== undefined && confirmedAt - savedAt >= TOUCH_MS) save(known);
      },
    },
    logger,
  );
  const restore = () => {
    const kept = backup.read();
    if (kept === undefined) {
      logger.warn({}, 'no flags are known: all keys stay on the legacy path until the flag server answers');
      return;
    }
    confirmedAt = performance.now() - Math.max(0, Date.now() - kept.confirmedAt);
    use(kept.snapshot);
    logger.warn(
      { ageSeconds: ageMs() / 1000 },
      'the flag server does not answer; the last known flags are used',
    );
  };
  const counted = (flag: string, enabled: boolean) => {
    polling.count(flag, enabled);
    return enabled;
  };

  return {
    isEnrolled(keyId) {
      const enrolled = evaluator.isEnrolled(keyId);
      return enrolled === undefined ? undefined : counted(ROLLOUT_FLAG, enrolled);
    },
    isKilled: () => counted(KILL_FLAG, evaluator.isKilled()),
    enrolledPercent: evaluator.enrolledPercent,
    namedKeys: () => namedKeysOf(known?.features ?? []),
    enrolledOf: (keyIds) => keyIds.filter((keyId) => evaluator.isEnrolled(keyId) === true),
    snapshotAgeSeconds: () => ageMs() / 1000,
    state: () => ({ name: 'flags', status: !started ? 'starting' : stateOf(known, ageMs() > staleAfterMs) }),
    refresh: polling.refresh,
    expectAtMost(percent, unnamed) {
      if (known !== undefined) save(atMost(known, percent, unnamed));
    },
    async start() {
      await waitAtMost(polling.refresh(), FIRST_POLL_MS).catch(() => {});
      if (known === undefined) restore();
      started = true;
    },
    stop() {
      polling.stop();
      evaluator.stop();
    },
  };
}

function stateOf(known: FlagSnapshot | undefined, isStale: boolean): PartState['status'] {
  if (known === undefined) return 'down';
  return isStale ? 'stale' : 'up';
}
