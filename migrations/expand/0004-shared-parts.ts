import type { Knex } from 'knex';
import { addMissingColumn, addTimes, createMissingTable, dropColumnIfThere } from '../change-schema.ts';

/** Each new column with its table and how it is made. */
const COLUMNS: readonly (readonly [string, string, (table: Knex.AlterTableBuilder, name: string) => void])[] =
  [
    ['providers', 'name', text],
    ['models', 'prompt_config', text],
    ['virtual_keys', 'key_prefix', short],
    ['virtual_keys', 'owner_id', id],
    ['virtual_keys', 'expires_at', big],
    ['virtual_keys', 'monthly_tokens', big],
    ['virtual_keys', 'monthly_nano_dollars', big],
    ['virtual_keys', 'disable_logging', off],
    ['virtual_keys', 'previous_key_hash', id],
    ['virtual_keys', 'previous_expires_at', big],
  ];

const TABLES: Readonly<Record<string, (table: Knex.CreateTableBuilder) => void>> = {
  /** Virtual models; `config` is JSON: the targets in order, with weights and statuses. */
  routing_configs: (table) => {
    table.string('id').primary();
    table.string('name').notNullable().unique();
    table.text('description');
    table.string('type', 50).notNullable();
    table.text('config', 'mediumtext').notNullable();
    table.boolean('enabled').notNullable().defaultTo(true);
    addTimes(table);
  },
  expert_routing_configs: (table) => {
    table.string('id').primary();
    table.string('name').notNullable().unique();
    table.text('description');
    table.text('config', 'mediumtext').notNullable();
    table.boolean('enabled').notNullable().defaultTo(true);
    addTimes(table);
  },
  /** One row a decision, those that fell back or failed among them; texts of requests are not kept. */
  expert_routing_logs: (table) => {
    table.string('id').primary();
    table.string('virtual_key_id').index();
    table.string('expert_routing_id').index();
    table.string('request_hash', 64).notNullable();
    table.string('outcome', 20).notNullable();
    table.string('classifier_model');
    table.text('classification_result');
    table.string('selected_expert_id');
    table.string('selected_expert_name');
    table.string('selected_model');
    table.string('fault', 50);
    table.integer('classification_time').notNullable();
    table.bigInteger('created_at').notNullable().index();
  },
  /** One row a client request; the counts stay when the bodies go. */
  api_requests: (table) => {
    table.string('id').primary();
    table.string('virtual_key_id').index();
    table.string('provider_id');
    table.string('model');
    table.string('path', 20);
    table.string('reason', 50);
    table.string('request_type', 50).notNullable();
    table.boolean('stream').notNullable().defaultTo(false);
    table.string('status', 50).notNullable();
    table.integer('http_status').notNullable();
    table.string('error_message', 1000);
    table.integer('prompt_tokens').notNullable().defaultTo(0);
    table.integer('completion_tokens').notNullable().defaultTo(0);
    table.integer('cached_tokens').notNullable().defaultTo(0);
    table.integer('reasoning_tokens').notNullable().defaultTo(0);
    table.bigInteger('nano_dollars');
    table.integer('response_time').notNullable();
    table.boolean('cache_hit').notNullable().defaultTo(false);
    table.bigInteger('created_at').notNullable().index();
  },
  /** Who changed what: JSON of the fields before and after, secrets left out. */
  audit_log: (table) => {
    table.string('id').primary();
    table.string('actor').notNullable();
    table.string('action', 50).notNullable();
    table.string('entity', 50).notNullable();
    table.string('entity_id').notNullable();
    table.text('before', 'mediumtext');
    table.text('after', 'mediumtext');
    table.bigInteger('created_at').notNullable().index();
  },
  /** What a key has spent in a calendar month (UTC). */
  key_spending: (table) => {
    table.string('virtual_key_id').notNullable();
    table.string('month', 7).notNullable();
    table.bigInteger('tokens').notNullable();
    table.bigInteger('nano_dollars').notNullable();
    table.primary(['virtual_key_id', 'month']);
  },
};

/** What both paths share: virtual models, experts, prompts, budgets, the request log and the audit log. */
export const sharedParts = {
  name: '0004_shared_parts',

  async up(knex: Knex): Promise<void> {
    for (const [table, column, add] of COLUMNS) {
      await addMissingColumn(knex, table, column, (changed) => add(changed, column));
    }
    for (const [name, build] of Object.entries(TABLES)) await createMissingTable(knex, name, build);
  },

  async down(knex: Knex): Promise<void> {
    for (const name of Object.keys(TABLES).reverse()) await knex.schema.dropTableIfExists(name);
    for (const [table, column] of [...COLUMNS].reverse()) await dropColumnIfThere(knex, table, column);
  },
};

function text(table: Knex.AlterTableBuilder, name: string): void {
  table.text(name, 'mediumtext');
}

function short(table: Knex.AlterTableBuilder, name: string): void {
  table.string(name, 20);
}

function id(table: Knex.AlterTableBuilder, name: string): void {
  table.string(name);
}

function big(table: Knex.AlterTableBuilder, name: string): void {
  table.bigInteger(name);
}

function off(table: Knex.AlterTableBuilder, name: string): void {
  table.boolean(name).notNullable().defaultTo(false);
}
