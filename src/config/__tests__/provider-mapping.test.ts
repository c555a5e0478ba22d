import { describe, expect, it } from 'vitest';
import type { ProviderType } from '../../core/catalog.ts';
import { apiBaseUrl, PROVIDER_PROFILES } from '../provider-mapping.ts';

describe('apiBaseUrl', () => {
  it.each<[ProviderType, string | undefined, string]>([
    ['openai', undefined, 'https://api.openai.com/v1'],
    ['deepseek', undefined, 'https://api.deepseek.com/v1'],
    ['anthropic', undefined, 'https://api.anthropic.com/v1'],
    ['google', undefined, 'https://generativelanguage.googleapis.com/v1beta'],
    ['openai', 'https://api.openai.com', 'https://api.openai.com/v1'],
    ['openai', 'https://api.openai.com/', 'https://api.openai.com/v1'],
    ['openai', 'https://api.openai.com/v1', 'https://api.openai.com/v1'],
    ['openai', 'https://api.openai.com/v1/', 'https://api.openai.com/v1'],
    ['openai', 'https://api.openai.com/v1//', 'https://api.openai.com/v1'],
    ['openai-compatible', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080/v1'],
    ['openai-compatible', 'https://host/openai', 'https://host/openai/v1'],
    ['openai-compatible', 'https://host/openai/', 'https://host/openai/v1'],
    ['openai-compatible', 'https://open.bigmodel.cn/api/paas/v4', 'https://open.bigmodel.cn/api/paas/v4'],
    ['openai-compatible', 'https://open.bigmodel.cn/api/paas/v4/', 'https://open.bigmodel.cn/api/paas/v4'],
    ['openai-compatible', 'https://host/v1beta/openai', 'https://host/v1beta/openai'],
    ['openai-compatible', 'https://host/vertex/chat', 'https://host/vertex/chat/v1'],
    [
      'google',
      'https://generativelanguage.googleapis.com',
      'https://generativelanguage.googleapis.com/v1beta',
    ],
    [
      'google',
      'https://generativelanguage.googleapis.com/v1',
      'https://generativelanguage.googleapis.com/v1',
    ],
    ['google', 'https://host/v1beta/', 'https://host/v1beta'],
    ['deepseek', 'https://api.deepseek.com', 'https://api.deepseek.com/v1'],
    ['anthropic', 'https://host', 'https://host/v1'],
  ])('%s at %s is %s', (type, baseUrl, expected) => {
    expect(apiBaseUrl(type, baseUrl)).toBe(expected);
  });
});

describe('PROVIDER_PROFILES', () => {
  it('has a default address for every type that names one provider, with its version', () => {
    for (const [type, { defaultBaseUrl, versionSegment }] of Object.entries(PROVIDER_PROFILES)) {
      if (type === 'openai-compatible') expect(defaultBaseUrl).toBeUndefined();
      else expect(defaultBaseUrl?.endsWith(`/${versionSegment}`)).toBe(true);
    }
  });

  it('asks for usage in a stream where the dialect is OpenAI’s', () => {
    const asked = Object.entries(PROVIDER_PROFILES).filter(([, profile]) => profile.takesStreamUsage);
    expect(asked.map(([type]) => type).sort()).toEqual(['deepseek', 'openai', 'openai-compatible']);
  });
});
