import { z } from 'zod';
import { describePreset } from '../../../services/model-presets/describe-preset.ts';
import { type ModelPreset, toDollarsPerToken } from '../../../services/model-presets/model-preset.ts';
import type { PresetSummary } from '../../../services/model-presets/model-presets.ts';
import type { RankedPreset } from '../../../services/model-presets/search-presets.ts';
import { nameField, timeField } from '../common-schemas.ts';

export const modelNameParams = z.object({ modelName: nameField });

export const searchBody = z.strictObject({
  query: nameField,
  limit: z.int().min(1).max(100).default(20),
});

/** Dollars per token; null where the list does not say. */
const cost = z.number().min(0).nullable();
const tokens = z.int().min(0).nullable();

const presetFields = {
  modelName: z.string(),
  provider: z.string().nullable(),
  mode: z.string().nullable(),
  maxTokens: tokens,
  maxInputTokens: tokens,
  maxOutputTokens: tokens,
  inputCost: cost,
  outputCost: cost,
  cachedInputCost: cost,
  cacheWriteCost: cost,
  supportsVision: z.boolean(),
  supportsFunctionCalling: z.boolean(),
  /** Everything that it can, such as `vision`. */
  supports: z.array(z.string()),
};

export const searchResponse = z.object({
  query: z.string(),
  /** The best match first; a score of 1 is the name itself. */
  results: z.array(z.object({ ...presetFields, score: z.number() })),
  /** How many there are in all. */
  total: z.int().min(0),
});

const info = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const presetResponse = z.object({
  ...presetFields,
  /** The same in LiteLLM's words, with the prices of long prompts: what a model's settings are filled from. */
  attributes: info,
  /** The source system's name for it. */
  rawInfo: info,
});

export const statsResponse = z.object({
  totalModels: z.int().min(0),
  /** Of the list that was fetched; null where none was. */
  lastUpdate: timeField.nullable(),
  /** Milliseconds since then. */
  cacheAge: timeField.nullable(),
  /** Null where there are the bundled prices only. */
  source: z.string().nullable(),
  /** How many entries of that list could not be read. */
  skipped: z.int().min(0),
  providers: z.array(z.string()),
  byProvider: z.record(z.string(), z.int()),
});

export const updateResponse = z.object({
  success: z.literal(true),
  message: z.string(),
  /** How many models the list has, and how many entries could not be read. */
  count: z.int().min(0),
  skipped: z.int().min(0),
  source: z.string(),
  lastUpdate: timeField,
});

/** One preset as the admin API shows it. */
export function viewPreset(preset: ModelPreset): z.output<typeof presetResponse> {
  const attributes = describePreset(preset);
  return { ...viewFields(preset), attributes, rawInfo: attributes };
}

/** One that was searched for. */
export function viewMatch({ preset, score }: RankedPreset) {
  return { ...viewFields(preset), score };
}

function viewFields(preset: ModelPreset) {
  const { rates, supports } = preset;
  const dollars = (rate: number | undefined) => (rate === undefined ? null : toDollarsPerToken(rate));
  return {
    modelName: preset.name,
    provider: preset.provider ?? null,
    mode: preset.mode ?? null,
    maxTokens: preset.maxOutputTokens ?? preset.maxInputTokens ?? null,
    maxInputTokens: preset.maxInputTokens ?? null,
    maxOutputTokens: preset.maxOutputTokens ?? null,
    inputCost: dollars(rates.prompt),
    outputCost: dollars(rates.completion),
    cachedInputCost: dollars(rates.cached),
    cacheWriteCost: dollars(rates.cacheWrite),
    supportsVision: supports.includes('vision'),
    supportsFunctionCalling: supports.includes('function_calling'),
    supports: [...supports],
  };
}

/** What the presets are, at a moment in epoch milliseconds. */
export function viewStats({ total, byProvider, update }: PresetSummary, now: number) {
  return {
    totalModels: total,
    lastUpdate: update?.updatedAt ?? null,
    cacheAge: update === undefined ? null : Math.max(0, now - update.updatedAt),
    source: update?.source ?? null,
    skipped: update?.skipped ?? 0,
    providers: [...byProvider.keys()],
    byProvider: Object.fromEntries(byProvider),
  };
}
