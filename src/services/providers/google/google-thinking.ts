import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue, isUnset } from '../../chat/request-fields.ts';

/** Efforts in tokens, as Google's own endpoint of OpenAI's dialect has them. */
const BUDGETS: ReadonlyMap<JsonValue, number> = new Map([
  ['none', 0],
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 24_576],
]);

const LEVELS: ReadonlyMap<JsonValue, string> = new Map([
  ['minimal', 'minimal'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'high'],
]);

/**
 * How much a model is to think, of `thinking` where that is there, else of `reasoning_effort`; undefined where
 * nothing is said. Thoughts are asked for with it: unasked, Gemini keeps them to itself.
 * @throws GatewayError `invalid_value`
 */
export function toThinkingConfig(body: JsonObject): JsonObject | undefined {
  if (!isUnset(body.thinking)) return ofThinking(body.thinking);
  if (!isUnset(body.reasoning_effort)) return ofEffort(body.reasoning_effort, body.model);
  return undefined;
}

function ofThinking(thinking: JsonValue): JsonObject {
  const { type, budget_tokens: budget } = isJsonObject(thinking) ? thinking : {};
  if (type === 'disabled') return { thinkingBudget: 0 };
  // Without a budget the model decides; saying so turns it on where it is off by default.
  if (type === 'enabled' || type === 'adaptive')
    return { thinkingBudget: budget ?? -1, includeThoughts: true };
  throw invalidValue('thinking.type', 'must be enabled, adaptive or disabled');
}

function ofEffort(effort: JsonValue, model: JsonValue | undefined): JsonObject {
  const budget = BUDGETS.get(effort);
  if (budget === undefined) {
    throw invalidValue('reasoning_effort', `must be one of ${[...BUDGETS.keys()].join(', ')}`);
  }
  if (budget === 0) return { thinkingBudget: 0 };
  const level = LEVELS.get(effort);
  return hasLevels(model) && level !== undefined
    ? { thinkingLevel: level, includeThoughts: true }
    : { thinkingBudget: budget, includeThoughts: true };
}

/** From its third generation on, Gemini has levels; it still takes a budget, which a model of unknown age gets. */
function hasLevels(model: JsonValue | undefined): boolean {
  const generation = /gemini-(\d+)/.exec(String(model))?.[1];
  return Number(generation ?? 0) >= 3;
}
