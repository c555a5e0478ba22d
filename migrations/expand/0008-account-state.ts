import type { Knex } from 'knex';
import { type AddColumn, addMissingColumn, dropColumnIfThere } from '../change-schema.ts';

/** Each new column of the accounts with how it is made. */
const COLUMNS: Readonly<Record<string, AddColumn>> = {
  enabled: (table) => table.boolean('enabled').notNullable().defaultTo(true),
  token_version: (table) => table.integer('token_version').notNullable().defaultTo(0),
};

/** Whether an account may log in, and which of its tokens are good: those issued for the version that stands here. */
export const accountState = {
  name: '0008_account_state',

  async up(knex: Knex): Promise<void> {
    for (const [column, add] of Object.entries(COLUMNS)) await addMissingColumn(knex, 'users', column, add);
  },

  async down(knex: Knex): Promise<void> {
    for (const column of Object.keys(COLUMNS).reverse()) await dropColumnIfThere(knex, 'users', column);
  },
};
