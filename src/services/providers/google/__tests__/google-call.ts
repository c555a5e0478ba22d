import type { Compat } from '../../../../core/catalog.ts';
import type { JsonObject } from '../../../../core/json.ts';
import type { Endpoint, ProviderCall } from '../../../../core/provider-call.ts';
import { Secret } from '../../../../core/secret.ts';

/** The account's key in these tests. */
export const API_KEY = 'AIza-upstream-key';

/** A call to Gemini as the gateway would make it. */
export function googleCall(
  body: JsonObject,
  options: {
    readonly compat?: Compat;
    readonly endpoint?: Endpoint;
    readonly baseUrl?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly apiKey?: string;
  } = {},
): ProviderCall {
  const {
    compat = 'openai',
    endpoint = 'chat.completions',
    baseUrl = 'https://google.example/v1beta',
  } = options;
  return {
    requestId: 'req_1',
    drawId: 'draw_1',
    endpoint,
    upstreamPath: endpoint === 'embeddings' ? '/embeddings' : '/chat/completions',
    stream: body.stream === true,
    body: { model: 'gemini-2.5-flash', ...body },
    form: undefined,
    headers: options.headers ?? {},
    limits: {},
    model: 'gemini',
    provider: {
      id: 'google',
      type: 'google',
      baseUrl,
      baseUrlIsExplicit: true,
      apiKey: new Secret(options.apiKey ?? API_KEY),
    },
    key: { id: 'k', path: 'litellm', compat },
    withholdUsage: false,
  };
}
