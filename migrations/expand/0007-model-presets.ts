import type { Knex } from 'knex';
import { createMissingTable } from '../change-schema.ts';

/** What the updates of the presets keep beside their table. */
const STATE_KEYS = ['model_presets', 'model_presets_due'];

/**
 * What a fetched price list says of models. Rates are whole nano-dollars per million tokens; `long_prompts` and
 * `supports` are JSON.
 */
export const modelPresets = {
  name: '0007_model_presets',

  async up(knex: Knex): Promise<void> {
    await createMissingTable(knex, 'model_presets', (table) => {
      table.string('name').primary();
      table.string('provider', 100);
      table.string('mode', 50);
      table.bigInteger('max_input_tokens');
      table.bigInteger('max_output_tokens');
      table.bigInteger('prompt_rate');
      table.bigInteger('cached_rate');
      table.bigInteger('cache_write_rate');
      table.bigInteger('completion_rate');
      table.bigInteger('reasoning_rate');
      table.text('long_prompts').notNullable();
      table.boolean('has_other_tokens').notNullable();
      table.text('supports').notNullable();
    });
  },

  async down(knex: Knex): Promise<void> {
    await knex.schema.dropTableIfExists('model_presets');
    await knex('system_config').whereIn('key', STATE_KEYS).delete();
  },
};
