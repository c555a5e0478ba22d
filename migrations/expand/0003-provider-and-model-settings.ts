import type { Knex } from 'knex';
import { addMissingColumn, dropColumnIfThere } from '../change-schema.ts';

/** Each new column with its table: which known provider an account is, and a model's limits and retries as JSON. */
const COLUMNS = [
  ['providers', 'profile'],
  ['models', 'model_attributes'],
] as const;

/** What is set per provider and per model. `model_attributes` is the source system's name. */
export const providerAndModelSettings = {
  name: '0003_provider_and_model_settings',

  async up(knex: Knex): Promise<void> {
    for (const [table, column] of COLUMNS) {
      await addMissingColumn(knex, table, column, (changed) => {
        changed.text(column, 'mediumtext');
      });
    }
  },

  async down(knex: Knex): Promise<void> {
    for (const [table, column] of COLUMNS) await dropColumnIfThere(knex, table, column);
  },
};
