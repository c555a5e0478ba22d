import { describe, expect, it } from 'vitest';
import { COMPATIBLE_PROFILES, type CompatibleProfile, type ProviderType } from '../../core/catalog.ts';
import { apiBaseUrl, profileOf } from '../provider-mapping.ts';

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
    expect(apiBaseUrl({ type }, baseUrl)).toBe(expected);
  });
});

describe('a compatible provider known by name', () => {
  it.each<[CompatibleProfile, string | undefined, string]>([
    ['azure-openai', 'https://r.openai.azure.com', 'https://r.openai.azure.com/openai/v1'],
    ['azure-openai', 'https://r.openai.azure.com/openai/v1/', 'https://r.openai.azure.com/openai/v1'],
    ['groq', undefined, 'https://api.groq.com/openai/v1'],
    ['mistral', undefined, 'https://api.mistral.ai/v1'],
    ['xai', undefined, 'https://api.x.ai/v1'],
    ['openrouter', undefined, 'https://openrouter.ai/api/v1'],
    ['perplexity', undefined, 'https://api.perplexity.ai'],
    ['qwen', undefined, 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1'],
    ['moonshot', undefined, 'https://api.moonshot.ai/v1'],
    ['together', undefined, 'https://api.together.xyz/v1'],
    ['fireworks', undefined, 'https://api.fireworks.ai/inference/v1'],
    ['ollama', undefined, 'http://127.0.0.1:11434/v1'],
    ['vllm', 'https://vllm.example', 'https://vllm.example/v1'],
  ])('%s at %s is %s', (profile, baseUrl, expected) => {
    expect(apiBaseUrl({ type: 'openai-compatible', profile }, baseUrl)).toBe(expected);
  });

  it.each(COMPATIBLE_PROFILES)('%s differs from OpenAI where it must only', (profile) => {
    const { auth, versionSegment } = profileOf({ type: 'openai-compatible', profile });
    expect(auth).toBe(profile === 'azure-openai' ? 'api-key' : 'bearer');
    expect(versionSegment).toMatch(/^(openai\/v1|v1|)$/);
  });
});

describe('profileOf', () => {
  const types: ProviderType[] = ['openai', 'deepseek', 'anthropic', 'google'];

  it('has a default address for every type that names one provider, with its version', () => {
    for (const type of types) {
      const { defaultBaseUrl, versionSegment } = profileOf({ type });
      expect(defaultBaseUrl?.endsWith(`/${versionSegment}`)).toBe(true);
    }
  });

  it('asks for usage in a stream where the dialect is OpenAI’s', () => {
    expect(types.filter((type) => profileOf({ type }).takesStreamUsage)).toEqual(['openai', 'deepseek']);
    expect(profileOf({ type: 'openai-compatible', profile: 'mistral' }).takesStreamUsage).toBe(false);
  });
});
