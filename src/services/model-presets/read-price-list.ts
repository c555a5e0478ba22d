import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { inTurns } from './in-turns.ts';
import { listNumber } from './list-number.ts';
import type { ModelPreset } from './model-preset.ts';
import { readTokenPrices } from './read-token-prices.ts';

/** What a price list says. */
export interface PriceList {
  readonly presets: readonly ModelPreset[];
  /** How many of its entries could not be read. */
  readonly skipped: number;
}

/** The entry that explains the others. */
const SAMPLE = 'sample_spec';
/** Ten times as many as the list has. */
const MAX_ENTRIES = 50_000;
const MAX_FLAGS = 100;
/** What they answer with is not counted in tokens. */
const WITHOUT_COMPLETION: readonly (string | undefined)[] = ['embedding', 'rerank', 'moderation'];

/** Zero stands for what is not known. */
const tokenCount = listNumber
  .pipe(z.int().min(0).max(1_000_000_000))
  .nullish()
  .transform((count) => count || undefined);

const word = (length: number) =>
  z
    .string()
    .trim()
    .max(length)
    .nullish()
    .transform((text) => text || undefined);

const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[\x20-\x7e]*$/);

const entrySchema = z.object({
  litellm_provider: word(100),
  mode: word(50),
  max_tokens: tokenCount,
  max_input_tokens: tokenCount,
  max_output_tokens: tokenCount,
});

/**
 * Reads LiteLLM's list of prices (`model_prices_and_context_window.json`). An entry that is none is left out and
 * counted, as is the second of two names that differ in case only.
 * @returns undefined where it is no such list: no object, without one entry, or with far too many
 */
export async function readPriceList(list: unknown): Promise<PriceList | undefined> {
  if (!isJsonObject(list)) return undefined;
  const entries = Object.entries(list).filter(([name]) => name !== SAMPLE);
  if (entries.length > MAX_ENTRIES) return undefined;
  const presets = new Map<string, ModelPreset>();
  for await (const some of inTurns(entries)) {
    for (const [name, entry] of some) {
      const preset = readEntry(name, resolveAlias(entry, list));
      const key = name.trim().toLowerCase();
      if (preset !== undefined && !presets.has(key)) presets.set(key, preset);
    }
  }
  if (presets.size === 0) return undefined;
  return { presets: [...presets.values()], skipped: entries.length - presets.size };
}

/** An entry that only names another one is what that one is. */
function resolveAlias(entry: unknown, list: JsonObject): unknown {
  if (!isJsonObject(entry) || typeof entry.alias_of !== 'string') return entry;
  const other = Object.hasOwn(list, entry.alias_of) ? list[entry.alias_of] : undefined;
  return isJsonObject(other) && 'alias_of' in other ? undefined : other;
}

function readEntry(listed: string, entry: unknown): ModelPreset | undefined {
  if (!isJsonObject(entry)) return undefined;
  const name = nameSchema.safeParse(listed).data;
  const fields = entrySchema.safeParse(entry).data;
  const prices = readTokenPrices(entry);
  if (name === undefined || fields === undefined || prices === undefined) return undefined;
  const { rates, longPrompts } = prices;
  const completion = rates.completion ?? (WITHOUT_COMPLETION.includes(fields.mode) ? 0 : undefined);
  return {
    name,
    provider: fields.litellm_provider,
    mode: fields.mode,
    maxInputTokens: fields.max_input_tokens,
    maxOutputTokens: fields.max_output_tokens ?? fields.max_tokens,
    rates: { ...rates, completion },
    longPrompts,
    hasOtherTokens: 'output_cost_per_audio_token' in entry || 'output_cost_per_image_token' in entry,
    supports: readFlags(entry),
  };
}

function readFlags(entry: JsonObject): readonly string[] {
  return Object.entries(entry)
    .flatMap(([field, value]) => {
      const [, flag] = /^supports_(\w{1,60})$/.exec(field) ?? [];
      return flag !== undefined && value === true ? [flag] : [];
    })
    .sort()
    .slice(0, MAX_FLAGS);
}
