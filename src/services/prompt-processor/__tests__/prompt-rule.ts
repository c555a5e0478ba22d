import type { JsonObject } from '../../../core/json.ts';
import type { Endpoint } from '../../../core/provider-call.ts';
import { applyPromptRule } from '../apply-prompt-rule.ts';
import { promptRuleSchema } from '../prompt-rule-schema.ts';

/** Late in the evening in UTC, and the next day already east of it. */
const NOW = Date.UTC(2025, 10, 5, 23, 30);

/** The body under a rule as an operator would write it, applied at `NOW`. */
export function applied(rule: unknown, endpoint: Endpoint, body: JsonObject): JsonObject {
  return applyPromptRule(promptRuleSchema.parse(rule), endpoint, body, NOW);
}

export const replaceWith = (templateContent: string, more: JsonObject = {}) => ({
  operationType: 'replace',
  templateContent,
  ...more,
});

export const prepend = (templateContent: string, more: JsonObject = {}) => ({
  operationType: 'prepend',
  templateContent,
  ...more,
});

export const setSystem = (systemMessage: string, more: JsonObject = {}) => ({
  operationType: 'system',
  systemMessage,
  ...more,
});
