import { z } from 'zod';

const template = z.string().regex(/\S/, 'is empty');

const shared = {
  enabled: z.boolean().default(true),
  /** Only a conversation's first request is changed. */
  injectOnce: z.boolean().default(false),
};

/** The text is the user's own message then, or stands in front of it. */
const userRule = z.strictObject({
  operationType: z.enum(['replace', 'prepend']),
  templateContent: template,
  systemMessage: z.string().optional(),
  ...shared,
});

/** The text is the request's system message then. */
const systemRule = z.strictObject({
  operationType: z.literal('system'),
  systemMessage: template,
  templateContent: z.string().optional(),
  ...shared,
});

/**
 * What an operator has set for a model's prompts. Each operation needs the text that it uses; the other one may be
 * there and is kept.
 */
export const promptRuleSchema = z.discriminatedUnion('operationType', [userRule, systemRule]);

/** A checked rule for a model's prompts. */
export type PromptRule = z.infer<typeof promptRuleSchema>;
