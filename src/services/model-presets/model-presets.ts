import type { ProfiledProvider } from '../../config/provider-mapping.ts';
import { readBundledPresets } from './bundled-presets.ts';
import type { ModelPreset, PresetUpdate } from './model-preset.ts';
import { presetNames } from './preset-names.ts';
import { type RankedPreset, searchPresets } from './search-presets.ts';

/** What is known of models, in memory: the bundled prices, overlaid by the list that was fetched last. */
export interface ModelPresets {
  /** Overlays the bundled presets with these, in place of those before; undefined leaves the bundled ones alone. */
  replace(update: PresetUpdate | undefined): void;
  /** The preset of this name in the lists, in upper or lower case. */
  find(name: string): ModelPreset | undefined;
  /**
   * What is known of a model as its provider calls it; a dated or preview version has its own preset, or the base's.
   * @param provider whose model it is: the same name may cost something else elsewhere
   */
  of(modelIdentifier: string, provider?: ProfiledProvider): ModelPreset | undefined;
  /** The same where its tokens have a price: of several names that it goes by, one that has. */
  pricedOf(modelIdentifier: string, provider?: ProfiledProvider): ModelPreset | undefined;
  /** Presets with the text in their names, the best match first, and how many there are in all. */
  search(text: string, limit: number): { readonly presets: readonly RankedPreset[]; readonly total: number };
  summary(): PresetSummary;
}

/** What the presets are. */
export interface PresetSummary {
  readonly total: number;
  /** How many each provider has, by name; `unknown` for those without one. */
  readonly byProvider: ReadonlyMap<string, number>;
  /** Of the list that was fetched; undefined where none was. */
  readonly update: Omit<PresetUpdate, 'presets'> | undefined;
}

/**
 * Creates the presets.
 * @param bundled those that are there from the start; by default those that the gateway comes with
 */
export function createModelPresets(bundled: readonly ModelPreset[] = readBundledPresets()): ModelPresets {
  let byName = overlay(bundled, []);
  let update: PresetSummary['update'];
  const findAll = (names: readonly string[]) => names.flatMap((name) => byName.get(name) ?? []);
  return {
    replace(fetched) {
      byName = overlay(bundled, fetched?.presets ?? []);
      update = fetched && { source: fetched.source, updatedAt: fetched.updatedAt, skipped: fetched.skipped };
    },
    find: (name) => byName.get(name.toLowerCase()),
    of(modelIdentifier, provider) {
      const { own, base } = presetNames(modelIdentifier, provider);
      return findAll([...own, ...base])[0];
    },
    pricedOf(modelIdentifier, provider) {
      const { own, base } = presetNames(modelIdentifier, provider);
      const known = findAll(own);
      // What is known to have no price does not get its base's.
      return (known.length > 0 ? known : findAll(base)).find(hasPrice);
    },
    search: (text, limit) => searchPresets([...byName.values()], text, limit),
    summary: () => ({ total: byName.size, byProvider: countProviders(byName.values()), update }),
  };
}

/** Later presets win over those of the same name, whose price stays where the later one has none. */
function overlay(
  bundled: readonly ModelPreset[],
  fetched: readonly ModelPreset[],
): ReadonlyMap<string, ModelPreset> {
  const byName = new Map(bundled.map((preset) => [preset.name.toLowerCase(), preset]));
  for (const preset of fetched) {
    const name = preset.name.toLowerCase();
    const below = byName.get(name);
    byName.set(name, below === undefined || hasPrice(preset) ? preset : priceFrom(preset, below));
  }
  return byName;
}

function priceFrom(preset: ModelPreset, { rates, longPrompts, hasOtherTokens }: ModelPreset): ModelPreset {
  return { ...preset, rates, longPrompts, hasOtherTokens };
}

function hasPrice({ rates, hasOtherTokens }: ModelPreset): boolean {
  return !hasOtherTokens && rates.prompt !== undefined && rates.completion !== undefined;
}

function countProviders(presets: Iterable<ModelPreset>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { provider = 'unknown' } of presets) counts.set(provider, (counts.get(provider) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
