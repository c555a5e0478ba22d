import { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import type { JsonObject } from '../../../core/json.ts';
import { type PromptRule, promptRuleSchema } from '../../../services/prompt-processor/prompt-rule-schema.ts';

/** What a change names of a model's prompt rule; null takes a text away. */
export const promptRuleChange = z
  .strictObject({
    operationType: z.enum(['replace', 'prepend', 'system']),
    templateContent: z.string().nullable(),
    systemMessage: z.string().nullable(),
    enabled: z.boolean(),
    injectOnce: z.boolean(),
  })
  .partial();

/**
 * The rule with the named fields changed.
 * @param stored the rule before; undefined where there is none, and the change has to be a whole one
 * @throws GatewayError `invalid_body` naming the field where what comes of it is no rule
 */
export function changedPromptRule(
  stored: JsonObject | undefined,
  change: z.output<typeof promptRuleChange>,
): PromptRule {
  const named = Object.entries(change).filter(([, value]) => value !== undefined);
  const fields = Object.entries({ ...stored, ...Object.fromEntries(named) });
  const rule = promptRuleSchema.safeParse(Object.fromEntries(fields.filter(([, value]) => value !== null)));
  if (rule.success) return rule.data;
  const [issue] = rule.error.issues;
  const param = ['promptRule', ...(issue?.path ?? [])].join('.');
  throw new GatewayError('invalid_body', issue?.message ?? 'This is no prompt rule.', { param });
}
