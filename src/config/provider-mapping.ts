import type { CompatibleProfile, ProviderType } from '../core/catalog.ts';

/** What is known of a provider by its type, or by its name where it speaks OpenAI's dialect. */
export interface ProviderProfile {
  /** Where the provider listens; undefined where the operator must say. */
  readonly defaultBaseUrl: string | undefined;
  /** What is put behind a base URL that has no version segment; empty where the provider has none. */
  readonly versionSegment: string;
  /** Whether streams take `stream_options.include_usage`. */
  readonly takesStreamUsage: boolean;
  /** The header that carries the key: `Authorization: Bearer`, or `api-key`. */
  readonly auth: 'bearer' | 'api-key';
  /** Whether a thinking model refuses a history whose tool calls come without `reasoning_content`. */
  readonly wantsReasoningBack: boolean;
  /** What LiteLLM's list of prices puts before the names of its models; empty where nothing. */
  readonly listPrefix: string;
}

const OPENAI: ProviderProfile = {
  defaultBaseUrl: 'https://api.openai.com/v1',
  versionSegment: 'v1',
  takesStreamUsage: true,
  auth: 'bearer',
  wantsReasoningBack: false,
  listPrefix: '',
};

const PROFILES: Readonly<Record<ProviderType, ProviderProfile>> = {
  openai: OPENAI,
  deepseek: {
    ...OPENAI,
    defaultBaseUrl: 'https://api.deepseek.com/v1',
    wantsReasoningBack: true,
    listPrefix: 'deepseek/',
  },
  'openai-compatible': { ...OPENAI, defaultBaseUrl: undefined },
  anthropic: { ...OPENAI, defaultBaseUrl: 'https://api.anthropic.com/v1', takesStreamUsage: false },
  google: {
    ...OPENAI,
    defaultBaseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    versionSegment: 'v1beta',
    takesStreamUsage: false,
    listPrefix: 'gemini/',
  },
};

/** Adding a compatible provider is a row here, and its name in `COMPATIBLE_PROFILES`. */
const COMPATIBLE: Readonly<Record<CompatibleProfile, ProviderProfile>> = {
  'azure-openai': {
    ...OPENAI,
    defaultBaseUrl: undefined,
    versionSegment: 'openai/v1',
    auth: 'api-key',
    listPrefix: 'azure/',
  },
  groq: { ...OPENAI, defaultBaseUrl: 'https://api.groq.com/openai/v1', listPrefix: 'groq/' },
  // Refuses fields that it does not know, and sends the usage unasked.
  mistral: {
    ...OPENAI,
    defaultBaseUrl: 'https://api.mistral.ai/v1',
    takesStreamUsage: false,
    listPrefix: 'mistral/',
  },
  xai: { ...OPENAI, defaultBaseUrl: 'https://api.x.ai/v1', listPrefix: 'xai/' },
  openrouter: { ...OPENAI, defaultBaseUrl: 'https://openrouter.ai/api/v1', listPrefix: 'openrouter/' },
  // Has no version in its paths, and sends the usage with every chunk.
  perplexity: {
    ...OPENAI,
    defaultBaseUrl: 'https://api.perplexity.ai',
    versionSegment: '',
    takesStreamUsage: false,
    listPrefix: 'perplexity/',
  },
  qwen: {
    ...OPENAI,
    defaultBaseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    listPrefix: 'dashscope/',
  },
  moonshot: {
    ...OPENAI,
    defaultBaseUrl: 'https://api.moonshot.ai/v1',
    wantsReasoningBack: true,
    listPrefix: 'moonshot/',
  },
  together: { ...OPENAI, defaultBaseUrl: 'https://api.together.xyz/v1', listPrefix: 'together_ai/' },
  fireworks: {
    ...OPENAI,
    defaultBaseUrl: 'https://api.fireworks.ai/inference/v1',
    listPrefix: 'fireworks_ai/',
  },
  ollama: { ...OPENAI, defaultBaseUrl: 'http://127.0.0.1:11434/v1', listPrefix: 'ollama/' },
  vllm: { ...OPENAI, defaultBaseUrl: undefined, listPrefix: 'hosted_vllm/' },
};

/** What identifies a provider's profile. */
export interface ProfiledProvider {
  readonly type: ProviderType;
  readonly profile?: CompatibleProfile | undefined;
}

/** What is known of a provider; the profile counts for `openai-compatible` ones only. */
export function profileOf({ type, profile }: ProfiledProvider): ProviderProfile {
  return type === 'openai-compatible' && profile !== undefined ? COMPATIBLE[profile] : PROFILES[type];
}

/**
 * The base URL that requests go to: without a trailing slash, and with exactly one version segment wherever the
 * operator left it out. A version that is there (`/v1`, `/v1beta`, `/api/paas/v4`) is never touched.
 */
export function apiBaseUrl(provider: ProfiledProvider, baseUrl: string | undefined): string {
  const { defaultBaseUrl, versionSegment } = profileOf(provider);
  const url = new URL(baseUrl ?? defaultBaseUrl ?? '');
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const hasVersion = segments.some((segment) => /^v\d+[a-z0-9]*$/.test(segment));
  if (!hasVersion && versionSegment !== '') segments.push(versionSegment);
  return [url.origin, ...segments].join('/');
}
