import type { Knex } from 'knex';
import type { ModelPresets } from '../services/model-presets/model-presets.ts';
import { listPresets, readStoredPresets } from './model-presets-repository.ts';

/**
 * Creates what brings the stored presets into memory where they are not those that it brought last: they are
 * thousands, and the catalog changes for other reasons mostly.
 */
export function createPresetLoader(db: Knex, presets: Pick<ModelPresets, 'replace'>): () => Promise<void> {
  let known: string | undefined;
  return async () => {
    // Read before the rows: what changes in between is read twice, and not missed.
    const stored = await readStoredPresets(db);
    if (stored?.version === known) return;
    presets.replace(stored === undefined ? undefined : { ...stored, presets: await listPresets(db) });
    known = stored?.version;
  };
}
