import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeRollout } from '../../../src/compose-rollout.ts';
import { Secret } from '../../../src/core/secret.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import { migrateUp } from '../../../src/db/migrate-database.ts';
import { writeRollout } from '../../../src/db/rollout-repository.ts';
import { createSharedKillStore } from '../../../src/db/shared-kill-repository.ts';
import type { FlagServer } from '../../../src/rollout/flag-server/flag-server.ts';
import { createKillRelay } from '../../../src/rollout/kill-relay.ts';
import { createKillSwitch, type KillSwitch } from '../../../src/rollout/kill-switch.ts';
import type { Rollout } from '../../../src/rollout/rollout.ts';
import { initialRollout } from '../../../src/rollout/rollout-state.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { databaseOf, dropDatabaseOf } from '../../support/test-database.ts';

/** A rollout on a database and a data folder of its own, not started yet. */
export interface OpenRollout {
  readonly rollout: Rollout;
  readonly killSwitch: KillSwitch;
  readonly dataDir: string;
  readonly db: ReturnType<typeof connectDatabase>;
  readonly logger: ReturnType<typeof createRecordingLogger>;
  /** Stops it; the folder goes, too, where it was not given. */
  close(): Promise<void>;
}

/**
 * @param server where the flags are; undefined for those of the database
 * @param givenDir the data folder of an earlier one
 */
export async function openRollout(server: FlagServer | undefined, givenDir?: string): Promise<OpenRollout> {
  const dataDir = givenDir ?? mkdtempSync(join(tmpdir(), 'banyan-flags-'));
  const db = connectDatabase(await databaseOf(dataDir));
  await migrateUp(db);
  if (givenDir === undefined) await writeRollout(db, initialRollout({}, 'salt'));
  const logger = createRecordingLogger();
  const killSwitch = createKillSwitch(join(dataDir, 'kill-switch'), logger);
  const settings = { dataDir, flagEnvironment: 'production', flagServer: server };
  const killRelay = createKillRelay({ killSwitch, store: createSharedKillStore(db), logger });
  const rollout = composeRollout({ settings, db, killSwitch, killRelay, logger });
  return {
    rollout,
    killSwitch,
    dataDir,
    db,
    logger,
    async close() {
      rollout.stop();
      await db.destroy();
      if (givenDir !== undefined) return;
      await dropDatabaseOf(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A flag server that is polled five times a second, and given time to answer on a slow machine. */
export function flagServerAt(
  url: string,
  tokens: { readonly apiToken: string; readonly adminToken: string | undefined },
): FlagServer {
  return {
    url,
    environment: 'production',
    apiToken: new Secret(tokens.apiToken),
    adminToken: tokens.adminToken === undefined ? undefined : new Secret(tokens.adminToken),
    pollMs: 200,
    requestMs: 2_000,
    changeMs: 20_000,
  };
}
