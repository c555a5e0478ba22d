import type { JsonObject } from '../../../src/core/json.ts';
import { MODEL, PROVIDER_KEY, postChat } from '../../support/emulated-gateway.ts';
import { askAdmin } from './admin-client.ts';
import { type Entity, type Running, store } from './stored-entity.ts';

/** Models that are there beside the one of the configuration. */
export const SPARE_MODELS = ['spare', 'other'] as const;
/** A provider that is there beside the one of the configuration. */
export const SPARE_PROVIDER = 'second';
export const IDENTIFIER = 'gpt-4o-mini-2024-07-18';

/** What requests are resolved against. */
export function catalogEntities(gateway: Running): readonly Entity[] {
  return [...upstreams(gateway), virtualKey(gateway), ...virtualModels(gateway)];
}

function upstreams(gateway: Running): Entity[] {
  const account = { name: 'Main', apiKey: PROVIDER_KEY, enabled: true };
  /** The emulator takes no other key. */
  const isAccepted = async (_added: JsonObject, path: string) => {
    await askAdmin(gateway(), 'PATCH', path, { body: { baseUrl: gateway().emulator.url } });
    return (await askAdmin(gateway(), 'POST', `${path}/test`)).body.success === true;
  };
  const promptRule = {
    operationType: 'prepend',
    templateContent: 'Be brief.',
    systemMessage: 'Be kind.',
    enabled: true,
    injectOnce: true,
  };
  const limits = { timeout: 9000, firstTokenTimeout: 8000, idleTimeout: 7000, maxRetries: 2 };
  return [
    {
      name: 'provider',
      template: '/admin/providers/{id}',
      make: () => {
        const baseUrl = gateway().emulator.url;
        const body = { ...account, id: 'made', type: 'openai-compatible', profile: 'groq', baseUrl };
        return store(gateway, '/providers', body, isAccepted);
      },
      changes: [
        { field: 'name', value: 'Other' },
        { field: 'profile', value: 'openrouter' },
        { field: 'baseUrl', value: 'https://api.example.com/v1' },
        { field: 'enabled', value: false },
      ],
      cleared: [{ field: 'profile', value: null }],
      needed: ['name', 'type', 'enabled', 'apiKey'],
    },
    {
      name: 'provider of OpenAI’s',
      template: '/admin/providers/{id}',
      make: () => {
        const baseUrl = gateway().emulator.url;
        return store(gateway, '/providers', { ...account, id: 'made', type: 'openai', baseUrl }, isAccepted);
      },
      changes: [{ field: 'type', value: 'deepseek' }],
      cleared: [{ field: 'baseUrl', value: null }],
      needed: [],
    },
    {
      name: 'model',
      template: '/admin/models/{id}',
      make: () =>
        store(gateway, '/models', {
          name: 'made',
          providerId: 'emulator',
          modelIdentifier: IDENTIFIER,
          limits,
          promptRule,
          enabled: true,
        }),
      changes: [
        { field: 'name', value: 'renamed' },
        { field: 'providerId', value: SPARE_PROVIDER },
        { field: 'modelIdentifier', value: 'gpt-4o' },
        { field: 'limits', value: { timeout: 1000 }, shown: { ...limits, timeout: 1000 } },
        { field: 'promptRule', value: { enabled: false }, shown: { ...promptRule, enabled: false } },
        { field: 'enabled', value: false },
      ],
      cleared: [
        { field: 'promptRule', value: null },
        {
          field: 'limits',
          value: { timeout: null, maxRetries: null },
          shown: { ...limits, timeout: null, maxRetries: null },
        },
      ],
      needed: ['name', 'providerId', 'modelIdentifier', 'limits', 'enabled'],
    },
  ];
}

