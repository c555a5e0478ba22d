import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { describeSchema, tablesOf } from '../../../test/support/describe-schema.ts';
import { createDatabase } from '../../../test/support/migrated-database.ts';
import { connectForTest } from '../../../test/support/test-database.ts';
import { migrateDown, migrateUp, readMigrations } from '../migrate-database.ts';

const LEDGER = ['banyan_expand_migrations'];
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

const schemaOf = (db: Knex) => describeSchema(db, LEDGER);

const FOLDER = join(import.meta.dirname, '../../../migrations/expand');

describe('the expand migrations', () => {
  it('make every table, and nothing more when they run again', async () => {
    const { db } = await createDatabase();
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

  it('D4 are each a file of the folder, none left out, and all of them run', async () => {
    const { db } = await createDatabase();
    const files = readdirSync(FOLDER).map((file) => basename(file, '.ts').replaceAll('-', '_'));
    expect(await migrateUp(db)).toEqual(files.sort());
  });

  it('leave nothing but their ledger when they are taken back, and the same schema when they are applied again', async () => {
    const { db } = await createDatabase();
    await migrateUp(db);
    const schema = await schemaOf(db);
    await migrateDown(db);
    expect(await tablesOf(db)).toEqual(LEDGER);
    expect(await schemaOf(db)).toEqual([]);
    await migrateUp(db);
    expect(await schemaOf(db)).toEqual(schema);
  });

  it('take tables over that are there already, with their rows', async () => {
    const { db } = await createDatabase();
    await migrateUp(db);
    await db('system_config').insert({ key: 'a', value: 'kept', updated_at: 1 });
    for (const table of LEDGER) await db.schema.dropTable(table);
    await migrateUp(db);
    expect(await db('system_config').select('value')).toEqual([{ value: 'kept' }]);
  });

  it('D6 record nothing that has failed, and go on with it the next time', async () => {
    const [{ db }, fresh] = [await createDatabase(), await createDatabase()];
    const fail = ({ sql }: { readonly sql: string }) => {
      if (/create table .webhook_deliveries/.test(sql)) throw new Error('the disk is full');
    };
    db.on('query', fail);
    await expect(migrateUp(db)).rejects.toThrow('the disk is full');
    const states = new Map((await readMigrations(db)).map(({ name, state }) => [name, state]));
    expect([states.get('0009_releases'), states.get('0010_webhooks')]).toEqual(['applied', 'pending']);
    db.off('query', fail);
    expect(await migrateUp(db)).toEqual(['0010_webhooks', '0011_set_aside_counts']);
    await migrateUp(fresh.db);
    expect(await schemaOf(db)).toEqual(await schemaOf(fresh.db));
  });

  it('refuse a database whose schema is newer than the code', async () => {
    const { db } = await createDatabase();
    await migrateUp(db);
    const row = { name: '9999_from_the_future', batch: 9, migration_time: new Date() };
    await db('banyan_expand_migrations').insert(row);
    await expect(migrateUp(db)).rejects.toThrow('9999_from_the_future');
  });

  it('run once where two processes start at the same time', async () => {
    const { db, location } = await createDatabase();
    const other = connectForTest(location);
    const [one, another] = await Promise.all([migrateUp(db), migrateUp(other)]);
    expect([...one, ...another]).toEqual([
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

  it('take back first what was cut off while it was taken back, and no other instead', async () => {
    const { db } = await createDatabase();
    await migrateUp(db);
    await db('banyan_expand_migrations').where({ name: '0011_set_aside_counts' }).update({ batch: 0 });
    expect(await migrateDown(db, 1)).toEqual(['0011_set_aside_counts']);
    expect(await db.schema.hasTable('webhooks')).toBe(true);
    await db('banyan_expand_migrations').where({ name: '0007_model_presets' }).update({ batch: 0 });
    const all = await migrateDown(db);
    expect(all).toEqual(all.toSorted().toReversed());
    expect(await tablesOf(db)).toEqual(LEDGER);
  });

  it('leave every row in the tables that stay when columns are taken back', async () => {
    const { db } = await createDatabase();
    await migrateUp(db);
    const times = { created_at: 1, updated_at: 1 };
    await db('providers').insert({ id: 'p', type: 'openai', api_key: 'v1:', ...times });
    await db('models').insert({ id: 'm', name: 'm', provider_id: 'p', model_identifier: 'm', ...times });
    const count = (await readMigrations(db)).length - 1;
    await migrateDown(db, count);
    expect(await db('models').select('id', 'provider_id')).toEqual([{ id: 'm', provider_id: 'p' }]);
    await migrateUp(db);
    expect(await db('providers').select('id')).toEqual([{ id: 'p' }]);
  });

  it('bring to its end what was cut off while it was taken back', async () => {
    const { db } = await createDatabase();
    await migrateUp(db);
    const schema = await schemaOf(db);
    // As one that was ended amid taking one back has left it, on an engine that cannot do that at once.
    await db('banyan_expand_migrations').where({ name: '0010_webhooks' }).update({ batch: 0 });
    await db.schema.dropTable('webhook_deliveries');
    expect(await migrateUp(db)).toEqual(['0010_webhooks']);
    expect(await schemaOf(db)).toEqual(schema);
  });
});
