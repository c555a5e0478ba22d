import type { Knex } from 'knex';
import { addMissingColumn, dropColumnIfThere } from '../change-schema.ts';

/** Counts that nobody can read stay for who looks into it, and are in nobody's way. */
export const setAsideCounts = {
  name: '0011_set_aside_counts',

  async up(knex: Knex): Promise<void> {
    await addMissingColumn(knex, 'release_counts', 'set_aside', (table) => {
      table.boolean('set_aside').notNullable().defaultTo(false);
    });
  },

  async down(knex: Knex): Promise<void> {
    await dropColumnIfThere(knex, 'release_counts', 'set_aside');
  },
};
