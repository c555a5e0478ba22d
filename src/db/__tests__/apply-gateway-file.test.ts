import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { createMigratedDatabase } from '../../../test/support/migrated-database.ts';
import { parseGatewayFile } from '../../config/gateway-file.ts';
import { ConfigurationError } from '../../core/configuration-error.ts';
import { enrolledPercent } from '../../rollout/flag-definition.ts';
import { createCredentialCipher } from '../../services/credential-cipher.ts';
import { createVirtualKeyHasher } from '../../services/virtual-key-hasher.ts';
import { applyGatewayFile } from '../apply-gateway-file.ts';
import { loadCatalog } from '../load-catalog.ts';
import { readRollout, writeRollout } from '../rollout-repository.ts';
import { readSystemConfig } from '../system-config-repository.ts';
import { updateVirtualKey } from '../virtual-keys-repository.ts';

const MASTER_KEY = Buffer.alloc(32, 1);
const cipher = createCredentialCipher(MASTER_KEY);
const hashKey = createVirtualKeyHasher(MASTER_KEY);

const FILE = {
  providers: [
    { id: 'openai', type: 'openai', api_key: 'sk-openai-secret' },
    {
      id: 'local',
      type: 'openai-compatible',
      base_url: 'https://llm.example/v1',
      api_key: 'sk-local-secret',
    },
  ],
  models: [
    { name: 'gpt', provider: 'openai', model_identifier: 'gpt-2024' },
    { name: 'llama', provider: 'local' },
  ],
  virtual_models: [{ name: 'smart', strategy: 'fallback', targets: [{ model: 'gpt' }] }],
  virtual_keys: [
    { name: 'team-a', key: 'vk-team-a-secret', models: ['gpt', 'smart'], path: 'litellm', compat: 'openai' },
    { name: 'team-b' },
  ],
  rollout: { enrolled_percent: 10, arm_share: 0.5 },
};

const apply = (db: Knex, document: object, allowPrivateUpstreams = false) =>
  applyGatewayFile(parseGatewayFile(document, 'test', {}), {
    db,
    cipher,
    hashKey,
    allowPrivateUpstreams,
    async resolveHost(hostname) {
      if (hostname === 'inner.example') return ['93.184.215.14', '10.1.2.3'];
      throw new Error('ENOTFOUND');
    },
  });

const TABLES = [
  'providers',
  'models',
  'routing_configs',
  'expert_routing_configs',
  'virtual_keys',
  'flag_definitions',
  'rollout_settings',
  'system_config',
  'users',
];

