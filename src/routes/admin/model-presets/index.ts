import { GatewayError } from '../../../core/gateway-error.ts';
import type { ModelPresets } from '../../../services/model-presets/model-presets.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import {
  modelNameParams,
  presetResponse,
  searchBody,
  searchResponse,
  statsResponse,
  updateResponse,
  viewMatch,
  viewPreset,
  viewStats,
} from './preset-schemas.ts';
import type { PresetUpdater } from './update-presets.ts';

export { createPresetUpdater } from './update-presets.ts';

export interface PresetRouteDependencies {
  readonly presets: Pick<ModelPresets, 'find' | 'search' | 'summary'>;
  readonly updater: PresetUpdater;
}

/** The source system's first name for them and its last one: both are public. */
const PATHS = ['/admin/litellm-presets', '/admin/model-presets'];

/** `/api/admin/model-presets`: what models are known to cost and to do, and the list that says so. */
export function modelPresetOperations(deps: PresetRouteDependencies): readonly AdminOperation[] {
  return PATHS.flatMap((path) => operationsAt(path, deps));
}

function operationsAt(
  path: string,
  { presets, updater }: PresetRouteDependencies,
): readonly AdminOperation[] {
  return [
    defineOperation({
      methods: ['get'],
      path: `${path}/stats`,
      role: 'viewer',
      summary: 'How many presets there are, of which providers, and where they come from',
      input: {},
      response: statsResponse,
      handle: () => viewStats(presets.summary(), Date.now()),
    }),
    defineOperation({
      methods: ['post'],
      path: `${path}/update`,
      role: 'admin',
      summary: 'Fetch the list of the system setting modelPresetsUrl; where that fails all stays as it is',
      input: {},
      response: updateResponse,
      async handle(_, actor) {
        const { total: count, skipped, source, updatedAt: lastUpdate } = await updater.update(actor);
        const message = `The list has ${count} models; ${skipped} entries could not be read.`;
        return { success: true as const, message, count, skipped, source, lastUpdate };
      },
    }),
    defineOperation({
      methods: ['post'],
      path: `${path}/search`,
      role: 'viewer',
      summary: 'Presets with the text in their names, the best match first',
      input: { body: searchBody },
      response: searchResponse,
      handle({ body: { query, limit } }) {
        const found = presets.search(query, limit);
        return { query, results: found.presets.map(viewMatch), total: found.total };
      },
    }),
    defineOperation({
      methods: ['get'],
      path: `${path}/model/{modelName}`,
      role: 'viewer',
      summary: 'One preset; slashes of its name are written as %2F',
      input: { params: modelNameParams },
      response: presetResponse,
      handle({ params: { modelName } }) {
        const preset = presets.find(modelName);
        if (preset === undefined) throw new GatewayError('not_found', `There is no preset "${modelName}".`);
        return viewPreset(preset);
      },
    }),
  ];
}
