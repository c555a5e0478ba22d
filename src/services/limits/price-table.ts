import { z } from 'zod';
import type { Usage } from '../../core/usage.ts';
import bundledPrices from './prices.json' with { type: 'json' };

/** What calls cost. */
export interface PriceTable {
  /**
   * The cost of one call in whole nano-dollars; undefined for a model without a price, whose calls count in tokens
   * only.
   * @param modelIdentifier as its provider calls it; a dated or preview version has its own price, or the base's
   */
  costOf(modelIdentifier: string, usage: Usage): number | undefined;
}

/** A price in US dollars per million tokens, times this, is in whole pico-dollars per token. */
const PICO_DOLLARS_PER_TOKEN = 1_000_000;
const PICO_PER_NANO = 1_000;

const dollarsPerMillion = z
  .number()
  .nonnegative()
  .refine((price) => Math.abs(price * PICO_DOLLARS_PER_TOKEN - perToken(price)) < 1e-6, {
    error: 'has more than six decimals',
  });

const rates = {
  prompt: dollarsPerMillion,
  /** Prompt tokens read from the provider's cache; without it they cost what others do. */
  cached: dollarsPerMillion.optional(),
  completion: dollarsPerMillion,
  /** Without it reasoning costs what the rest of the completion does. */
  reasoning: dollarsPerMillion.optional(),
};

const modelPrice = z.strictObject({
  ...rates,
  /** What holds for every token of a call whose prompt has more than so many tokens. */
  longPrompt: z.strictObject({ ...rates, above: z.int().positive() }).optional(),
});

const priceList = z.strictObject({
  unit: z.literal('US dollars per million tokens'),
  providers: z.array(
    z.strictObject({
      provider: z.string(),
      source: z.url(),
      /** The month whose prices these are. */
      asOf: z.string().regex(/^\d{4}-\d{2}$/),
      note: z.string().optional(),
      models: z.record(z.string(), modelPrice),
    }),
  ),
});

type ModelPrice = z.infer<typeof modelPrice>;
type Rates = Omit<ModelPrice, 'longPrompt'>;

/**
 * Creates the table.
 * @param prices a price list; by default that of `prices.json`
 * @throws ZodError where it is none
 */
export function createPriceTable(prices: unknown = bundledPrices): PriceTable {
  const list = priceList.parse(prices);
  const models = new Map(list.providers.flatMap((provider) => Object.entries(provider.models)));
  return {
    costOf(modelIdentifier, usage) {
      const name = modelIdentifier.slice(modelIdentifier.lastIndexOf('/') + 1).toLowerCase();
      const price = models.get(name) ?? models.get(name.replace(VERSION, ''));
      return price === undefined ? undefined : costAt(price, usage);
    },
  };
}

/** What names one version of a model: a date in any provider's form, or a word. */
const VERSION = /(-latest|-preview(-\d{2}-\d{2,4})?|-\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{3,4})$/;

function costAt(price: ModelPrice, usage: Usage): number {
  const { prompt, cached, completion, reasoning } = ratesFor(price, usage);
  // A provider's counts may contradict each other; no part is larger than its whole.
  const cachedTokens = Math.min(usage.cached, usage.prompt);
  const reasoningTokens = Math.min(usage.reasoning, usage.completion);
  const picoDollars =
    (usage.prompt - cachedTokens) * perToken(prompt) +
    cachedTokens * perToken(cached ?? prompt) +
    (usage.completion - reasoningTokens) * perToken(completion) +
    reasoningTokens * perToken(reasoning ?? completion);
  return Math.round(picoDollars / PICO_PER_NANO);
}

function ratesFor({ longPrompt, ...base }: ModelPrice, usage: Usage): Rates {
  return longPrompt !== undefined && usage.prompt > longPrompt.above ? longPrompt : base;
}

/** Pico-dollars, a whole number. */
function perToken(price: number): number {
  return Math.round(price * PICO_DOLLARS_PER_TOKEN);
}
