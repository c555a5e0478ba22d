import type { Knex } from 'knex';
import { addTimes, createMissingTable } from '../change-schema.ts';

/** In the order in which they are made: rules refer to gateways. Names, types and defaults are the source system's. */
const TABLES: Readonly<Record<string, (table: Knex.CreateTableBuilder) => void>> = {
  portkey_gateways: (table) => {
    table.string('id').primary();
    table.string('name').notNullable();
    table.text('url').notNullable();
    table.text('description');
    table.boolean('is_default').notNullable().defaultTo(false).index();
    table.boolean('enabled').notNullable().defaultTo(true).index();
    table.string('container_name');
    table.integer('port');
    table.text('api_key');
    table.string('install_status', 50).notNullable().defaultTo('pending');
    table.bigInteger('last_heartbeat');
    table.string('agent_version', 50);
    addTimes(table);
  },
  model_routing_rules: (table) => {
    table.string('id').primary();
    table.string('name').notNullable();
    table.text('description');
    table
      .string('portkey_gateway_id')
      .notNullable()
      .references('id')
      .inTable('portkey_gateways')
      .onDelete('CASCADE')
      .index();
    table.string('rule_type', 50).notNullable().index();
    table.string('rule_value', 255).notNullable();
    table.integer('priority').notNullable().defaultTo(0).index();
    table.boolean('enabled').notNullable().defaultTo(true).index();
    addTimes(table);
  },
};

/** The Portkey gateways of the legacy path, and the rules that choose among them. `api_key` is sealed. */
export const legacyGateways = {
  name: '0005_legacy_gateways',

  async up(knex: Knex): Promise<void> {
    for (const [name, build] of Object.entries(TABLES)) await createMissingTable(knex, name, build);
  },

  async down(knex: Knex): Promise<void> {
    for (const name of Object.keys(TABLES).reverse()) await knex.schema.dropTableIfExists(name);
  },
};
