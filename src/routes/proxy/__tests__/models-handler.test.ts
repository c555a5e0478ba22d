import express from 'express';
import { describe, expect, it } from 'vitest';
import { catalogContent, virtualKey } from '../../../../test/support/catalog-content.ts';
import { startLocalServer } from '../../../../test/support/local-server.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import type { CatalogContent } from '../../../core/catalog.ts';
import { Secret } from '../../../core/secret.ts';
import { createCatalog } from '../../../services/catalog.ts';
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
  modelIdentifier: `${name}-2024`,
  limits: {},
  enabled,
});

const CONTENT = catalogContent({
  providers: [provider('openai'), provider('off', false)],
  models: [model('gpt'), model('beta'), model('hidden', 'openai', false), model('unreachable', 'off')],
  virtualModels: [
    { id: 'v', name: 'smart', enabled: true, strategy: 'fallback', targets: [{ model: 'beta', weight: 1 }] },
    { id: 'd', name: 'dead', enabled: true, strategy: 'fallback', targets: [{ model: 'hidden', weight: 1 }] },
  ],
  keys: [virtualKey({ keyHash: `hash of ${KEY}` })],
});

/** Asks for a list with a key, over a catalog. */
async function get(
  path: 'models' | 'info',
  content: CatalogContent = CONTENT,
  key: string | undefined = KEY,
) {
  const catalog = createCatalog();
  catalog.replace(content);
  const deps = { catalog, hashKey: (presented: string) => `hash of ${presented}` };
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
      data: ['beta', 'gpt', 'smart'].map((id) => ({ id, ...shown })),
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
    const { text } = await get('info', withKey({ models: ['gpt', 'smart'] }));
    expect(JSON.parse(text)).toEqual({
      data: [
        {
          model_name: 'gpt',
          litellm_params: { model: 'gpt-2024' },
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
});
