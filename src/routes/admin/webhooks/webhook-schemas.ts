import { z } from 'zod';
import { timeField } from '../common-schemas.ts';

const urlField = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2048);
const secretField = z.string().min(16).max(255);

export const newWebhookBody = z.strictObject({
  url: urlField,
  /** Made up where it is absent. */
  secret: secretField.optional(),
  enabled: z.boolean().default(true),
});

export const webhookChangeBody = z.strictObject({
  url: urlField.optional(),
  secret: secretField.optional(),
  enabled: z.boolean().optional(),
});

/** What administrators see of a webhook. */
export const webhookView = z.object({
  id: z.string(),
  url: z.string(),
  enabled: z.boolean(),
  createdAt: timeField,
  updatedAt: timeField,
});
