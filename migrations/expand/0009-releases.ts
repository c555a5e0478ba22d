import type { Knex } from 'knex';
import { addMissingColumn, createMissingTable, dropColumnIfThere } from '../change-schema.ts';

/** Release plans, their runs with all that is known and decided of them, and what processes have counted for them. */
export const releases = {
  name: '0009_releases',

  async up(knex: Knex): Promise<void> {
    await addMissingColumn(knex, 'rollout_settings', 'rules', (table) => {
      table.text('rules', 'mediumtext').nullable();
    });
    await createPlans(knex);
    await createRuns(knex);
    await createCounts(knex);
    await createLeases(knex);
  },

  async down(knex: Knex): Promise<void> {
    for (const table of [
      'controller_leases',
      'release_conversations',
      'release_counts',
      'release_measurements',
      'release_decisions',
      'release_runs',
      'release_plans',
    ]) {
      await knex.schema.dropTableIfExists(table);
    }
    await dropColumnIfThere(knex, 'rollout_settings', 'rules');
  },
};

async function createPlans(knex: Knex): Promise<void> {
  await createMissingTable(knex, 'release_plans', (table) => {
    table.string('id').primary();
    table.string('name').notNullable();
    table.integer('revision').notNullable();
    table.string('hash').notNullable();
    table.text('document', 'mediumtext').notNullable();
    table.string('created_by').notNullable();
    table.bigInteger('created_at').notNullable();
    table.unique(['name', 'revision']);
  });
}

async function createRuns(knex: Knex): Promise<void> {
  await createMissingTable(knex, 'release_runs', (table) => {
    table.string('id').primary();
    // Of its plan: a revision is carried out once.
    table.string('plan_id').notNullable().unique();
    // 1 while it is not over, then null: no more than one at a time.
    table.integer('active').nullable().unique();
    table.string('state').notNullable();
    table.integer('version').notNullable();
    table.text('run', 'mediumtext').notNullable();
    table.text('analysis', 'longtext').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
  });
  await createMissingTable(knex, 'release_decisions', (table) => {
    table.string('id').primary();
    table.string('run_id').notNullable().index();
    table.integer('sequence').notNullable();
    table.string('kind').notNullable();
    table.string('step_id').notNullable();
    table.string('actor').notNullable();
    table.text('reason').notNullable();
    table.text('change', 'mediumtext').nullable();
    table.string('status').notNullable();
    table.text('fault').nullable();
    table.integer('attempts').notNullable();
    table.bigInteger('token').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('settled_at').nullable();
    table.unique(['run_id', 'sequence']);
  });
  await createMissingTable(knex, 'release_measurements', (table) => {
    table.string('id').primary();
    table.string('run_id').notNullable();
    table.string('step_id').notNullable();
    table.string('verdict').notNullable();
    table.text('measurement', 'mediumtext').notNullable();
    table.bigInteger('created_at').notNullable();
    table.index(['run_id', 'created_at']);
  });
}

async function createCounts(knex: Knex): Promise<void> {
  await createMissingTable(knex, 'release_counts', (table) => {
    table.string('id').primary();
    table.string('run_id').notNullable().index();
    table.text('counts', 'mediumtext').nullable();
    table.bigInteger('created_at').notNullable();
  });
  await createMissingTable(knex, 'release_conversations', (table) => {
    table.string('run_id').notNullable();
    table.string('conversation').notNullable();
    table.primary(['run_id', 'conversation']);
  });
}

async function createLeases(knex: Knex): Promise<void> {
  await createMissingTable(knex, 'controller_leases', (table) => {
    table.string('name').primary();
    table.string('holder').notNullable();
    table.bigInteger('token').notNullable();
    table.bigInteger('expires_at').notNullable();
  });
}
