import type { Knex } from 'knex';
import { createMissingTable } from '../change-schema.ts';

/** The embedded flags, as Unleash defines flags, and the settings of the arm inside enrolled keys. */
export const rollout = {
  name: '0002_rollout',

  async up(knex: Knex): Promise<void> {
    await createMissingTable(knex, 'flag_definitions', (table) => {
      table.string('name').primary();
      table.text('definition', 'mediumtext').notNullable();
      table.bigInteger('updated_at').notNullable();
    });
    await createMissingTable(knex, 'rollout_settings', (table) => {
      table.integer('id').primary();
      table.double('arm_share').notNullable();
      table.string('arm_salt').notNullable();
      table.bigInteger('updated_at').notNullable();
    });
  },

  async down(knex: Knex): Promise<void> {
    await knex.schema.dropTableIfExists('rollout_settings');
    await knex.schema.dropTableIfExists('flag_definitions');
  },
};
