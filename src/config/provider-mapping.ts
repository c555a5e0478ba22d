import type { ProviderType } from '../core/catalog.ts';

interface ProviderProfile {
  /** Where the type's provider listens; undefined where the operator must say. */
  readonly defaultBaseUrl: string | undefined;
  /** Version segment that is put behind a base URL which has none. */
  readonly versionSegment: string;
  /** Whether streams take `stream_options.include_usage`. */
  readonly takesStreamUsage: boolean;
}

/** What is known of a provider by its type. */
export const PROVIDER_PROFILES: Readonly<Record<ProviderType, ProviderProfile>> = {
  openai: { defaultBaseUrl: 'https://api.openai.com/v1', versionSegment: 'v1', takesStreamUsage: true },
  deepseek: { defaultBaseUrl: 'https://api.deepseek.com/v1', versionSegment: 'v1', takesStreamUsage: true },
  'openai-compatible': { defaultBaseUrl: undefined, versionSegment: 'v1', takesStreamUsage: true },
  anthropic: {
    defaultBaseUrl: 'https://api.anthropic.com/v1',
    versionSegment: 'v1',
    takesStreamUsage: false,
  },
  google: {
    defaultBaseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    versionSegment: 'v1beta',
    takesStreamUsage: false,
  },
};

/**
 * The base URL that requests go to: without a trailing slash, and with exactly one version segment wherever the
 * operator left it out. A version that is there (`/v1`, `/v1beta`, `/api/paas/v4`) is never touched.
 */
export function apiBaseUrl(type: ProviderType, baseUrl: string | undefined): string {
  const profile = PROVIDER_PROFILES[type];
  const url = new URL(baseUrl ?? profile.defaultBaseUrl ?? '');
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  if (!segments.some((segment) => /^v\d+[a-z0-9]*$/.test(segment))) segments.push(profile.versionSegment);
  return `${url.origin}/${segments.join('/')}`;
}