/** Every row of every table, without the moment of its last change and the catalog's version. */
async function dump(db: Knex): Promise<Record<string, object[]>> {
  const entries = TABLES.map(async (table) => {
    const rows: Record<string, unknown>[] = await db(table);
    const kept = rows.filter(({ key }) => key !== 'catalog_version');
    return [table, kept.map(({ updated_at: _, ...row }) => row)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const keyNamed = async (db: Knex, name: string) =>
  (await loadCatalog(db, cipher)).keys.find((key) => key.name === name);

describe('the first application', () => {
  it('stores providers, models and keys as the file says, with the defaults of the contract', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    const { providers, models, keys } = await loadCatalog(db, cipher);
    expect(providers).toMatchObject([
      { id: 'local', type: 'openai-compatible', baseUrl: 'https://llm.example/v1', enabled: true },
      { id: 'openai', type: 'openai', baseUrl: undefined, enabled: true },
    ]);
    expect(providers.map(({ apiKey }) => apiKey.reveal())).toEqual(['sk-local-secret', 'sk-openai-secret']);
    expect(models).toMatchObject([
      { name: 'gpt', providerId: 'openai', modelIdentifier: 'gpt-2024', enabled: true },
      { name: 'llama', providerId: 'local', modelIdentifier: 'llama', enabled: true },
    ]);
    expect(keys).toMatchObject([
      {
        name: 'team-a',
        keyHash: hashKey('vk-team-a-secret'),
        models: ['gpt', 'smart'],
        path: 'litellm',
        compat: 'openai',
        enabled: true,
      },
      { name: 'team-b', models: undefined, path: 'auto', compat: 'portkey', enabled: true },
    ]);
    expect(new Set(keys.map(({ id }) => id)).size).toBe(2);
  });

  it('makes a key where the file spells none out, and reports it once', async () => {
    const { db } = await createMigratedDatabase();
    const { createdKeys } = await apply(db, FILE);
    expect(createdKeys.map(({ name }) => name)).toEqual(['team-b']);
    const made = createdKeys[0]?.key.reveal() ?? '';
    expect(made).toMatch(/^vk_[\w-]{32}$/);
    expect((await keyNamed(db, 'team-b'))?.keyHash).toBe(hashKey(made));
    expect((await apply(db, FILE)).createdKeys).toEqual([]);
    expect((await keyNamed(db, 'team-b'))?.keyHash).toBe(hashKey(made));
  });

  it('stores a first rollout, and one for nobody where the file has none', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    const state = await readRollout(db);
    expect(enrolledPercent(state?.flags ?? [])).toBe(10);
    expect(state?.armShare).toBe(0.5);
    const { db: other } = await createMigratedDatabase();
    await apply(other, {});
    expect(await readRollout(other)).toMatchObject({ armShare: 1 });
    expect(enrolledPercent((await readRollout(other))?.flags ?? [])).toBe(0);
    expect((await readRollout(other))?.armSalt).not.toBe(state?.armSalt);
  });
});

describe('a further application', () => {
  it('changes nothing where the file is the same', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    const before = await dump(db);
    await apply(db, FILE);
    expect(await dump(db)).toEqual(before);
  });

  it('lets a field that the file names win, and leaves the others of a key', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    const before = await keyNamed(db, 'team-a');
    await apply(db, {
      virtual_keys: [{ name: 'team-a', path: 'legacy', enabled: false, key: 'vk-another-secret' }],
    });
    expect(await keyNamed(db, 'team-a')).toEqual({
      ...before,
      path: 'legacy',
      enabled: false,
      keyHash: hashKey('vk-another-secret'),
    });
  });

  it.each([
    ['rpm_limit', { rate_limit: { rpm: 5 } }, { rpm_limit: 5, tpm_limit: 200, cache_enabled: 1 }],
    ['tpm_limit', { rate_limit: { tpm: 6 } }, { rpm_limit: 100, tpm_limit: 6, cache_enabled: 1 }],
    ['cache_enabled', { cache: false }, { rpm_limit: 100, tpm_limit: 200, cache_enabled: 0 }],
    ['none', {}, { rpm_limit: 100, tpm_limit: 200, cache_enabled: 1 }],
  ])('changes of the limits and the cache only %s', async (_, change, expected) => {
    const { db } = await createMigratedDatabase();
    await apply(db, { virtual_keys: [{ name: 'a', rate_limit: { rpm: 100, tpm: 200 }, cache: true }] });
    await apply(db, { virtual_keys: [{ name: 'a', ...change }] });
    expect(await db('virtual_keys').select('rpm_limit', 'tpm_limit', 'cache_enabled')).toEqual([expected]);
  });

  it('leaves what the file does not name at all', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    const before = await dump(db);
    await apply(db, {});
    expect(await dump(db)).toEqual(before);
  });

  it('changes address, key and identifier, and keeps ids and creation times', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    const [model] = await db('models').where({ name: 'gpt' });
    await apply(db, {
      providers: [{ id: 'openai', type: 'openai', base_url: 'https://eu.example', api_key: 'sk-rotated' }],
      models: [{ name: 'gpt', provider: 'local', model_identifier: 'gpt-2025' }],
    });
    const catalog = await loadCatalog(db, cipher);
    const openai = catalog.providers.find(({ id }) => id === 'openai');
    expect(openai?.apiKey.reveal()).toBe('sk-rotated');
    expect(openai?.baseUrl).toBe('https://eu.example');
    const [changed] = await db('models').where({ name: 'gpt' });
    expect(changed).toMatchObject({
      id: model.id,
      created_at: model.created_at,
      provider_id: 'local',
      model_identifier: 'gpt-2025',
    });
  });

  it('does not switch on again what was switched off: the file cannot name that', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    await db('providers').where({ id: 'local' }).update({ enabled: false });
    await db('models').where({ name: 'gpt' }).update({ enabled: false });
    await apply(db, FILE);
    const { providers, models } = await loadCatalog(db, cipher);
    expect(providers.filter(({ enabled }) => enabled).map(({ id }) => id)).toEqual(['openai']);
    expect(models.filter(({ enabled }) => enabled).map(({ name }) => name)).toEqual(['llama']);
  });

  it('never touches a rollout that is stored', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    const state = await readRollout(db);
    if (state === undefined) throw new Error('No rollout was stored.');
    await writeRollout(db, { ...state, armShare: 0.25 });
    await apply(db, { rollout: { enrolled_percent: 100, arm_share: 1 } });
    expect(await readRollout(db)).toEqual({ ...state, armShare: 0.25 });
  });
});

