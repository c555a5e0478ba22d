import type { ProviderCall } from '../../src/core/provider-call.ts';
import { Secret } from '../../src/core/secret.ts';

/** A chat completion of a key under `compat: openai` at an OpenAI-type provider, but for what is given. */
export function callFor(given: Partial<ProviderCall> & Pick<ProviderCall, 'body'>): ProviderCall {
  return {
    requestId: 'request-1',
    drawId: 'request-1',
    provider: {
      id: 'provider',
      type: 'openai',
      baseUrl: 'https://provider.example/v1',
      baseUrlIsExplicit: true,
      apiKey: new Secret('sk-upstream-0123456789'),
    },
    limits: {},
    headers: {},
    endpoint: 'chat.completions',
    upstreamPath: '/chat/completions',
    stream: false,
    form: undefined,
    model: 'model',
    key: { id: 'key-1', path: 'litellm', compat: 'openai' },
    withholdUsage: false,
    ...given,
  };
}
