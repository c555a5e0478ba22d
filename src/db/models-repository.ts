import type { Knex } from 'knex';
import { z } from 'zod';
import type { Model } from '../core/catalog.ts';
import { flag } from './row-types.ts';

const rowSchema = z.object({
  id: z.string(),
  name: z.string(),
  provider_id: z.string(),
  model_identifier: z.string(),
  enabled: flag,
});

/** All models, by name. */
export async function listModels(db: Knex): Promise<readonly Model[]> {
  const rows = z.array(rowSchema).parse(await db('models').orderBy('name'));
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    providerId: row.provider_id,
    modelIdentifier: row.model_identifier,
    enabled: row.enabled,
  }));
}

/** Inserts the model, or changes the one of that name, whose id stays, and whether it is enabled. */
export async function saveModel(db: Knex, model: Omit<Model, 'enabled'>): Promise<void> {
  const now = Date.now();
  const values = {
    provider_id: model.providerId,
    model_identifier: model.modelIdentifier,
    updated_at: now,
  };
  await db('models')
    .insert({ id: model.id, name: model.name, ...values, enabled: true, created_at: now })
    .onConflict('name')
    .merge(values);
}
