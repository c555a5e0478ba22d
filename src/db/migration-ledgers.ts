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

/** A change of the schema; each step of it is left out where it is done already, so that it can be gone on with. */
export interface NamedMigration {
  readonly name: string;
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/** Migrations in their order, and the table that says which of them were applied. */
export interface MigrationLedger {
  readonly tableName: string;
  readonly migrations: readonly NamedMigration[];
}

/**
 * What is applied at each start: it only adds, so that the version before runs on it as well. A list in the code rather
 * than a folder scan: what runs is what was type-checked and shipped.
 */
export const EXPAND: MigrationLedger = {
  tableName: 'banyan_expand_migrations',
  migrations: [
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
  ],
};