describe('virtual models in the file', () => {
  const classifier = { model: 'gpt', prompt_template: 'Name the category of {{USER_PROMPT}}' };
  const expert = {
    name: 'smart',
    strategy: 'expert',
    classifier,
    experts: [{ id: 'e', category: 'c', model: 'llama' }],
  };
  const virtualModels = async (db: Knex) => (await loadCatalog(db, cipher)).virtualModels;

  it('are stored with their targets, weights and statuses', async () => {
    const { db } = await createMigratedDatabase();
    const targets = [
      { model: 'gpt', on_status_codes: [429] },
      { model: 'llama', weight: 3 },
    ];
    await apply(db, { ...FILE, virtual_models: [{ name: 'smart', strategy: 'loadbalance', targets }] });
    expect(await virtualModels(db)).toMatchObject([
      {
        name: 'smart',
        strategy: 'loadbalance',
        enabled: true,
        targets: [
          { model: 'gpt', weight: 1, onStatusCodes: [429] },
          { model: 'llama', weight: 3, onStatusCodes: undefined },
        ],
      },
    ]);
  });

  it('may change from targets to experts and back', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    await apply(db, { virtual_models: [expert] });
    expect(await virtualModels(db)).toMatchObject([
      { name: 'smart', strategy: 'expert', expertRouting: { classifier: { model: 'gpt', max_tokens: 512 } } },
    ]);
    await apply(db, FILE);
    expect(await virtualModels(db)).toMatchObject([{ name: 'smart', strategy: 'fallback' }]);
  });

  const routed = (name: string, ...models: string[]) => ({
    name,
    strategy: 'fallback',
    targets: models.map((model) => ({ model })),
  });

  it.each([
    ['an unknown target', [routed('v', 'gone')], /virtual_models: v: there is no model "gone"/],
    ['a circle', [routed('v', 'w'), routed('w', 'v')], /virtual_models: v: leads back to itself/],
    ['a name that a model has', [routed('gpt', 'llama')], /virtual_models: gpt: there is another model/],
    ['a target with experts', [expert, routed('v', 'smart')], /virtual_models: v: its target "smart"/],
    [
      'a classifier with experts',
      [expert, { ...expert, name: 'v', classifier: { ...classifier, model: 'smart' } }],
      /virtual_models: v: its classifier "smart" is itself routed to experts/,
    ],
  ])('are refused with %s, and nothing is written (M3, M11)', async (_, virtual_models, message) => {
    const { db } = await createMigratedDatabase();
    await apply(db, { ...FILE, virtual_models: [], virtual_keys: [] });
    const before = await dump(db);
    await expect(apply(db, { virtual_models })).rejects.toThrow(message);
    expect(await dump(db)).toEqual(before);
  });

  it('M11 are refused where a model of the file takes their name', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    await expect(apply(db, { models: [{ name: 'smart', provider: 'openai' }] })).rejects.toThrow(
      /smart: there is another model of that name/,
    );
  });
});

