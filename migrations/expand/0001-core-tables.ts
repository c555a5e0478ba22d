import type { Knex } from 'knex';
import { addTimes, createMissingTable } from '../change-schema.ts';

/** Accounts, upstreams, models, client keys and settings. Names are the source system's; times are epoch milliseconds. */
export const coreTables = {
  name: '0001_core_tables',

  async up(knex: Knex): Promise<void> {
    await createMissingTable(knex, 'users', (table) => {
      table.string('id').primary();
      table.string('username').notNullable().unique();
      table.text('password_hash').notNullable();
      table.string('role', 50).notNullable().defaultTo('admin');
      addTimes(table);
    });
    await createMissingTable(knex, 'providers', (table) => {
      table.string('id').primary();
      table.string('type', 50).notNullable();
      table.text('base_url');
      table.text('api_key').notNullable();
      table.boolean('enabled').notNullable().defaultTo(true);
      addTimes(table);
    });
    await createMissingTable(knex, 'models', (table) => {
      table.string('id').primary();
      table.string('name').notNullable().unique();
      table.string('provider_id').notNullable().references('id').inTable('providers').onDelete('CASCADE');
      table.string('model_identifier').notNullable();
      table.boolean('enabled').notNullable().defaultTo(true);
      addTimes(table);
    });
    await createMissingTable(knex, 'virtual_keys', (table) => {
      table.string('id').primary();
      table.string('name').notNullable().unique();
      table.string('key_hash').notNullable().unique();
      table.text('models', 'mediumtext');
      table.string('path', 20).notNullable().defaultTo('auto');
      table.string('compat', 20).notNullable().defaultTo('portkey');
      table.integer('rpm_limit');
      table.integer('tpm_limit');
      table.boolean('cache_enabled').notNullable().defaultTo(false);
      table.boolean('enabled').notNullable().defaultTo(true);
      addTimes(table);
    });
    await createMissingTable(knex, 'system_config', (table) => {
      table.string('key').primary();
      table.text('value', 'mediumtext').notNullable();
      table.text('description');
      table.bigInteger('updated_at').notNullable();
    });
  },

  async down(knex: Knex): Promise<void> {
    for (const table of ['system_config', 'virtual_keys', 'models', 'providers', 'users']) {
      await knex.schema.dropTableIfExists(table);
    }
  },
};
