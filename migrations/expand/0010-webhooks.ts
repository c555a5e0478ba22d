import type { Knex } from 'knex';
import { createMissingTable } from '../change-schema.ts';

/** Who is told of what happens to a rollout, and what is still to be told. */
export const webhooks = {
  name: '0010_webhooks',

  async up(knex: Knex): Promise<void> {
    await createMissingTable(knex, 'webhooks', (table) => {
      table.string('id').primary();
      table.string('url', 2048).notNullable();
      // Encrypted, as provider keys are.
      table.text('secret').notNullable();
      table.boolean('enabled').notNullable();
      table.bigInteger('created_at').notNullable();
      table.bigInteger('updated_at').notNullable();
    });
    await createMissingTable(knex, 'webhook_deliveries', (table) => {
      table.string('id').primary();
      table.string('webhook_id').notNullable().index();
      table.string('event').notNullable();
      table.text('body', 'mediumtext').notNullable();
      table.string('status').notNullable();
      table.integer('attempts').notNullable();
      table.text('last_error').nullable();
      table.bigInteger('next_attempt_at').notNullable();
      table.bigInteger('created_at').notNullable();
      table.bigInteger('settled_at').nullable();
      table.index(['status', 'next_attempt_at']);
    });
  },

  async down(knex: Knex): Promise<void> {
    await knex.schema.dropTableIfExists('webhook_deliveries');
    await knex.schema.dropTableIfExists('webhooks');
  },
};
