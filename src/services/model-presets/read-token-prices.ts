import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { listNumber } from './list-number.ts';
import {
  fromDollarsPerToken,
  type LongPromptRates,
  type ModelPreset,
  type TokenRates,
} from './model-preset.ts';

/** LiteLLM's names for what is paid by the token, in dollars. */
export const RATE_FIELDS = {
  prompt: 'input_cost_per_token',
  cached: 'cache_read_input_token_cost',
  cacheWrite: 'cache_creation_input_token_cost',
  completion: 'output_cost_per_token',
  reasoning: 'output_cost_per_reasoning_token',
} as const satisfies Record<keyof TokenRates, string>;

/** What costs more than ten cents a token is a mistake, such as the price of a million. */
const cost = listNumber
  .pipe(z.number().min(0).max(0.1))
  .transform(fromDollarsPerToken)
  .nullish()
  .transform((rate) => rate ?? undefined);

const ratesSchema = z.object({
  prompt: cost,
  cached: cost,
  cacheWrite: cost,
  completion: cost,
  reasoning: cost,
});

const rangeSchema = z.tuple([listNumber.pipe(z.number().min(0)), listNumber]);

/**
 * The prices of one entry of LiteLLM's list, which has two ways to say what a long prompt costs.
 * @returns undefined where one of them is none: the others would make a wrong sum
 */
export function readTokenPrices(entry: JsonObject): Pick<ModelPreset, 'rates' | 'longPrompts'> | undefined {
  const stated = readRates(entry);
  const tiers = readTiers(entry.tiered_pricing);
  if (stated === undefined || tiers === undefined) return undefined;
  const rates = merge(tiers.find(({ above }) => above === 0) ?? {}, stated);
  const changes = readChanges(entry, rates);
  if (changes === undefined) return undefined;
  const longPrompts = [...tiers.filter(({ above }) => above > 0), ...changes];
  return { rates, longPrompts: longPrompts.sort((a, b) => a.above - b.above) };
}

function readRates(fields: JsonObject, suffix = ''): TokenRates | undefined {
  const named = Object.entries(RATE_FIELDS).map(([rate, field]) => [rate, fields[field + suffix]]);
  return ratesSchema.safeParse(Object.fromEntries(named)).data;
}

/** `tiered_pricing`: whole prices by the length of the prompt. Tiers of anything else are not paid by the token. */
function readTiers(tiers: unknown): readonly LongPromptRates[] | undefined {
  const byPrompt = Array.isArray(tiers) ? tiers.filter((tier) => isJsonObject(tier) && 'range' in tier) : [];
  return allOrNone(byPrompt, (tier: JsonObject) => {
    const range = rangeSchema.safeParse(tier.range).data;
    const rates = readRates(tier);
    return range === undefined || rates === undefined ? undefined : { ...rates, above: range[0] };
  });
}

const CHANGED = new RegExp(`^(?:${Object.values(RATE_FIELDS).join('|')})(_above_(\\d{1,6})k_tokens)$`);

/** `input_cost_per_token_above_200k_tokens` and the like: what is not named stays as it is. */
function readChanges(entry: JsonObject, rates: TokenRates): readonly LongPromptRates[] | undefined {
  const suffixes = new Map(
    Object.keys(entry).flatMap((field) => {
      const [, suffix, thousands] = CHANGED.exec(field) ?? [];
      return suffix === undefined ? [] : [[suffix, Number(thousands) * 1000] as const];
    }),
  );
  return allOrNone([...suffixes], ([suffix, above]) => {
    const changed = readRates(entry, suffix);
    return changed === undefined ? undefined : { ...merge(rates, changed), above };
  });
}

/** What the second one has of its own wins. */
function merge(base: TokenRates, change: TokenRates): TokenRates {
  return {
    prompt: change.prompt ?? base.prompt,
    cached: change.cached ?? base.cached,
    cacheWrite: change.cacheWrite ?? base.cacheWrite,
    completion: change.completion ?? base.completion,
    reasoning: change.reasoning ?? base.reasoning,
  };
}

/** Each entry read; undefined where one of them cannot be. */
function allOrNone<T, R>(entries: readonly T[], read: (entry: T) => R | undefined): readonly R[] | undefined {
  const results = entries.map(read).filter((result) => result !== undefined);
  return results.length === entries.length ? results : undefined;
}
