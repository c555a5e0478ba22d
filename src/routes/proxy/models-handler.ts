import type { RequestHandler } from 'express';
import type { VirtualKey } from '../../core/catalog.ts';
import type { Routable } from '../../services/catalog.ts';
import { authenticate, type ProxyDependencies } from './proxy-handler.ts';

type ModelsDependencies = Pick<ProxyDependencies, 'catalog' | 'hashKey'>;

/** Models have no date of their own here; OpenAI's clients want one. */
const CREATED = 1_700_000_000;

/** `GET /v1/models`: what the key may call, by the names that it sends. */
export function createModelsHandler(deps: ModelsDependencies): RequestHandler {
  return (request, response) => {
    const models = listFor(deps, authenticate(request, deps));
    const data = models.map((id) => ({ id, object: 'model', created: CREATED, owned_by: 'system' }));
    response.json({ object: 'list', data });
  };
}

/** `GET /v1/model/info`: the same in LiteLLM's form, with the model that is behind each. */
export function createModelInfoHandler(deps: ModelsDependencies): RequestHandler {
  return (request, response) => {
    const key = authenticate(request, deps);
    response.json({ data: deps.catalog.listFor(key).map(describe) });
  };
}

function listFor({ catalog }: ModelsDependencies, key: VirtualKey): string[] {
  return catalog.listFor(key).map(nameOf);
}

function nameOf(routable: Routable): string {
  return routable.kind === 'model' ? routable.resolved.model.name : routable.virtual.name;
}

function describe(routable: Routable): object {
  if (routable.kind === 'virtual') {
    const { name, strategy } = routable.virtual;
    return { model_name: name, litellm_params: { model: name }, model_info: { mode: 'chat', strategy } };
  }
  const { model, provider } = routable.resolved;
  return {
    model_name: model.name,
    litellm_params: { model: model.modelIdentifier },
    model_info: { litellm_provider: provider.type, mode: 'chat' },
  };
}
