import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../test/support/migrated-database.ts';
import { migrateDown, migrateUp } from '../migrate-database.ts';

const LEDGER = ['banyan_expand_migrations', 'banyan_expand_migrations_lock'];
const TABLES = [
  'api_request_bodies',
  'api_requests',
  'audit_log',
  'controller_leases',
  'expert_routing_configs',
  'expert_routing_logs',
  'flag_definitions',
  'key_spending',
  'model_presets',
  'model_routing_rules',
  'models',
  'portkey_gateways',
  'providers',
  'release_conversations',
  'release_counts',
  'release_decisions',
  'release_measurements',
  'release_plans',
  'release_runs',
  'rollout_settings',
  'routing_configs',
  'system_config',
  'users',
  'virtual_keys',
  'webhook_deliveries',
  'webhooks',
];

/** Every object of the schema with its definition, the ledger and SQLite's own left out. */
async function schemaOf(db: Knex): Promise<readonly { name: string; sql: string | null }[]> {
  const rows: { name: string; tbl_name: string; sql: string | null }[] = await db('sqlite_master')
    .select('name', 'tbl_name', 'sql')
    .orderBy('name');
  const own = rows.filter((row) => !LEDGER.includes(row.tbl_name) && row.tbl_name !== 'sqlite_sequence');
  return own.map(({ name, sql }) => ({ name, sql }));
}

async function tablesOf(db: Knex): Promise<string[]> {
  const rows: { name: string }[] = await db('sqlite_master').where({ type: 'table' }).orderBy('name');
  return rows.map(({ name }) => name).filter((name) => name !== 'sqlite_sequence');
}

const FOLDER = join(import.meta.dirname, '../../../migrations/expand');

describe('the expand migrations', () => {
  it('make every table, and nothing more when they run again', async () => {
    const { db } = createDatabase();
    expect(await migrateUp(db)).toEqual([
      '0001_core_tables',
      '0002_rollout',
      '0003_provider_and_model_settings',
      '0004_shared_parts',
      '0005_legacy_gateways',
      '0006_request_log_details',
      '0007_model_presets',
      '0008_account_state',
      '0009_releases',
      '0010_webhooks',
      '0011_set_aside_counts',
    ]);
    expect(await tablesOf(db)).toEqual([...LEDGER, ...TABLES].sort());
    const schema = await schemaOf(db);
    expect(await migrateUp(db)).toEqual([]);
    expect(await schemaOf(db)).toEqual(schema);
  });

  it('are each a file of the folder, none left out', async () => {
    const { db } = createDatabase();
    const files = readdirSync(FOLDER).map((file) => basename(file, '.ts').replaceAll('-', '_'));
    expect(await migrateUp(db)).toEqual(files.sort());
  });

  it('leave nothing but their ledger when they are taken back, and the same schema when they are applied again', async () => {
    const { db } = createDatabase();
    await migrateUp(db);
    const schema = await schemaOf(db);
    await migrateDown(db);
    expect(await tablesOf(db)).toEqual(LEDGER);
    expect(await schemaOf(db)).toEqual([]);
    await migrateUp(db);
    expect(await schemaOf(db)).toEqual(schema);
  });

  it('take tables over that are there already, with their rows', async () => {
    const { db } = createDatabase();
    await migrateUp(db);
    await db('system_config').insert({ key: 'a', value: 'kept', updated_at: 1 });
    for (const table of LEDGER) await db.schema.dropTable(table);
    await migrateUp(db);
    expect(await db('system_config').select('value')).toEqual([{ value: 'kept' }]);
  });

  it('refuse a database whose schema is newer than the code', async () => {
    const { db } = createDatabase();
    await migrateUp(db);
    const row = { name: '9999_from_the_future', batch: 9, migration_time: new Date() };
    await db('banyan_expand_migrations').insert(row);
    await expect(migrateUp(db)).rejects.toThrow('9999_from_the_future');
  });

  it('run once where two processes start at the same time', async () => {
    const { db } = createDatabase();
    const results = await Promise.allSettled([migrateUp(db), migrateUp(db)]);
    const applied = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    expect(applied).toEqual([
      '0001_core_tables',
      '0002_rollout',
      '0003_provider_and_model_settings',
      '0004_shared_parts',
      '0005_legacy_gateways',
      '0006_request_log_details',
      '0007_model_presets',
      '0008_account_state',
      '0009_releases',
      '0010_webhooks',
      '0011_set_aside_counts',
    ]);
    expect(await migrateUp(db)).toEqual([]);
  });
});

describe('connectDatabase', () => {
  it('makes the folder for its owner alone, and turns on what the gateway relies on', async () => {
    const { db, file } = createDatabase();
    expect(await db.raw('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
    expect(await db.raw('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  });

  it('removes the models with their provider', async () => {
    const { db } = createDatabase();
    await migrateUp(db);
    const times = { created_at: 1, updated_at: 1 };
    await db('providers').insert({ id: 'p', type: 'openai', api_key: 'v1:', ...times });
    await db('models').insert({ id: 'm', name: 'm', provider_id: 'p', model_identifier: 'm', ...times });
    await db('providers').where({ id: 'p' }).delete();
    expect(await db('models')).toEqual([]);
  });
});
