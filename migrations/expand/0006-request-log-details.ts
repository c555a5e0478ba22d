import type { Knex } from 'knex';
import { type AddColumn, addMissingColumn, createMissingTable, dropColumnIfThere } from '../change-schema.ts';

/** Each new column with its table and how it is made. */
const COLUMNS: readonly (readonly [string, string, AddColumn])[] = [
  ['api_requests', 'requested_model', (table) => table.string('requested_model')],
  ['api_requests', 'attempts', (table) => table.integer('attempts').notNullable().defaultTo(0)],
  ['api_requests', 'time_to_first_token', (table) => table.integer('time_to_first_token')],
  [
    'api_requests',
    'tokens_estimated',
    (table) => table.boolean('tokens_estimated').notNullable().defaultTo(false),
  ],
  [
    'expert_routing_logs',
    'prompt_tokens',
    (table) => table.integer('prompt_tokens').notNullable().defaultTo(0),
  ],
  [
    'expert_routing_logs',
    'completion_tokens',
    (table) => table.integer('completion_tokens').notNullable().defaultTo(0),
  ],
  ['expert_routing_logs', 'nano_dollars', (table) => table.bigInteger('nano_dollars')],
];

const BODIES = 'api_request_bodies';

/**
 * What a logged request asked and was answered, in a table of its own, so that it can go long before the counts do;
 * how often providers were asked for it, and what a classifier's own call came to.
 */
export const requestLogDetails = {
  name: '0006_request_log_details',

  async up(knex: Knex): Promise<void> {
    for (const [table, column, add] of COLUMNS) await addMissingColumn(knex, table, column, add);
    await createMissingTable(knex, BODIES, (table) => {
      table.string('request_id').primary();
      table.text('request_body', 'mediumtext');
      table.text('response_body', 'mediumtext');
      table.bigInteger('created_at').notNullable().index();
    });
  },

  async down(knex: Knex): Promise<void> {
    await knex.schema.dropTableIfExists(BODIES);
    for (const [table, column] of [...COLUMNS].reverse()) await dropColumnIfThere(knex, table, column);
  },
};
