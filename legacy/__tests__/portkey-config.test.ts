import { describe, expect, it } from 'vitest';
import type { ProviderType } from '../../src/core/catalog.ts';
import { Secret } from '../../src/core/secret.ts';
import { portkeyConfig } from '../portkey-config.ts';

function configOf(type: ProviderType, baseUrl: string, baseUrlIsExplicit: boolean, forward: string[] = []) {
  const provider = { id: 'p', type, baseUrl, baseUrlIsExplicit, apiKey: new Secret('sk-upstream') };
  const config: unknown = JSON.parse(portkeyConfig(provider, forward));
  return config;
}

describe('portkeyConfig', () => {
  it.each<[ProviderType, string]>([
    ['openai', 'openai'],
    ['anthropic', 'anthropic'],
    ['google', 'google'],
  ])('calls %s %s, gives it the key and leaves its default address to Portkey', (type, name) => {
    expect(configOf(type, 'https://default.example/v1', false)).toEqual({
      provider: name,
      api_key: 'sk-upstream',
    });
  });

  it.each<[ProviderType, string]>([
    ['deepseek', 'https://api.deepseek.com/v1'],
    ['openai-compatible', 'https://api.groq.com/openai/v1'],
  ])('names the address of %s even where it is the default: Portkey would ask OpenAI', (type, address) => {
    expect(configOf(type, address, false)).toEqual({
      provider: 'openai',
      api_key: 'sk-upstream',
      custom_host: address,
    });
  });

  it.each<[ProviderType, string, string]>([
    ['openai', 'https://proxy.example/v1', 'https://proxy.example/v1'],
    ['openai-compatible', 'http://127.0.0.1:8080/api/paas/v4', 'http://127.0.0.1:8080/api/paas/v4'],
    ['deepseek', 'https://eu.example/v1', 'https://eu.example/v1'],
    ['anthropic', 'https://claude.example/v1', 'https://claude.example/v1'],
    ['google', 'https://gemini.example/v1beta', 'https://gemini.example'],
    ['google', 'https://gemini.example/proxy/v1', 'https://gemini.example/proxy'],
    ['google', 'https://gemini.example/v1beta/proxy', 'https://gemini.example/v1beta/proxy'],
  ])('sends %s at %s to the host %s', (type, baseUrl, host) => {
    expect(configOf(type, baseUrl, true)).toMatchObject({ custom_host: host });
  });

  it('names the client headers to pass on, where there are any', () => {
    const forward = ['openai-beta', 'traceparent'];
    expect(configOf('openai', 'https://a.example/v1', false, forward)).toMatchObject({
      forward_headers: forward,
    });
    expect(configOf('openai', 'https://a.example/v1', false)).not.toHaveProperty('forward_headers');
  });

  it('is one line, as a header must be, whatever the key holds', () => {
    const provider = {
      id: 'p',
      type: 'openai',
      baseUrl: '',
      baseUrlIsExplicit: false,
      apiKey: new Secret('a"\nb'),
    } as const;
    expect(portkeyConfig(provider, [])).not.toMatch(/[\r\n]/);
    expect(JSON.parse(portkeyConfig(provider, []))).toMatchObject({ api_key: 'a"\nb' });
  });
});
