import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue, isUnset } from '../../chat/request-fields.ts';

interface Effort {
  /** Tokens to think with, for models that are told a budget. */
  readonly budget: number;
  /** What models that budget by themselves are told. */
  readonly word: string;
}

/** With the default limit on top the largest budgets stay below the least of these models' own limits, 32 000 (Opus 4). */
const EFFORTS: ReadonlyMap<unknown, Effort> = new Map([
  ['minimal', { budget: 1024, word: 'low' }],
  ['low', { budget: 2048, word: 'low' }],
  ['medium', { budget: 8192, word: 'medium' }],
  ['high', { budget: 16_384, word: 'high' }],
  ['xhigh', { budget: 24_576, word: 'xhigh' }],
  ['max', { budget: 27_648, word: 'max' }],
]);
/** Claude 3.7 to 4.5; what came later decides for itself how much to think, and some of it refuses a budget. */
const TAKES_BUDGET = /claude-(3|(opus|sonnet|haiku)-4(-[0-5])?(-\d{8}|@|$|-latest|-v\d))/;

/** The least budget that Anthropic takes. */
const MIN_BUDGET = 1024;
/** The share of a request's limit, which holds for thoughts and answer together, that thoughts may take. */
const MAX_SHARE = 0.8;

/** How much a model is to think, as Anthropic takes it. */
export interface AnthropicThinking {
  readonly thinking?: JsonValue;
  /** For `output_config.effort`. */
  readonly effort?: string;
}

/**
 * Translates `reasoning_effort`; `thinking` in Anthropic's own words goes through, and where it leaves the amount to
 * the model the effort goes with it.
 * @param mustCall whether the request forces a call. OpenAI's models think before one, Anthropic's refuse to, so that
 *   they call without: the call is what was asked for, the effort a matter of how.
 * @throws GatewayError `invalid_value`
 */
export function toThinking(body: JsonObject, mustCall: boolean): AnthropicThinking {
  const { thinking, reasoning_effort: given } = body;
  if (isUnset(given)) return isUnset(thinking) ? {} : { thinking };
  if (given === 'none') return { thinking: isUnset(thinking) ? { type: 'disabled' } : thinking };
  const effort = EFFORTS.get(given);
  if (effort === undefined) {
    throw invalidValue('reasoning_effort', 'must be none, minimal, low, medium, high, xhigh or max');
  }
  if (!isUnset(thinking)) return isAdaptive(thinking) ? { thinking, effort: effort.word } : { thinking };
  const added = addedThinking(body, effort, mustCall);
  if (added.thinking !== undefined) refuseSampling(body);
  return added;
}

function addedThinking(body: JsonObject, effort: Effort, mustCall: boolean): AnthropicThinking {
  if (!TAKES_BUDGET.test(String(body.model))) {
    return mustCall ? { effort: effort.word } : { thinking: { type: 'adaptive' }, effort: effort.word };
  }
  if (mustCall || hasLostThoughts(body.messages)) return {};
  return withinLimit(effort.budget, body.max_completion_tokens ?? body.max_tokens);
}

/** The least `top_p` that a model takes while it thinks. */
const MIN_TOP_P = 0.95;

/**
 * A model that thinks takes no sampling, at Anthropic as little as at OpenAI, whose clients know the refusal: they
 * have to leave out one or the other.
 */
function refuseSampling({ temperature, top_p, top_k }: JsonObject): void {
  const rest = 'beside reasoning_effort: a model that thinks takes no other';
  if (!isUnset(temperature) && temperature !== 1) throw invalidValue('temperature', `must be 1 ${rest}`);
  if (typeof top_p === 'number' && top_p < MIN_TOP_P)
    throw invalidValue('top_p', `must be at least ${MIN_TOP_P} ${rest}`);
  if (!isUnset(top_k)) throw invalidValue('top_k', 'must be left out beside reasoning_effort');
}

/**
 * Whether the history ends in results of tools whose calls come without the thinking that led to them: most of
 * OpenAI's clients send back only the fields they know. With a budget to think Anthropic refuses that (“a final
 * `assistant` message must start with a thinking block”), so the model goes on without.
 */
function hasLostThoughts(messages: JsonValue | undefined): boolean {
  const all = (Array.isArray(messages) ? messages : []).filter(isJsonObject);
  const last = all.findLastIndex(({ role }) => role === 'assistant');
  const blocks = all[last]?.thinking_blocks;
  const hasThoughts = Array.isArray(blocks) && blocks.length > 0;
  return !hasThoughts && all.slice(last + 1).some(({ role }) => role === 'tool');
}

function isAdaptive(thinking: JsonValue): boolean {
  return isJsonObject(thinking) && thinking.type === 'adaptive';
}

/** Under a limit that leaves no room to think the model answers at once, as one of OpenAI's would. */
function withinLimit(budget: number, limit: JsonValue | undefined): AnthropicThinking {
  const room = typeof limit === 'number' ? Math.floor(limit * MAX_SHARE) : budget;
  if (room < MIN_BUDGET) return {};
  return { thinking: { type: 'enabled', budget_tokens: Math.min(budget, room) } };
}
