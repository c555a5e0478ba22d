import type { Knex } from 'knex';

/** The embedded flags, as Unleash defines flags, and the settings of the arm inside enrolled keys. */
export const rollout = {
  name: '0002_rollout',

  async up(knex: Knex): Promise<void> {
    if (!(await knex.schema.hasTable('flag_definitions'))) {
      await knex.schema.createTable('flag_definitions', (table) => {
        table.string('name').primary();
        table.text('definition').notNullable();
        table.bigInteger('updated_at').notNullable();
      });
    }
    if (!(await knex.schema.hasTable('rollout_settings'))) {
      await knex.schema.createTable('rollout_settings', (table) => {
        table.integer('id').primary();
        table.double('arm_share').notNullable();
        table.string('arm_salt').notNullable();
        table.bigInteger('updated_at').notNullable();
      });
    }
  },

  async down(knex: Knex): Promise<void> {
    await knex.schema.dropTableIfExists('rollout_settings');
    await knex.schema.dropTableIfExists('flag_definitions');
  },
};
