import { hash, randomUUID } from 'node:crypto';
import type { CallOutcome } from '../../core/call-outcome.ts';
import type { Logger } from '../../core/logger.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import { createRareWarning } from '../../core/rare-warning.ts';
import type { RouteReason } from '../../core/route-decision.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import { badEventsOf } from '../analysis/bad-events.ts';
import type { DrawSubject } from '../conversations.ts';
import { type ReleaseRules, slowThresholds } from '../release-rules.ts';
import type { ArmDraw } from '../rollout.ts';
import { toComparedRequest } from './compared-request.ts';
import { type BatchLimits, CountsBatch, emptyPiece } from './counts-batch.ts';
import type { RecordedCounts, RecordedCountsSink } from './recorded-counts.ts';

const FLUSH_MS = 1_000;
/** How long a stop waits for what is left to be stored. */
const STOP_MS = 3_000;
/** More kinds of requests, conversations and keys than wait while a database is slow. */
const LIMITS: BatchLimits = { strata: 2_000, bound: 5_000, keys: 20_000 };

/** The first attempt of a request whose arm was drawn; moments are of `performance.now()`. */
export interface ArmAttempt {
  readonly call: ProviderCall;
  readonly reason: RouteReason;
  readonly draw: ArmDraw;
  readonly subject: DrawSubject;
  readonly outcome: CallOutcome;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Whether the answer may be another request's as well: of the cache, or of a call that both share. */
  readonly mayBeShared: boolean;
}

/** Counts what the arms came to, and brings it to where it is judged. */
export interface ArmRecorder {
  /** Counts an attempt, in memory, where a release plan compares it. */
  record(attempt: ArmAttempt): void;
  /** Begins to bring what was counted, once a second. */
  start(): void;
  /** Brings what is left, within a limit. */
  stop(): Promise<void>;
}

/** What is stored under an id, until it is known that it was. */
interface Piece {
  readonly id: string;
  readonly counts: RecordedCounts;
}

/** Creates the recorder; nothing is stored before `start`. */
export function createArmRecorder(deps: {
  readonly sink: RecordedCountsSink;
  readonly logger: Logger;
  /** How late timers run in this process lately, in milliseconds. */
  readonly eventLoopLagMs: () => number;
  /** Whether the breaker of this process keeps requests off the new path: it is told even where nothing is counted. */
  readonly isBreakerOpen: () => boolean;
  /** Of the release plan in force; undefined where none is. */
  readonly rules: () => ReleaseRules | undefined;
  readonly limits?: BatchLimits;
}): ArmRecorder {
  const { sink, logger, eventLoopLagMs, isBreakerOpen, rules, limits = LIMITS } = deps;
  const processId = randomUUID();
  const warn = createRareWarning(logger, 'counts of the arms cannot be stored: they wait', () =>
    performance.now(),
  );
  const warnFull = createRareWarning(logger, 'requests of both arms are left out of the comparison', () =>
    performance.now(),
  );
  let batch = new CountsBatch();
  let begunAt = performance.now();
  let waiting: Piece[] = [];
  let sequence = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;

  const freeze = () => {
    const now = performance.now();
    const countedForMs = now - begunAt;
    const about = { countedForMs, eventLoopLagMs: eventLoopLagMs(), isBreakerOpen: isBreakerOpen() };
    const pieces = batch.pieces();
    const inForce = rules();
    const isSilent = pieces.every(({ runId }) => runId !== inForce?.runId);
    if (about.isBreakerOpen && inForce?.isRecorded === true && isSilent) pieces.push(emptyPiece(inForce));
    waiting = pieces.map((counts) => {
      sequence += 1;
      return { id: `${processId}:${sequence}`, counts: { ...counts, ...about } };
    });
    batch = new CountsBatch();
    begunAt = now;
  };
  /** What may have been stored is sent again under the same id, and nothing newer before it. Never rejects. */
  const flush = async () => {
    if (waiting.length === 0) freeze();
    try {
      for (let piece = waiting[0]; piece !== undefined; piece = waiting[0]) {
        await sink.append(piece.id, piece.counts);
        waiting.shift();
      }
    } catch (error) {
      warn(error);
    }
  };
  const flushOnce = () => {
    flushing ??= flush().finally(() => {
      flushing = undefined;
    });
    return flushing;
  };

  return {
    record({ call, draw, subject, mayBeShared, ...attempt }) {
      const { rules, share, isNew } = draw;
      // What goes on from an earlier answer has its arm from there, and was counted with it.
      if (rules?.isRecorded !== true || subject.isContinued) return;
      // Each path keeps answers of its own, and so its share decides how many of these are left to be compared.
      if (mayBeShared && share > 0 && share < 1) return;
      const compared = toComparedRequest({ ...attempt, endpoint: call.endpoint });
      const bad = badEventsOf(compared, slowThresholds(rules));
      if (bad === undefined) return;
      const { runId, stepId, armUnit } = rules;
      const added = batch.add(
        {
          runId,
          stepId,
          share,
          stratum: `${call.provider.id}|${call.model}|${call.endpoint}|${call.stream ? 'stream' : 'whole'}`,
          arm: isNew ? 'candidate' : 'control',
          bad,
          conversation: subject.isBound ? hash('sha256', subject.drawId, 'base64url') : undefined,
          keyId: armUnit === 'key' ? call.key.id : undefined,
        },
        limits,
      );
      if (added === 'full') warnFull(new Error('The database takes no counts, or there are too many kinds.'));
    },
    start() {
      begunAt = performance.now();
      timer = setInterval(() => void flushOnce(), FLUSH_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      const bringAll = async () => {
        // What is being brought, what waits behind it, and what came meanwhile.
        await flushing;
        await flush();
        await flush();
      };
      await waitAtMost(bringAll(), STOP_MS).catch(warn);
    },
  };
}
