import OpenAI from 'openai';
import { profileOf } from '../../../config/provider-mapping.ts';
import type { CallProvider } from '../../../core/provider-call.ts';
import { SdkRequests } from '../../sdk-requests.ts';

/** The requests of one account of a provider of OpenAI's dialect, by the official `openai` SDK. */
export function createOpenAIUpstream(provider: CallProvider, fetch: typeof globalThis.fetch): SdkRequests {
  const key = provider.apiKey.reveal();
  const client = new OpenAI({
    apiKey: key,
    baseURL: provider.baseUrl,
    fetch,
    // Retries are the gateway's own, and only before the first byte.
    maxRetries: 0,
    logLevel: 'off',
    // Else the SDK would take these from the process's environment.
    organization: null,
    project: null,
  });
  const usesBearer = profileOf(provider).auth === 'bearer';
  return new SdkRequests(
    client,
    provider.apiKey,
    usesBearer ? { authorization: `Bearer ${key}` } : { 'api-key': key },
  );
}
