import { z } from 'zod';
import type { ModelPreset } from './model-preset.ts';
import bundledPrices from './prices.json' with { type: 'json' };

/** A price in US dollars per million tokens, times this, is in nano-dollars. */
const NANO = 1_000_000_000;
/** And times this it must be whole. */
const MICRO = 1_000_000;

const dollarsPerMillion = z
  .number()
  .nonnegative()
  .refine((price) => Math.abs(price * MICRO - Math.round(price * MICRO)) < 1e-6, {
    error: 'has more than six decimals',
  })
  .transform((price) => Math.round(price * NANO));

const rates = {
  prompt: dollarsPerMillion,
  cached: dollarsPerMillion.optional(),
  completion: dollarsPerMillion,
  reasoning: dollarsPerMillion.optional(),
};

const modelPrice = z.strictObject({
  ...rates,
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

/**
 * The presets that the gateway comes with: prices alone.
 * @param prices a price list; by default that of `prices.json`
 * @throws ZodError where it is none
 */
export function readBundledPresets(prices: unknown = bundledPrices): readonly ModelPreset[] {
  return priceList.parse(prices).providers.flatMap(({ provider, models }) =>
    Object.entries(models).map(([name, { longPrompt, ...price }]) => ({
      name,
      provider,
      rates: price,
      longPrompts: longPrompt === undefined ? [] : [longPrompt],
      hasOtherTokens: false,
      supports: [],
    })),
  );
}
