import type { Knex } from 'knex';
import { z } from 'zod';
import type { Model, ModelLimits } from '../core/catalog.ts';
import { parseJson } from '../core/json.ts';
import { flag } from './row-types.ts';

/** The attributes' names are the source system's. */
const attributesSchema = z.object({
  timeout: z.number().optional(),
  firstTokenTimeout: z.number().optional(),
  idleTimeout: z.number().optional(),
  maxRetries: z.number().optional(),
});

const rowSchema = z.object({
  id: z.string(),
  name: z.string(),
  provider_id: z.string(),
  model_identifier: z.string(),
  model_attributes: z.string().nullable(),
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
    limits: toLimits(row.model_attributes),
    enabled: row.enabled,
  }));
}

/** Inserts the model, or changes the one of that name, whose id stays, and whether it is enabled. */
export async function saveModel(db: Knex, model: Omit<Model, 'enabled'>): Promise<void> {
  const now = Date.now();
  const values = {
    provider_id: model.providerId,
    model_identifier: model.modelIdentifier,
    model_attributes: toAttributes(model.limits),
    updated_at: now,
  };
  await db('models')
    .insert({ id: model.id, name: model.name, ...values, enabled: true, created_at: now })
    .onConflict('name')
    .merge(values);
}

function toLimits(attributes: string | null): ModelLimits {
  const { timeout, firstTokenTimeout, idleTimeout, maxRetries } = attributesSchema.parse(
    attributes === null ? {} : parseJson(attributes),
  );
  return {
    timeoutMs: timeout,
    firstTokenTimeoutMs: firstTokenTimeout,
    idleTimeoutMs: idleTimeout,
    maxRetries,
  };
}

function toAttributes(limits: ModelLimits): string {
  return JSON.stringify({
    timeout: limits.timeoutMs,
    firstTokenTimeout: limits.firstTokenTimeoutMs,
    idleTimeout: limits.idleTimeoutMs,
    maxRetries: limits.maxRetries,
  });
}
