import type { ModelPreset } from './model-preset.ts';

/** A preset that was found, and how well its name fits: 1 is the name itself. */
export interface RankedPreset {
  readonly preset: ModelPreset;
  readonly score: number;
}

/**
 * Presets with the text in their names, in upper or lower case: the name itself first, then names that are it behind
 * a provider's, then those that begin with it, then the others, shorter ones first.
 * @returns the best `limit`, and how many there are in all
 */
export function searchPresets(
  presets: readonly ModelPreset[],
  text: string,
  limit: number,
): { readonly presets: readonly RankedPreset[]; readonly total: number } {
  const wanted = text.trim().toLowerCase();
  const found = presets.flatMap((preset) => {
    const score = scoreOf(preset.name.toLowerCase(), wanted);
    return score === 0 ? [] : [{ preset, score }];
  });
  return { presets: found.sort(byScore).slice(0, limit), total: found.length };
}

function scoreOf(name: string, wanted: string): number {
  if (name === wanted) return 1;
  if (name.endsWith(`/${wanted}`)) return 0.9;
  if (name.startsWith(wanted)) return 0.8;
  if (name.includes(`/${wanted}`)) return 0.7;
  return name.includes(wanted) ? 0.5 : 0;
}

function byScore(a: RankedPreset, b: RankedPreset): number {
  const [first, second] = [a.preset.name, b.preset.name];
  return b.score - a.score || first.length - second.length || (first < second ? -1 : 1);
}
