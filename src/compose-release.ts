import type { Knex } from 'knex';
import type { Logger } from './core/logger.ts';
import { createCountsSink } from './db/recorded-counts-repository.ts';
import { createReleaseStore } from './db/releases-repository.ts';
import { createTrafficFacts } from './db/traffic-facts.ts';
import { createArmRecorder } from './rollout/recording/arm-recorder.ts';
import { createReleaseControl } from './rollout/release/release-control.ts';
import { createReleaseController } from './rollout/release/release-controller.ts';
import type { ReleaseEvent } from './rollout/release/release-store.ts';
import type { Rollout } from './rollout/rollout.ts';
import { createEventLoopLag } from './telemetry/event-loop-lag.ts';

/** What carries release plans out, and what people do to them by. */
export function composeRelease(deps: {
  readonly db: Knex;
  readonly rollout: Rollout;
  readonly useLitellm: boolean;
  readonly isKilled: () => boolean;
  readonly isBreakerOpen: () => boolean;
  readonly keyId: (nameOrId: string) => string | undefined;
  readonly announce: (event: ReleaseEvent, transaction: Knex.Transaction) => Promise<void>;
  readonly logger: Logger;
}) {
  const { db, rollout, useLitellm, logger } = deps;
  const now = () => Date.now();
  const store = createReleaseStore(db, deps.announce);
  const facts = createTrafficFacts(db, deps.keyId, now);
  const conditions = () => ({
    isKilled: deps.isKilled(),
    areFlagsKnown: rollout.states().every(({ status }) => status === 'up'),
    isBreakerOpen: deps.isBreakerOpen(),
  });
  const controller = createReleaseController({ store, rollout, facts, conditions, logger, now });
  const control = createReleaseControl({ store, controller, facts, conditions, useLitellm, now });
  const lag = createEventLoopLag();
  const recorder = createArmRecorder({
    sink: createCountsSink(db),
    eventLoopLagMs: lag.milliseconds,
    isBreakerOpen: deps.isBreakerOpen,
    rules: () => rollout.summary().rules,
    logger,
  });
  return {
    control,
    controller,
    recorder,
    start() {
      lag.start();
      recorder.start();
      controller.start();
    },
    /** When the last request is over: what was counted of it is brought, too. */
    async stopCounting(): Promise<void> {
      await recorder.stop();
      lag.stop();
    },
  };
}
