import Anthropic from '@anthropic-ai/sdk';
import type { CallProvider } from '../../../core/provider-call.ts';
import { SdkRequests } from '../../sdk-requests.ts';

/** The version of the API that the mappings are written for, and that Portkey asks for; the SDK's moves with it. */
const API_VERSION = '2023-06-01';

/** The requests of one account of Anthropic's, by its official SDK. */
export function createAnthropicUpstream(provider: CallProvider, fetch: typeof globalThis.fetch): SdkRequests {
  const key = provider.apiKey.reveal();
  const client = new Anthropic({
    apiKey: key,
    // Else the SDK would take it from the process's environment.
    authToken: null,
    baseURL: provider.baseUrl,
    fetch,
    // Retries are the gateway's own, and only before the first byte.
    maxRetries: 0,
    logLevel: 'off',
  });
  return new SdkRequests(client, provider.apiKey, { 'x-api-key': key, 'anthropic-version': API_VERSION });
}
