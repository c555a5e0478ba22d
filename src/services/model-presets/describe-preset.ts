import { type ModelPreset, type TokenRates, toDollarsPerToken } from './model-preset.ts';
import { RATE_FIELDS } from './read-token-prices.ts';

/** A model in LiteLLM's words: its limits in tokens, its prices in dollars per token, and what it can. */
export type PresetInfo = Readonly<Record<string, string | number | boolean>>;

/** What the list says of a model, as it says it; what it does not say is left out. */
export function describePreset(preset: ModelPreset): PresetInfo {
  const { provider, mode, maxInputTokens, maxOutputTokens, rates, longPrompts, supports } = preset;
  const stated = {
    litellm_provider: provider,
    mode,
    max_tokens: maxOutputTokens ?? maxInputTokens,
    max_input_tokens: maxInputTokens,
    max_output_tokens: maxOutputTokens,
  };
  return Object.fromEntries([
    ...Object.entries(stated).flatMap(([field, value]) =>
      value === undefined ? [] : [[field, value] as const],
    ),
    ...describeRates(rates, ''),
    ...longPrompts.flatMap((longer) => describeRates(longer, `_above_${longer.above / 1000}k_tokens`)),
    ...supports.map((flag) => [`supports_${flag}`, true] as const),
  ]);
}

function describeRates(rates: TokenRates, suffix: string): (readonly [string, number])[] {
  return [
    [RATE_FIELDS.prompt, rates.prompt] as const,
    [RATE_FIELDS.cached, rates.cached] as const,
    [RATE_FIELDS.cacheWrite, rates.cacheWrite] as const,
    [RATE_FIELDS.completion, rates.completion] as const,
    [RATE_FIELDS.reasoning, rates.reasoning] as const,
  ].flatMap(([field, rate]) =>
    rate === undefined ? [] : [[field + suffix, toDollarsPerToken(rate)] as const],
  );
}
