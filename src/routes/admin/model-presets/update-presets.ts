import { GatewayError } from '../../../core/gateway-error.ts';
import {
  readStoredPresets,
  replacePresets,
  type StoredPresets,
  setPresetsDue,
} from '../../../db/model-presets-repository.ts';
import { readSystemSettings } from '../../../db/system-settings-repository.ts';
import { fetchPriceList } from '../../../services/model-presets/fetch-price-list.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import type { AdminActor } from '../admin-operation.ts';
import { makeChange } from '../make-change.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Fetches the list of prices and puts it in place of the one before. */
export interface PresetUpdater {
  /**
   * Does it now, all of it or nothing.
   * @param signal ends it before its time
   * @throws GatewayError `conflict` while another one runs in this process, or as `fetchPriceList` does
   */
  update(actor: AdminActor, signal?: AbortSignal): Promise<StoredPresets>;
}

type UpdaterDependencies = Pick<
  AdminDependencies,
  'db' | 'catalogChanged' | 'transport' | 'allowPrivateUpstreams'
>;

/** Creates it. One list at a time is held in memory. */
export function createPresetUpdater(deps: UpdaterDependencies): PresetUpdater {
  let isRunning = false;
  return {
    async update(actor, signal) {
      if (isRunning) throw new GatewayError('conflict', 'The presets are being updated already.');
      isRunning = true;
      try {
        return await fetchAndStore(deps, actor, signal);
      } finally {
        isRunning = false;
      }
    },
  };
}

async function fetchAndStore(
  deps: UpdaterDependencies,
  actor: AdminActor,
  signal: AbortSignal | undefined,
): Promise<StoredPresets> {
  const { modelPresetsUrl: source } = await readSystemSettings(deps.db);
  const list = await fetchPriceList(source, { ...deps, signal });
  return makeChange(deps, actor, async (transaction) => {
    const before = await readStoredPresets(transaction);
    const after = await replacePresets(transaction, { ...list, source, updatedAt: Date.now() });
    await setPresetsDue(transaction, after.updatedAt + DAY_MS);
    const entry = { action: 'update', entity: 'model-presets', entityId: 'model-presets', before, after };
    return { entries: [entry], result: after };
  });
}
