import { describe, expect, it, vi } from 'vitest';
import { Secret } from '../../../../core/secret.ts';
import { createAnthropicUpstream } from '../anthropic-upstream.ts';

const account = {
  id: 'anthropic',
  type: 'anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  baseUrlIsExplicit: false,
  apiKey: new Secret('sk-ant-upstream'),
} as const;

/** Nothing may be sent while a request is only being built. */
const noFetch = () => Promise.reject(new Error('Something was sent.'));

describe('createAnthropicUpstream', () => {
  it('builds the request for an endpoint below the base URL', async () => {
    const upstream = createAnthropicUpstream(account, noFetch);
    expect(await upstream.prepare('/messages')).toMatchObject({
      origin: 'https://api.anthropic.com',
      path: '/v1/messages',
      headers: {
        'x-api-key': 'sk-ant-upstream',
        'anthropic-version': '2023-06-01',
        'content-type': 'application/json',
      },
    });
    expect((await upstream.prepare('/messages/count_tokens')).path).toBe('/v1/messages/count_tokens');
  });

  it('adds no second version segment, whatever the path of a proxy', async () => {
    const proxied = { ...account, baseUrl: 'http://127.0.0.1:9000/team/anthropic/v1' };
    expect(await createAnthropicUpstream(proxied, noFetch).prepare('/messages')).toMatchObject({
      origin: 'http://127.0.0.1:9000',
      path: '/team/anthropic/v1/messages',
    });
  });

  it("takes nothing from the process's environment", async () => {
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-of-environment');
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'token-of-environment');
    vi.stubEnv('ANTHROPIC_BASE_URL', 'https://environment.example');
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'x-custom: environment');
    try {
      const prepared = await createAnthropicUpstream(account, noFetch).prepare('/messages');
      expect(JSON.stringify(prepared)).not.toContain('environment');
      expect(Object.keys(prepared.headers)).not.toContain('authorization');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
