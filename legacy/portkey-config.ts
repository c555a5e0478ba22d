import type { ProviderType } from '../src/core/catalog.ts';
import type { CallProvider } from '../src/core/provider-call.ts';

/** Portkey's name for a provider, by type and never by address: any OpenAI-speaking one is its `openai`. */
const PORTKEY_PROVIDERS: Readonly<Record<ProviderType, string>> = {
  openai: 'openai',
  deepseek: 'openai',
  'openai-compatible': 'openai',
  anthropic: 'anthropic',
  google: 'google',
};

/**
 * The value of `x-portkey-config` for a call.
 * @param forwardHeaders names of client headers that Portkey is to pass on to the provider
 */
export function portkeyConfig(provider: CallProvider, forwardHeaders: readonly string[]): string {
  return JSON.stringify({
    provider: PORTKEY_PROVIDERS[provider.type],
    api_key: provider.apiKey.reveal(),
    ...(needsCustomHost(provider) ? { custom_host: customHost(provider) } : {}),
    ...(forwardHeaders.length > 0 ? { forward_headers: forwardHeaders } : {}),
  });
}

/** Portkey knows the default addresses of its own providers; any other account would go to OpenAI without one. */
function needsCustomHost(provider: CallProvider): boolean {
  return provider.baseUrlIsExplicit || provider.type === 'deepseek' || provider.type === 'openai-compatible';
}

/** Portkey's base URLs hold the version, but for Google, where it puts `/v1beta` itself. */
function customHost(provider: CallProvider): string {
  return provider.type === 'google' ? provider.baseUrl.replace(/\/v\d+[a-z0-9]*$/, '') : provider.baseUrl;
}
