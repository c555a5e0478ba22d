import { type ProfiledProvider, profileOf } from '../../config/provider-mapping.ts';

/** Names under which a model may be known, the likeliest first, in lower case. */
export interface PresetNames {
  /** Of the model itself. */
  readonly own: readonly string[];
  /** Of the model that it is a version of; empty where its name tells no version. */
  readonly base: readonly string[];
}

/** What names one version of a model: a date in any provider's form, or a word. */
const VERSION = /(-latest|-preview(-\d{2}-\d{2,4})?|-\d{4}-\d{2}-\d{2}|[-@]\d{8}|-\d{3,4})$/;

/**
 * The names of a model as its provider calls it.
 * @param provider puts the provider's name in the lists before it; without it the bare names are looked at only
 */
export function presetNames(modelIdentifier: string, provider?: ProfiledProvider): PresetNames {
  const prefix = provider === undefined ? '' : profileOf(provider).listPrefix;
  const name = modelIdentifier.toLowerCase();
  const base = name.replace(VERSION, '');
  return { own: spellings(name, prefix), base: base === name ? [] : spellings(base, prefix) };
}

/** With the provider's prefix and without, and without whatever path the identifier itself has. */
function spellings(name: string, prefix: string): readonly string[] {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return [...new Set([prefix + name, prefix + last, name, last])];
}
