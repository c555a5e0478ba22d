import express from 'express';
import { describe, expect, it } from 'vitest';
import { catalogContent, virtualKey } from '../../../../test/support/catalog-content.ts';
import { startLocalServer } from '../../../../test/support/local-server.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import type { CatalogContent } from '../../../core/catalog.ts';
import { Secret } from '../../../core/secret.ts';
import { createCatalog } from '../../../services/catalog.ts';
import { createModelPresets } from '../../../services/model-presets/model-presets.ts';
import { createErrorHandler } from '../../error-handler.ts';
import { assignRequestId } from '../../request-id.ts';
import { createModelInfoHandler, createModelsHandler } from '../models-handler.ts';

const KEY = 'vk-models-handler-1';

const provider = (id: string, enabled = true) => ({
  id,
  type: 'openai' as const,
  baseUrl: 'https://secret-address.example',
  apiKey: new Secret('sk-secret-0123456789'),
  enabled,
});
const model = (name: string, providerId = 'openai', enabled = true) => ({
  id: `model_${name}`,
  name,
  providerId,
  modelIdentifier: `${name}-2024-05-13`,
  limits: {},
  enabled,
});

const CONTENT = catalogContent({
  providers: [provider('openai'), provider('off', false)],
  models: [
    model('gpt'),
    model('beta'),
    model('obscure'),
    model('hidden', 'openai', false),
    model('unreachable', 'off'),
  ],
  virtualModels: [
    { id: 'v', name: 'smart', enabled: true, strategy: 'fallback', targets: [{ model: 'beta', weight: 1 }] },
    { id: 'd', name: 'dead', enabled: true, strategy: 'fallback', targets: [{ model: 'hidden', weight: 1 }] },
  ],
  keys: [virtualKey({ keyHash: `hash of ${KEY}` })],
});

/** What is known of one of them: its base has a preset. */
const PRESETS = [
  {
    name: 'GPT',
    provider: 'azure',
    mode: 'responses',
    maxInputTokens: 272_000,
    maxOutputTokens: 128_000,
    rates: { prompt: 150_000_000, cached: 75_000_000, completion: 600_000_000 },
    longPrompts: [{ above: 200_000, prompt: 300_000_000, completion: 1_200_000_000 }],
    hasOtherTokens: false,
    supports: ['prompt_caching', 'vision'],
  },
];

/** Asks for a list with a key, over a catalog. */
async function get(
  path: 'models' | 'info',
  content: CatalogContent = CONTENT,
  key: string | undefined = KEY,
) {
  const catalog = createCatalog();
  catalog.replace(content);
  const presets = createModelPresets(PRESETS);
  const deps = { catalog, presets, hashKey: (presented: string) => `hash of ${presented}` };
  const app = express();
  app.use(assignRequestId);
  app.get('/models', createModelsHandler(deps));
  app.get('/info', createModelInfoHandler(deps));
  app.use(createErrorHandler(createRecordingLogger()));
  const url = await startLocalServer(app);
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/${path}`, { headers });
  return { status: response.status, text: await response.text() };
}

const withKey = (fields: Parameters<typeof virtualKey>[0]): CatalogContent => ({
  ...CONTENT,
  keys: [virtualKey({ keyHash: `hash of ${KEY}`, ...fields })],
});

describe('GET /v1/models', () => {
  it('R9 lists what the key may call, by name, and nothing that is disabled', async () => {
    const { status, text } = await get('models');
    expect(status).toBe(200);
    const shown = { object: 'model', created: 1_700_000_000, owned_by: 'system' };
    expect(JSON.parse(text)).toEqual({
      object: 'list',
      data: ['beta', 'gpt', 'obscure', 'smart'].map((id) => ({ id, ...shown })),
    });
  });

  it('lists no model that is another key’s only', async () => {
    const { text } = await get('models', withKey({ models: ['smart', 'gone', 'hidden'] }));
    expect(text).not.toMatch(/gpt|beta|hidden|gone/);
    expect(JSON.parse(text)).toMatchObject({ data: [{ id: 'smart' }] });
  });

  it.each([
    ['no key', undefined, {}, 401, 'missing_authorization'],
    ['an unknown key', 'vk-somebody-else-1', {}, 401, 'invalid_api_key'],
    ['a disabled key', KEY, { enabled: false }, 403, 'api_key_disabled'],
    ['a key whose time is over', KEY, { expiresAt: 1 }, 403, 'api_key_expired'],
  ])('is refused for %s', async (_, key, fields, status, code) => {
    for (const path of ['models', 'info'] as const) {
      const answer = await get(path, withKey(fields), key ?? '');
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code } });
      expect(answer.text).not.toContain('gpt');
    }
  });
});

describe('GET /v1/model/info', () => {
  it('tells the model behind each name, and of a virtual one how it chooses; no target, address or key', async () => {
    const { text } = await get('info', withKey({ models: ['obscure', 'smart'] }));
    expect(JSON.parse(text)).toEqual({
      data: [
        {
          model_name: 'obscure',
          litellm_params: { model: 'obscure-2024-05-13' },
          model_info: { litellm_provider: 'openai', mode: 'chat' },
        },
        {
          model_name: 'smart',
          litellm_params: { model: 'smart' },
          model_info: { mode: 'chat', strategy: 'fallback' },
        },
      ],
    });
    expect(text).not.toMatch(/beta|secret/);
  });

  it('tells what is known of a model in LiteLLM’s words, prices in dollars per token, under its own provider', async () => {
    const { text } = await get('info', withKey({ models: ['gpt'] }));
    expect(JSON.parse(text)).toEqual({
      data: [
        {
          model_name: 'gpt',
          litellm_params: { model: 'gpt-2024-05-13' },
          model_info: {
            litellm_provider: 'openai',
            mode: 'responses',
            max_tokens: 128_000,
            max_input_tokens: 272_000,
            max_output_tokens: 128_000,
            input_cost_per_token: 1.5e-7,
            cache_read_input_token_cost: 7.5e-8,
            output_cost_per_token: 6e-7,
            input_cost_per_token_above_200k_tokens: 3e-7,
            output_cost_per_token_above_200k_tokens: 1.2e-6,
            supports_prompt_caching: true,
            supports_vision: true,
          },
        },
      ],
    });
  });
});
