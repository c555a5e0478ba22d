import type { RequestHandler } from 'express';
import type { VirtualKey } from '../../core/catalog.ts';
import type { Routable } from '../../services/catalog.ts';
import { describePreset } from '../../services/model-presets/describe-preset.ts';
import type { ModelPresets } from '../../services/model-presets/model-presets.ts';
import { type AuthenticateDependencies, authenticate } from './authenticate.ts';

interface InfoDependencies extends AuthenticateDependencies {
  readonly presets: Pick<ModelPresets, 'of'>;
}

/** Models have no date of their own here; OpenAI's clients want one. */
const CREATED = 1_700_000_000;

/** `GET /v1/models`: what the key may call, by the names that it sends. */
export function createModelsHandler(deps: AuthenticateDependencies): RequestHandler {
  return (request, response) => {
    const models = listFor(deps, authenticate(request, deps));
    const data = models.map((id) => ({ id, object: 'model', created: CREATED, owned_by: 'system' }));
    response.json({ object: 'list', data });
  };
}

/**
 * `GET /v1/model/info`: the same in LiteLLM's form, with the model that is behind each, and its limits, prices in
 * dollars per token and abilities where they are known.
 */
export function createModelInfoHandler(deps: InfoDependencies): RequestHandler {
  return (request, response) => {
    const key = authenticate(request, deps);
    response.json({ data: deps.catalog.listFor(key).map((routable) => describe(routable, deps.presets)) });
  };
}

function listFor({ catalog }: AuthenticateDependencies, key: VirtualKey): string[] {
  return catalog.listFor(key).map(nameOf);
}

function nameOf(routable: Routable): string {
  return routable.kind === 'model' ? routable.resolved.model.name : routable.virtual.name;
}

function describe(routable: Routable, presets: InfoDependencies['presets']): object {
  if (routable.kind === 'virtual') {
    const { name, strategy } = routable.virtual;
    return { model_name: name, litellm_params: { model: name }, model_info: { mode: 'chat', strategy } };
  }
  const { model, provider } = routable.resolved;
  const preset = presets.of(model.modelIdentifier, provider);
  const known = preset === undefined ? {} : describePreset(preset);
  return {
    model_name: model.name,
    litellm_params: { model: model.modelIdentifier },
    model_info: { mode: 'chat', ...known, litellm_provider: provider.type },
  };
}
