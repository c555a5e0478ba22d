import type { Knex } from 'knex';

/** Counts that nobody can read stay for who looks into it, and are in nobody's way. */
export const setAsideCounts = {
  name: '0011_set_aside_counts',

  async up(knex: Knex): Promise<void> {
    if (await knex.schema.hasColumn('release_counts', 'set_aside')) return;
    await knex.schema.alterTable('release_counts', (table) => {
      table.boolean('set_aside').notNullable().defaultTo(false);
    });
  },

  async down(knex: Knex): Promise<void> {
    if (!(await knex.schema.hasColumn('release_counts', 'set_aside'))) return;
    await knex.schema.alterTable('release_counts', (table) => {
      table.dropColumn('set_aside');
    });
  },
};