describe('every process', () => {
  it('is told to read the catalog anew, and of nothing that was refused', async () => {
    const { db } = await createMigratedDatabase();
    const version = () => readSystemConfig(db, 'catalog_version');
    const versions = [await version()];
    for (let round = 0; round < 2; round += 1) {
      await apply(db, FILE);
      versions.push(await version());
    }
    expect(new Set(versions).size).toBe(3);
    await expect(apply(db, { models: [{ name: 'x', provider: 'nobody' }] })).rejects.toThrow();
    expect(await version()).toBe(versions.at(-1));
  });
});

describe('limits of a key in the file', () => {
  it('are stored as they are meant: money in nano-dollars, times as moments', async () => {
    const { db } = await createMigratedDatabase();
    const key = {
      name: 'a',
      monthly_budget: { tokens: 5_000, dollars: 12.345678901 },
      rate_limit: { rpm: 7, tpm: 8 },
      logging: false,
      cache: true,
      expires_at: '2030-01-01T00:00:00+01:00',
    };
    await apply(db, { virtual_keys: [key] });
    expect(await keyNamed(db, 'a')).toMatchObject({
      limits: { rpm: 7, tpm: 8, monthlyTokens: 5_000, monthlyNanoDollars: 12_345_678_901 },
      isLogged: false,
      isCached: true,
      expiresAt: Date.UTC(2029, 11, 31, 23),
    });
  });
});

describe('a refused application', () => {
  it.each([
    [
      'a model of an unknown provider',
      { models: [{ name: 'x', provider: 'nobody' }] },
      /models: x: .*"nobody"/,
    ],
    [
      'a key for an unknown model',
      { virtual_keys: [{ name: 'k', models: ['gpt', 'no1', 'no2'] }] },
      /k: .*"no1", "no2"/,
    ],
    [
      'a private address',
      {
        providers: [{ id: 'p', type: 'openai-compatible', base_url: 'http://127.0.0.1:1', api_key: 'sk-x' }],
      },
      /providers: p: base_url: /,
    ],
    [
      'a name with a private address',
      {
        providers: [
          { id: 'p', type: 'openai', base_url: 'https://inner.example/v1', api_key: 'sk-x' },
          { id: 'q', type: 'openai', base_url: 'http://[::ffff:7f00:1]', api_key: 'sk-x' },
        ],
      },
      /providers: p: base_url: resolves to .*\n.*providers: q: base_url: is /,
    ],
    [
      'an address with credentials',
      { providers: [{ id: 'p', type: 'openai', base_url: 'https://u:hidden@llm.example', api_key: 'sk-x' }] },
      /providers: p: base_url: (?!.*hidden)/,
    ],
    [
      'the key of another name',
      { virtual_keys: [{ name: 'thief', key: 'vk-team-a-secret' }] },
      /virtual_keys: thief: /,
    ],
  ])('for %s names it and writes nothing', async (_, change, message) => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    const before = await dump(db);
    const good = {
      providers: [{ id: 'new', type: 'openai', api_key: 'sk-new' }],
      virtual_keys: [{ name: 'new' }],
    };
    const document = { ...good, ...change };
    const applied = apply(db, document);
    await expect(applied).rejects.toThrow(ConfigurationError);
    await expect(applied).rejects.toThrow(message);
    expect(await dump(db)).toEqual(before);
  });

  it('for the key that another had until its rotation names it: both would be let in by it', async () => {
    const { db } = await createMigratedDatabase();
    await apply(db, FILE);
    const { id = '' } = (await keyNamed(db, 'team-a')) ?? {};
    await updateVirtualKey(db, id, {
      keyHash: hashKey('vk-team-a-rotated'),
      previousKeyHash: hashKey('vk-team-a-secret'),
      previousExpiresAt: Date.now() + 60_000,
    });
    const thief = { virtual_keys: [{ name: 'thief', key: 'vk-team-a-secret' }] };
    await expect(apply(db, thief)).rejects.toThrow(/thief: its key belongs to "team-a"/);
  });

  it('is none where private addresses are allowed', async () => {
    const { db } = await createMigratedDatabase();
    const file = {
      providers: [{ id: 'p', type: 'openai', base_url: 'http://127.0.0.1:1', api_key: 'sk-x' }],
    };
    await apply(db, file, true);
    expect((await loadCatalog(db, cipher)).providers).toHaveLength(1);
  });
});
