import type { IncomingHttpHeaders } from 'node:http';
import { profileOf } from '../../config/provider-mapping.ts';
import type { VirtualKey } from '../../core/catalog.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { FormPayload, LiteLLMConfig, ProviderCall } from '../../core/provider-call.ts';
import type { ResolvedModel } from '../../services/catalog.ts';
import type { EndpointRoute } from './endpoints.ts';

/** The only client headers that reach a provider. */
const FORWARDED_HEADERS = [
  'anthropic-version',
  'anthropic-beta',
  'openai-beta',
  'idempotency-key',
  'traceparent',
];

/** A checked client request, with what it was resolved to. */
export interface CheckedRequest {
  readonly requestId: string;
  /** See `ProviderCall`. */
  readonly drawId: string;
  readonly route: EndpointRoute;
  readonly key: VirtualKey;
  readonly resolved: ResolvedModel;
  readonly body: JsonObject;
  /** The form that goes out in place of the body, where the client sent one. */
  readonly form?: FormPayload | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** How a request for a resolved model is carried: to whose account, within which limits, with which headers. */
export function buildProviderConfig(resolved: ResolvedModel, headers: IncomingHttpHeaders): LiteLLMConfig {
  return { provider: resolved.provider, limits: resolved.model.limits, headers: pickForwarded(headers) };
}

/**
 * Puts a client's request into the form in which either path carries it: the provider's model identifier in place of
 * the name, usage asked for on every stream, and none of the client's headers but those of the allow-list.
 */
export function buildCall(request: CheckedRequest): ProviderCall {
  const { route, key, resolved, requestId, drawId } = request;
  const stream = request.body.stream === true;
  const named = { ...request.body, model: resolved.model.modelIdentifier };
  const mayAskUsage = stream && route.takesStreamOptions && profileOf(resolved.provider).takesStreamUsage;
  const asked = mayAskUsage ? askForUsage(named) : undefined;
  return {
    ...buildProviderConfig(resolved, request.headers),
    requestId,
    drawId,
    endpoint: route.endpoint,
    upstreamPath: route.path,
    stream,
    body: asked ?? named,
    form: request.form,
    model: resolved.model.name,
    key: { id: key.id, path: key.path, compat: key.compat },
    withholdUsage: asked !== undefined,
  };
}

/** The body with `stream_options.include_usage`; undefined where the client asked itself, or wrote no object there. */
function askForUsage(body: JsonObject): JsonObject | undefined {
  const given = body.stream_options ?? {};
  if (!isJsonObject(given) || given.include_usage === true) return undefined;
  return { ...body, stream_options: { ...given, include_usage: true } };
}

function pickForwarded(headers: IncomingHttpHeaders): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of FORWARDED_HEADERS) {
    const value = headers[name];
    // Providers refuse a header that names nothing, such as an empty list of betas.
    if (typeof value === 'string' && value !== '') picked[name] = value;
  }
  return picked;
}
