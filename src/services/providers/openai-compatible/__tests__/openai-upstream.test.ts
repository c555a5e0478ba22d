import { describe, expect, it, vi } from 'vitest';
import type { CallProvider } from '../../../../core/provider-call.ts';
import { Secret } from '../../../../core/secret.ts';
import { createOpenAIUpstream } from '../openai-upstream.ts';

const provider: CallProvider = {
  id: 'openai',
  type: 'openai',
  baseUrl: 'https://proxy.example/openai/v1',
  baseUrlIsExplicit: true,
  apiKey: new Secret('sk-upstream-key'),
};

/** Nothing may be sent while a request is only being built. */
const noFetch = () => Promise.reject(new Error('Something was sent.'));

describe('createOpenAIUpstream', () => {
  it('builds the request for an endpoint below the base URL, authenticated with the account’s key', async () => {
    const prepared = await createOpenAIUpstream(provider, noFetch).prepare('/chat/completions');
    expect(prepared).toMatchObject({
      origin: 'https://proxy.example',
      path: '/openai/v1/chat/completions',
      headers: { authorization: 'Bearer sk-upstream-key', 'content-type': 'application/json' },
    });
  });

  it('takes the port into the origin', async () => {
    const local = { ...provider, baseUrl: 'http://127.0.0.1:9000/v1' };
    expect(await createOpenAIUpstream(local, noFetch).prepare('/embeddings')).toMatchObject({
      origin: 'http://127.0.0.1:9000',
      path: '/v1/embeddings',
    });
  });

  it('builds each endpoint once', async () => {
    const upstream = createOpenAIUpstream(provider, noFetch);
    const first = await upstream.prepare('/chat/completions');
    expect(await upstream.prepare('/chat/completions')).toBe(first);
    expect((await upstream.prepare('/embeddings')).path).toBe('/openai/v1/embeddings');
  });

  it('says nothing of the length of a body that it does not know, nor how to encode the answer', async () => {
    const { headers } = await createOpenAIUpstream(provider, noFetch).prepare('/chat/completions');
    expect(Object.keys(headers)).not.toContain('content-length');
    expect(Object.keys(headers)).not.toContain('accept-encoding');
  });

  it("takes nothing from the process's environment", async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-of-environment');
    vi.stubEnv('OPENAI_BASE_URL', 'https://environment.example');
    vi.stubEnv('OPENAI_ORG_ID', 'org-environment');
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-environment');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-custom: environment');
    try {
      const prepared = await createOpenAIUpstream(provider, noFetch).prepare('/chat/completions');
      expect(JSON.stringify(prepared)).not.toContain('environment');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
