import type { Knex } from 'knex';
import { coreTables } from '../../migrations/expand/0001-core-tables.ts';
import { rollout } from '../../migrations/expand/0002-rollout.ts';
import { providerAndModelSettings } from '../../migrations/expand/0003-provider-and-model-settings.ts';
import { sharedParts } from '../../migrations/expand/0004-shared-parts.ts';
import { legacyGateways } from '../../migrations/expand/0005-legacy-gateways.ts';
import { requestLogDetails } from '../../migrations/expand/0006-request-log-details.ts';
import { modelPresets } from '../../migrations/expand/0007-model-presets.ts';
import { accountState } from '../../migrations/expand/0008-account-state.ts';
import { releases } from '../../migrations/expand/0009-releases.ts';
import { webhooks } from '../../migrations/expand/0010-webhooks.ts';
import { setAsideCounts } from '../../migrations/expand/0011-set-aside-counts.ts';

interface NamedMigration extends Knex.Migration {
  readonly name: string;
}

const EXPAND: readonly NamedMigration[] = [
  coreTables,
  rollout,
  providerAndModelSettings,
  sharedParts,
  legacyGateways,
  requestLogDetails,
  modelPresets,
  accountState,
  releases,
  webhooks,
  setAsideCounts,
];

/** A list in the code rather than a folder scan: what runs is what was type-checked and shipped. */
const expandSource: Knex.MigrationSource<NamedMigration> = {
  getMigrations: async () => [...EXPAND],
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => migration,
};

const EXPAND_LEDGER = { tableName: 'banyan_expand_migrations', migrationSource: expandSource };

/**
 * Applies the expand migrations that are missing, under Knex's lock.
 * Fails where the ledger holds a migration that this version does not know: the schema is newer than the code.
 * @returns names of what was applied
 */
export async function migrateUp(knex: Knex): Promise<readonly string[]> {
  const result: [number, string[]] = await knex.migrate.latest(EXPAND_LEDGER);
  return result[1];
}

/** Takes every expand migration back, newest first. */
export async function migrateDown(knex: Knex): Promise<void> {
  await knex.migrate.rollback(EXPAND_LEDGER, true);
}
