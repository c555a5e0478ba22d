import type { Logger } from './core/logger.ts';
import { claimPresetsDue } from './db/model-presets-repository.ts';
import { readSystemSettings } from './db/system-settings-repository.ts';
import type { AdminDependencies } from './routes/admin/admin-dependencies.ts';
import type { AdminActor, AdminOperation } from './routes/admin/admin-operation.ts';
import { createPresetUpdater, modelPresetOperations } from './routes/admin/model-presets/index.ts';
import type { ModelPresets } from './services/model-presets/model-presets.ts';
import { createPresetRefresh } from './services/model-presets/preset-refresh.ts';

/** After a refresh that failed, in whichever process. */
const RETRY_MS = 60 * 60 * 1000;

/** Stands for the gateway itself in the audit log. */
const GATEWAY: AdminActor = { name: 'gateway', role: 'admin', userId: undefined, address: '' };

/** What keeps the presets up to date, by hand and by itself. */
export interface ModelPresetParts {
  readonly operations: readonly AdminOperation[];
  start(): void;
  stop(): Promise<void>;
}

/**
 * Builds the parts; nothing is fetched before `start`, nor by itself before an administrator wishes it.
 * @param deps.everyMs how often it is looked whether it is time, in milliseconds
 */
export function createModelPresetParts(
  deps: Pick<AdminDependencies, 'db' | 'catalogChanged' | 'transport' | 'allowPrivateUpstreams'> & {
    readonly presets: ModelPresets;
    readonly logger: Logger;
    readonly everyMs?: number;
  },
): ModelPresetParts {
  const { db, presets, logger, everyMs } = deps;
  const updater = createPresetUpdater(deps);
  const refresh = createPresetRefresh({
    async claim() {
      const { modelPresetsAutoUpdate } = await readSystemSettings(db);
      return modelPresetsAutoUpdate && claimPresetsDue(db, Date.now(), Date.now() + RETRY_MS);
    },
    update: (signal) => updater.update(GATEWAY, signal),
    logger,
    ...(everyMs === undefined ? {} : { everyMs }),
  });
  return {
    operations: modelPresetOperations({ presets, updater }),
    start: refresh.start,
    stop: refresh.stop,
  };
}
