import { z } from 'zod';
import { RULE_TYPES } from '../routing-rules-repository.ts';
import { descriptionField, nameField, timeField } from './fields.ts';

const changeable = {
  name: nameField,
  description: descriptionField,
  portkeyGatewayId: z.string().min(1).max(255),
  ruleType: z.enum(RULE_TYPES),
  /** A name with `*` for any run of characters, part of an address, or a regular expression, by the type. */
  ruleValue: z.string().min(1).max(255),
  /** Higher is tried first. */
  priority: z.int().min(-1_000_000).max(1_000_000),
  enabled: z.boolean(),
};

export const ruleChangeBody = z.strictObject(changeable).partial();

export const newRuleBody = ruleChangeBody.required({
  name: true,
  portkeyGatewayId: true,
  ruleType: true,
  ruleValue: true,
});

/** A rule as the admin API shows it. */
export const ruleView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  portkeyGatewayId: z.string(),
  /** Rules of older installations may have a type of their own, which counts as `model_name`. */
  ruleType: z.string(),
  ruleValue: z.string(),
  priority: z.int(),
  enabled: z.boolean(),
  createdAt: timeField,
  updatedAt: timeField,
});
