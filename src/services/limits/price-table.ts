import type { ProfiledProvider } from '../../config/provider-mapping.ts';
import type { Usage } from '../../core/usage.ts';
import type { ModelPreset, TokenRates } from '../model-presets/model-preset.ts';
import { createModelPresets, type ModelPresets } from '../model-presets/model-presets.ts';

/** What calls cost. */
export interface PriceTable {
  /**
   * The cost of one call in whole nano-dollars; undefined for a model without a price, whose calls count in tokens
   * only.
   * @param modelIdentifier as its provider calls it; a dated or preview version has its own price, or the base's
   * @param providerId whose model it is: the same name may cost something else elsewhere
   */
  costOf(modelIdentifier: string, usage: Usage, providerId?: string): number | undefined;
}

/** Rates are by the million. */
const MILLION = 1_000_000;

/**
 * Creates the table. Its prices are those that the presets have at the time of the question.
 * @param presets those that the gateway comes with where they are left out
 * @param findProvider what a provider is; where it is not known the name of the model alone decides
 */
export function createPriceTable(
  presets: Pick<ModelPresets, 'pricedOf'> = createModelPresets(),
  findProvider: (id: string) => ProfiledProvider | undefined = () => undefined,
): PriceTable {
  return {
    costOf(modelIdentifier, usage, providerId) {
      const provider = providerId === undefined ? undefined : findProvider(providerId);
      const preset = presets.pricedOf(modelIdentifier, provider);
      return preset === undefined ? undefined : costAt(ratesFor(preset, usage), usage);
    },
  };
}

/** Exact up to nine dollars a call; above, doubles are off by far less than the nano-dollar that is rounded to. */
function costAt(rates: TokenRates, usage: Usage): number {
  const { prompt = 0, cached = prompt, completion = 0, reasoning = completion } = rates;
  // A provider's counts may contradict each other; no part is larger than its whole.
  const cachedTokens = Math.min(usage.cached, usage.prompt);
  const reasoningTokens = Math.min(usage.reasoning, usage.completion);
  const millionths =
    (usage.prompt - cachedTokens) * prompt +
    cachedTokens * cached +
    (usage.completion - reasoningTokens) * completion +
    reasoningTokens * reasoning;
  return Math.round(millionths / MILLION);
}

function ratesFor({ rates, longPrompts }: ModelPreset, usage: Usage): TokenRates {
  return longPrompts.findLast(({ above }) => usage.prompt > above) ?? rates;
}
