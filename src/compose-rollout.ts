import { join } from 'node:path';
import type { Knex } from 'knex';
import type { Settings } from './config/settings.ts';
import type { Logger } from './core/logger.ts';
import { createRolloutStore } from './db/rollout-repository.ts';
import { createEmbeddedRollout } from './rollout/embedded-rollout.ts';
import { createFlagEvaluator } from './rollout/flag-evaluator.ts';
import { createFlagAdmin } from './rollout/flag-server/flag-admin.ts';
import { createFlagBackup } from './rollout/flag-server/flag-backup.ts';
import { createServedFlags } from './rollout/flag-server/served-flags.ts';
import { createServedRollout } from './rollout/flag-server/served-rollout.ts';
import type { KillRelay } from './rollout/kill-relay.ts';
import type { KillSwitch } from './rollout/kill-switch.ts';
import type { Rollout } from './rollout/rollout.ts';

/** The rollout with its flags from the flag server where one is set, else from the database. */
export function composeRollout(deps: {
  readonly settings: Pick<Settings, 'dataDir' | 'flagEnvironment' | 'flagServer'>;
  readonly db: Knex;
  readonly killSwitch: KillSwitch;
  readonly killRelay: KillRelay;
  readonly logger: Logger;
}): Rollout {
  const { settings, db, killSwitch, killRelay, logger } = deps;
  const { dataDir, flagEnvironment, flagServer: server } = settings;
  const evaluator = createFlagEvaluator(flagEnvironment, logger);
  if (server === undefined) {
    return createEmbeddedRollout({ store: createRolloutStore(db), flags: evaluator, logger });
  }
  const source = `${server.url} ${server.environment}`;
  const backup = createFlagBackup(join(dataDir, 'flags.json'), source, logger);
  return createServedRollout({
    store: createRolloutStore(db, { flagsElsewhere: true }),
    flags: createServedFlags({ server, evaluator, backup, logger }),
    admin: createFlagAdmin(server),
    killSwitch,
    killRelay,
    changeMs: server.changeMs,
    logger,
  });
}
