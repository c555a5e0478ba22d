import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { z } from 'zod';
import { parseJson } from '../core/json.ts';
import { inTurns } from '../services/model-presets/in-turns.ts';
import type { ModelPreset, PresetUpdate } from '../services/model-presets/model-preset.ts';
import { bigNumber, flag } from './row-types.ts';
import { readSystemConfig, writeSystemConfig } from './system-config-repository.ts';

const STATE_KEY = 'model_presets';
const DUE_KEY = 'model_presets_due';

const stateSchema = z.object({
  /** Made up anew with each update. */
  version: z.string(),
  source: z.string(),
  updatedAt: z.number(),
  total: z.number(),
  skipped: z.number(),
});

/** What the stored presets are, without them. */
export type StoredPresets = z.output<typeof stateSchema>;

/** What is stored; undefined where no list was ever fetched. */
export async function readStoredPresets(db: Knex): Promise<StoredPresets | undefined> {
  const text = await readSystemConfig(db, STATE_KEY);
  return text === undefined ? undefined : stateSchema.parse(parseJson(text));
}

/** Replaces all that is stored. Call it in a transaction. */
export async function replacePresets(
  transaction: Knex.Transaction,
  update: PresetUpdate,
): Promise<StoredPresets> {
  const { presets, source, updatedAt, skipped } = update;
  await transaction('model_presets').delete();
  for await (const some of inTurns(presets)) await transaction('model_presets').insert(some.map(toRow));
  const stored = { version: randomUUID(), source, updatedAt, total: presets.length, skipped };
  await writeSystemConfig(transaction, STATE_KEY, JSON.stringify(stored));
  return stored;
}

const rate = bigNumber.nullable().transform((value) => value ?? undefined);
const word = z
  .string()
  .nullable()
  .transform((text) => text ?? undefined);

const longPrompts = z.array(
  z.object({
    above: z.number(),
    prompt: z.number().optional(),
    cached: z.number().optional(),
    cacheWrite: z.number().optional(),
    completion: z.number().optional(),
    reasoning: z.number().optional(),
  }),
);
const words = z.array(z.string());

const rowSchema = z.object({
  name: z.string(),
  provider: word,
  mode: word,
  max_input_tokens: rate,
  max_output_tokens: rate,
  prompt_rate: rate,
  cached_rate: rate,
  cache_write_rate: rate,
  completion_rate: rate,
  reasoning_rate: rate,
  long_prompts: z.string().transform((text) => longPrompts.parse(parseJson(text))),
  has_other_tokens: flag,
  supports: z.string().transform((text) => words.parse(parseJson(text))),
});

/** All stored presets. */
export async function listPresets(db: Knex): Promise<readonly ModelPreset[]> {
  const rows = z.array(z.unknown()).parse(await db('model_presets'));
  const presets: ModelPreset[] = [];
  for await (const some of inTurns(rows)) presets.push(...some.map((row) => toPreset(rowSchema.parse(row))));
  return presets;
}

function toPreset(row: z.output<typeof rowSchema>): ModelPreset {
  return {
    name: row.name,
    provider: row.provider,
    mode: row.mode,
    maxInputTokens: row.max_input_tokens,
    maxOutputTokens: row.max_output_tokens,
    rates: {
      prompt: row.prompt_rate,
      cached: row.cached_rate,
      cacheWrite: row.cache_write_rate,
      completion: row.completion_rate,
      reasoning: row.reasoning_rate,
    },
    longPrompts: row.long_prompts,
    hasOtherTokens: row.has_other_tokens,
    supports: row.supports,
  };
}

function toRow(preset: ModelPreset) {
  const { prompt, cached, cacheWrite, completion, reasoning } = preset.rates;
  return {
    name: preset.name,
    provider: preset.provider ?? null,
    mode: preset.mode ?? null,
    max_input_tokens: preset.maxInputTokens ?? null,
    max_output_tokens: preset.maxOutputTokens ?? null,
    prompt_rate: prompt ?? null,
    cached_rate: cached ?? null,
    cache_write_rate: cacheWrite ?? null,
    completion_rate: completion ?? null,
    reasoning_rate: reasoning ?? null,
    long_prompts: JSON.stringify(preset.longPrompts),
    has_other_tokens: preset.hasOtherTokens,
    supports: JSON.stringify(preset.supports),
  };
}

/** Says from when on the presets are to be fetched again. @param due epoch milliseconds */
export async function setPresetsDue(db: Knex, due: number): Promise<void> {
  await writeSystemConfig(db, DUE_KEY, String(due));
}

/**
 * Takes it upon this process to fetch the presets, where it is time and no other process has.
 * @param now epoch milliseconds
 * @param nextDue when it is time again, should this process fail
 */
export async function claimPresetsDue(db: Knex, now: number, nextDue: number): Promise<boolean> {
  const row = { key: DUE_KEY, value: '0', updated_at: now };
  await db('system_config').insert(row).onConflict('key').merge(['key']);
  const due = (await readSystemConfig(db, DUE_KEY)) ?? '0';
  if (Number(due) > now) return false;
  // Of those that have read the same moment one changes it.
  const changed = await db('system_config')
    .where({ key: DUE_KEY, value: due })
    .update({ value: String(nextDue), updated_at: now });
  return changed === 1;
}
