import type { Knex } from 'knex';
import { z } from 'zod';
import type { Model, ModelLimits } from '../core/catalog.ts';
import { isJsonObject, type JsonObject, parseJson } from '../core/json.ts';
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
  prompt_config: z.string().nullable(),
  enabled: flag,
});

/** All models, by name. */
export async function listModels(db: Knex): Promise<readonly Model[]> {
  return z
    .array(rowSchema)
    .parse(await db('models').orderBy('name'))
    .map(toModel);
}

/** The model with that id; undefined where there is none. */
export async function findModel(db: Knex, id: string): Promise<Model | undefined> {
  const row: unknown = await db('models').where({ id }).first();
  return row === undefined ? undefined : toModel(rowSchema.parse(row));
}

function toModel(row: z.output<typeof rowSchema>): Model {
  return {
    id: row.id,
    name: row.name,
    providerId: row.provider_id,
    modelIdentifier: row.model_identifier,
    limits: toLimits(row.model_attributes),
    promptRule: row.prompt_config === null ? undefined : toObject(row.prompt_config),
    enabled: row.enabled,
  };
}

/** The stored JSON object; undefined where it is none. */
function toObject(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}

/** Inserts the model, or changes the one of that name, whose id stays, and whether it is enabled. */
export async function saveModel(db: Knex, model: Omit<Model, 'enabled'>): Promise<void> {
  const now = Date.now();
  const values = {
    provider_id: model.providerId,
    model_identifier: model.modelIdentifier,
    model_attributes: toAttributes(model.limits),
    prompt_config: model.promptRule === undefined ? null : JSON.stringify(model.promptRule),
    updated_at: now,
  };
  await db('models')
    .insert({ id: model.id, name: model.name, ...values, enabled: true, created_at: now })
    .onConflict('name')
    .merge(values);
}

/** Adds a model. */
export async function insertModel(db: Knex, model: Model): Promise<void> {
  const now = Date.now();
  await db('models').insert({ id: model.id, ...toColumns(model), created_at: now, updated_at: now });
}

/** Writes every field of the model with its id. Call it in the transaction that read it. */
export async function updateModel(db: Knex, model: Model): Promise<void> {
  await db('models')
    .where({ id: model.id })
    .update({ ...toColumns(model), updated_at: Date.now() });
}

/** Takes the model away. */
export async function deleteModel(db: Knex, id: string): Promise<void> {
  await db('models').where({ id }).delete();
}

function toColumns(model: Model) {
  return {
    name: model.name,
    provider_id: model.providerId,
    model_identifier: model.modelIdentifier,
    model_attributes: toAttributes(model.limits),
    prompt_config: model.promptRule === undefined ? null : JSON.stringify(model.promptRule),
    enabled: model.enabled,
  };
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
