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
  applyGatewayFile(parseGatewayFile(document, 'test', {}), { db, cipher, hashKey, allowPrivateUpstreams });

const TABLES = [
  'providers',
  'models',
  'virtual_keys',
  'flag_definitions',
  'rollout_settings',
  'system_config',
  'users',
];

/** Every row of every table, without the moment of its last change. */
async function dump(db: Knex): Promise<Record<string, object[]>> {
  const entries = TABLES.map(async (table) => {
    const rows: Record<string, unknown>[] = await db(table);
    return [table, rows.map(({ updated_at: _, ...row }) => row)] as const;
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

  it('tells what is not acted on yet', async () => {
    const { db } = await createMigratedDatabase();
    expect((await apply(db, { virtual_keys: [{ name: 'a', cache: false }] })).notActedOn).toEqual([]);
    const asked = {
      ...FILE,
      virtual_keys: [{ name: 'a', rate_limit: { rpm: 1 }, cache: true }],
    };
    expect((await apply(db, asked)).notActedOn.map((what) => what.split(' ')[0])).toEqual([
      'virtual_models',
      'rate_limit',
      'cache',
    ]);
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

  it('is none where private addresses are allowed', async () => {
    const { db } = await createMigratedDatabase();
    const file = {
      providers: [{ id: 'p', type: 'openai', base_url: 'http://127.0.0.1:1', api_key: 'sk-x' }],
    };
    await apply(db, file, true);
    expect((await loadCatalog(db, cipher)).providers).toHaveLength(1);
  });
});
