import { z } from 'zod';
import type { Model } from '../../../core/catalog.ts';
import type { ModelDirectory } from '../../../db/model-directory-repository.ts';
import { promptRuleSchema } from '../../../services/prompt-processor/prompt-rule-schema.ts';
import { nameField } from '../common-schemas.ts';
import { changedPromptRule, promptRuleChange } from './prompt-rule-change.ts';

const milliseconds = z.int().min(1).max(3_600_000).nullable();

/** What is set for the model beyond the defaults; times are milliseconds, null is the default. */
const limits = z.strictObject({
  timeout: milliseconds,
  firstTokenTimeout: milliseconds,
  idleTimeout: milliseconds,
  maxRetries: z.int().min(0).max(10).nullable(),
});

const changeable = {
  name: nameField,
  providerId: nameField,
  /** What the provider gets; the name where it is left out. */
  modelIdentifier: nameField,
  limits: limits.partial(),
  enabled: z.boolean(),
};

/** A rule changes in the fields that are named; null takes it away. */
export const modelChangeBody = z
  .strictObject({ ...changeable, promptRule: promptRuleChange.nullable() })
  .partial();

export const newModelBody = z
  .strictObject({ ...changeable, promptRule: promptRuleSchema.nullable() })
  .partial()
  .required({ name: true, providerId: true });

/** The fields that a change names. */
export type ModelChange = z.output<typeof modelChangeBody>;

/** A model as the admin API shows it. */
export const modelView = z.object({
  id: z.string(),
  name: z.string(),
  providerId: z.string(),
  modelIdentifier: z.string(),
  limits,
  promptRule: z.record(z.string(), z.unknown()).nullable(),
  enabled: z.boolean(),
  /** How many of the keys that the asking account sees name the model. */
  virtualKeyCount: z.int().min(0),
});

/** What a model looks like from outside, with how many keys of those that were counted name it. */
export function viewModel(
  model: Model,
  { keyCounts }: Pick<ModelDirectory, 'keyCounts'>,
): z.output<typeof modelView> {
  const { id, name, providerId, modelIdentifier, enabled } = model;
  return {
    id,
    name,
    providerId,
    modelIdentifier,
    limits: {
      timeout: model.limits.timeoutMs ?? null,
      firstTokenTimeout: model.limits.firstTokenTimeoutMs ?? null,
      idleTimeout: model.limits.idleTimeoutMs ?? null,
      maxRetries: model.limits.maxRetries ?? null,
    },
    promptRule: model.promptRule ?? null,
    enabled,
    virtualKeyCount: keyCounts.get(name) ?? 0,
  };
}

/**
 * The model with the named fields changed.
 * @throws GatewayError `invalid_body` where its prompt rule would be none
 */
export function changedModel(model: Model, change: ModelChange): Model {
  const { limits: named = {}, promptRule: rule, ...fields } = change;
  return {
    id: model.id,
    name: fields.name ?? model.name,
    providerId: fields.providerId ?? model.providerId,
    modelIdentifier: fields.modelIdentifier ?? model.modelIdentifier,
    limits: {
      timeoutMs: changed(model.limits.timeoutMs, named.timeout),
      firstTokenTimeoutMs: changed(model.limits.firstTokenTimeoutMs, named.firstTokenTimeout),
      idleTimeoutMs: changed(model.limits.idleTimeoutMs, named.idleTimeout),
      maxRetries: changed(model.limits.maxRetries, named.maxRetries),
    },
    promptRule: changed(model.promptRule, rule ? changedPromptRule(model.promptRule, rule) : rule),
    enabled: fields.enabled ?? model.enabled,
  };
}

/** An absent change leaves the value, null takes it away. */
function changed<T>(value: T | undefined, change: T | null | undefined): T | undefined {
  return change === undefined ? value : (change ?? undefined);
}