function virtualKey(gateway: Running): Entity {
  const rateLimit = { rpm: 600, tpm: 90_000 };
  /** One that is switched off or over is known all the same: an unknown one is a 401. */
  const isKnown = async ({ key }: JsonObject) => {
    const response = await postChat(gateway(), { key: String(key) });
    await response.arrayBuffer();
    return response.status !== 401;
  };
  return {
    name: 'virtual key',
    template: '/admin/virtual-keys/{id}',
    make: () =>
      store(
        gateway,
        '/virtual-keys',
        {
          name: 'made',
          models: ['spare'],
          path: 'litellm',
          compat: 'openai',
          rateLimit,
          monthlyTokens: 1_000_000,
          monthlyCost: 12.5,
          cacheEnabled: true,
          disableLogging: true,
          expiresAt: 4_102_444_800_000,
          enabled: true,
        },
        isKnown,
      ),
    changes: [
      { field: 'name', value: 'renamed' },
      { field: 'models', value: ['spare', 'other'] },
      { field: 'path', value: 'auto' },
      { field: 'compat', value: 'portkey' },
      { field: 'rateLimit', value: { rpm: 60 }, shown: { ...rateLimit, rpm: 60 } },
      { field: 'monthlyTokens', value: 2 },
      { field: 'monthlyCost', value: 0.5 },
      { field: 'cacheEnabled', value: false },
      { field: 'disableLogging', value: false },
      { field: 'expiresAt', value: 4_102_444_800_001 },
      { field: 'enabled', value: false },
    ],
    cleared: [
      { field: 'models', value: null },
      { field: 'rateLimit', value: null, shown: { rpm: null, tpm: null } },
      { field: 'rateLimit', value: { tpm: null }, shown: { ...rateLimit, tpm: null } },
      { field: 'monthlyTokens', value: null },
      { field: 'monthlyCost', value: null },
      { field: 'expiresAt', value: null },
      { field: 'ownerId', value: null },
    ],
    needed: ['name', 'path', 'compat', 'cacheEnabled', 'disableLogging', 'enabled'],
  };
}

function virtualModels(gateway: Running): Entity[] {
  const targets = [{ model: MODEL, weight: 3, on_status_codes: [429] }, { model: 'spare' }];
  return [
    {
      name: 'virtual model with targets',
      template: '/admin/config/routing-configs/{id}',
      make: () =>
        store(gateway, '/config/routing-configs', {
          name: 'made',
          description: 'two of them',
          type: 'loadbalance',
          config: { targets },
          enabled: true,
        }),
      changes: [
        { field: 'name', value: 'renamed' },
        { field: 'description', value: 'other' },
        { field: 'type', value: 'fallback', beside: { config: { strategy: { mode: 'fallback' }, targets } } },
        {
          field: 'config',
          value: { targets: [{ model: 'spare' }] },
          shown: { strategy: { mode: 'loadbalance' }, targets: [{ model: 'spare' }] },
        },
        { field: 'enabled', value: false },
      ],
      cleared: [{ field: 'description', value: null }],
      needed: ['name', 'type', 'config', 'enabled'],
    },
    {
      name: 'virtual model with experts',
      template: '/admin/expert-routing/{id}',
      make: () =>
        store(gateway, '/expert-routing', {
          name: 'made',
          description: 'by subject',
          config: expertsWith('Which of: {{USER_PROMPT}}'),
          enabled: true,
        }),
      changes: [
        { field: 'name', value: 'renamed' },
        { field: 'description', value: 'other' },
        { field: 'config', value: expertsWith('What is this: {{USER_PROMPT}}') },
        { field: 'enabled', value: false },
      ],
      cleared: [{ field: 'description', value: null }],
      needed: ['name', 'config', 'enabled'],
    },
  ];
}

/** Experts with a value of its own in every field, structured output among them. */
export function expertsWith(template: string) {
  return {
    classifier: {
      model: MODEL,
      prompt_template: template,
      max_tokens: 64,
      temperature: null,
      timeout: 5000,
      max_messages_to_classify: 4,
      ignore_system_messages: true,
      ignored_tags: ['note'],
      enable_structured_output: true,
    },
    experts: [{ id: 'e1', category: 'code', model: 'spare', description: 'programs', color: '#123456' }],
    fallback: { model: MODEL },
  };
}
