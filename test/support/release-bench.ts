import { onTestFinished } from 'vitest';
import { createCountsSink } from '../../src/db/recorded-counts-repository.ts';
import { createReleaseStore } from '../../src/db/releases-repository.ts';
import { changeStoredRollout, createRolloutStore, writeRollout } from '../../src/db/rollout-repository.ts';
import type { CanaryStream, PerArm } from '../../src/rollout/analysis/canary-streams.ts';
import { createEmbeddedRollout } from '../../src/rollout/embedded-rollout.ts';
import { createFlagEvaluator } from '../../src/rollout/flag-evaluator.ts';
import type { TrafficFacts } from '../../src/rollout/release/begin-step.ts';
import type { RunConditions } from '../../src/rollout/release/next-decision.ts';
import { createReleaseControl } from '../../src/rollout/release/release-control.ts';
import { createReleaseController } from '../../src/rollout/release/release-controller.ts';
import type { ReleaseEvent } from '../../src/rollout/release/release-store.ts';
import type { Rollout } from '../../src/rollout/rollout.ts';
import { initialRollout } from '../../src/rollout/rollout-state.ts';
import { createMigratedDatabase } from './migrated-database.ts';
import { createRecordingLogger } from './recording-logger.ts';

/** Seconds, minutes and hours in milliseconds. */
export const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/** Who does something to a run, and why. */
export const NOTE = { actor: 'olga', reason: 'as planned' };

/** Three steps: a named key, half of the traffic, all of it. */
export const ADAPTER_PLAN = `
plan: adapter
metrics: [{id: any_failure, mode: rollback}, {id: gateway_error, mode: rollback}]
analysis: {ceiling: 0.02}
steps:
  - {id: named, keys: [own], bake: 1h, min_requests: 200, deadline: 6h}
  - {id: half, traffic_share: 0.5, bake: 2h, min_requests: 200, deadline: 6h}
  - {id: final}
`;

/** Enough well requests for the plan's ceiling to be shown. */
export const WELL: Fed = { requests: { candidate: 500, control: 500 } };

/** Enough to roll back by. */
export const HARM: Fed = {
  requests: { candidate: 200, control: 200 },
  bad: { any_failure: { candidate: 30, control: 0 }, gateway_error: { candidate: 30, control: 0 } },
};

/** What is counted of a step; bad events by stream. */
export interface Fed {
  readonly requests: PerArm;
  readonly bad?: Partial<Record<CanaryStream, PerArm>>;
  readonly share?: number;
  readonly stratum?: string;
  readonly eventLoopLagMs?: number;
  readonly isBreakerOpen?: boolean;
  readonly countedForMs?: number;
  /** The step that it was drawn in, where that is not the one that is in force. */
  readonly stepId?: string;
}

/**
 * A controller over a real database and the embedded rollout, with a clock of its own: nothing happens but by `look`
 * and by what people do.
 */
export async function createReleaseBench(given: { readonly rollout?: (real: Rollout) => Rollout } = {}) {
  const { db } = await createMigratedDatabase();
  const logger = createRecordingLogger();
  await writeRollout(db, initialRollout({}, 'salt'));
  const embedded = createEmbeddedRollout({
    store: createRolloutStore(db),
    flags: createFlagEvaluator('production', logger),
    logger,
  });
  await embedded.start();
  onTestFinished(() => embedded.stop());
  const rollout = given.rollout?.(embedded) ?? embedded;
  const clock = { now: Date.UTC(2026, 9, 5, 12) };
  const events: ReleaseEvent[] = [];
  const conditions: {
    -readonly [Name in keyof Omit<RunConditions, 'drift' | 'isDriftSettled'>]: boolean;
  } = {
    isKilled: false,
    areFlagsKnown: true,
    isBreakerOpen: false,
  };
  const facts: TrafficFacts & { p95: number | undefined } = {
    p95: 900,
    keyShares: async () => [],
    legacyFirstTokenP95: async () => facts.p95,
    keyId: (name) => (name.startsWith('unknown') ? undefined : `id-of-${name}`),
  };
  const announce = async (event: ReleaseEvent) => void events.push(event);
  const now = () => clock.now;
  const replica = () => {
    const store = createReleaseStore(db, announce);
    const parts = { store, rollout, facts, conditions: () => conditions, logger, now };
    const controller = createReleaseController(parts);
    return { store, controller, control: createReleaseControl({ ...parts, controller, useLitellm: true }) };
  };
  const first = replica();
  const sink = createCountsSink(db);
  let sequence = 0;
  const state = () => {
    const run = first.controller.view()?.stored.run;
    return run === undefined ? undefined : { state: run.state, step: run.stepId, cause: run.holdCause };
  };

  return {
    ...first,
    db,
    rollout,
    embedded,
    clock,
    events,
    conditions,
    facts,
    logger,
    sink,
    /** Another process on the same database. */
    replica,
    /** Brings counts, as a process does, for the step that the rollout is in. */
    async feed({ requests, bad = {}, share, stratum = 'openai|gpt|chat.completions|whole', ...fed }: Fed) {
      const { countedForMs = 1_000, eventLoopLagMs = 0, isBreakerOpen = false } = fed;
      const { rules, armShare } = rollout.summary();
      if (rules === undefined) throw new Error('No plan is in force.');
      sequence += 1;
      const counted = { stratum, share: share ?? armShare, requests, bad };
      const { runId } = rules;
      const { stepId = rules.stepId } = fed;
      await sink.append(`test:${sequence}`, {
        runId,
        stepId,
        strata: [counted],
        bound: [],
        keys: [],
        countedForMs,
        eventLoopLagMs,
        isBreakerOpen,
      });
    },
    /** Lets time go by, and has the controller look. */
    async look(milliseconds = SECOND) {
      clock.now += milliseconds;
      await first.controller.look();
      return state();
    },
    state,
    /** Somebody changes the rollout by hand. */
    byHand: (enrolledPercent: number) => rollout.change({ enrolledPercent }, 'somebody'),
    changeStored: (armShare: number) =>
      changeStoredRollout(db, (state) => ({ ...state, armShare }), 'somebody'),
  };
}

/** A bench whose plan was begun. */
export async function startRelease(
  plan = ADAPTER_PLAN,
  given: Parameters<typeof createReleaseBench>[0] = {},
) {
  const bench = await createReleaseBench(given);
  const { id } = await bench.control.addPlan(plan, NOTE.actor);
  await bench.control.start(id, NOTE);
  return bench;
}
