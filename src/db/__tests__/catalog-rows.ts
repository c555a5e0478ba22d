import type { Knex } from 'knex';
import { Secret } from '../../core/secret.ts';
import { createCredentialCipher } from '../../services/credential-cipher.ts';
import { findKeyRecords } from '../key-records-repository.ts';
import { findModel, insertModel, saveModel, updateModel } from '../models-repository.ts';
import {
  findProviderRecord,
  insertProviderRecord,
  updateProviderRecord,
} from '../provider-records-repository.ts';
import { saveProvider } from '../providers-repository.ts';
import { findUserById, insertUser, updateUser } from '../users-repository.ts';
import { insertVirtualKey, updateVirtualKey } from '../virtual-keys-repository.ts';
import {
  findVirtualModelRecord,
  insertVirtualModelRecord,
  updateVirtualModelRecord,
} from '../virtual-model-records-repository.ts';
import { CHANGED_AT, MADE_UP, WRITTEN_AT, type WrittenRow } from './written-row.ts';

const TIMES = { created_at: WRITTEN_AT, updated_at: CHANGED_AT };
const READ_TIMES = { createdAt: WRITTEN_AT, updatedAt: CHANGED_AT };
const MONTH = '2026-11';
const cipher = createCredentialCipher(Buffer.alloc(32, 7));

const user = { id: 'user_1', username: 'ada', passwordHash: 'scrypt:salt:hash', role: 'operator' } as const;
const userColumns = { id: 'user_1', username: 'ada', password_hash: 'scrypt:salt:hash', role: 'operator' };

const users: readonly WrittenRow[] = [
  {
    table: 'users',
    async write(db, later) {
      await insertUser(db, user);
      later();
      // What is made has the first version of its tokens, and each new password makes it the next.
      for (const passwordHash of ['another', user.passwordHash])
        await updateUser(db, user.id, { passwordHash });
    },
    columns: { ...userColumns, enabled: 1, token_version: 2, ...TIMES },
    read: (db) => findUserById(db, user.id),
    fields: { ...user, enabled: true, tokenVersion: 2, ...READ_TIMES },
  },
];

const provider = {
  id: 'provider-1',
  type: 'openai-compatible',
  profile: 'groq',
  baseUrl: 'https://api.example/v1',
  apiKey: new Secret('sk-0123456789'),
} as const;
const providerColumns = {
  id: 'provider-1',
  type: 'openai-compatible',
  profile: 'groq',
  base_url: 'https://api.example/v1',
};

/** The sealed key is another text each time, and so is the secret another object. */
async function readProvider(db: Knex): Promise<object | undefined> {
  const record = await findProviderRecord(db, cipher, provider.id);
  return record === undefined ? undefined : { ...record, apiKey: record.apiKey.reveal() };
}

const providers: readonly WrittenRow[] = [
  {
    table: 'providers',
    async write(db, later) {
      await insertProviderRecord(db, cipher, { ...provider, name: 'The first', enabled: true });
      later();
      await updateProviderRecord(db, cipher, provider.id, {});
    },
    columns: { ...providerColumns, api_key: MADE_UP, name: 'The first', enabled: 1, ...TIMES },
    read: readProvider,
    fields: { ...provider, apiKey: 'sk-0123456789', name: 'The first', enabled: true, ...READ_TIMES },
  },
  {
    table: 'providers',
    async write(db, later) {
      await saveProvider(db, cipher, { ...provider, baseUrl: 'https://old.example' });
      later();
      await saveProvider(db, cipher, provider);
    },
    columns: { ...providerColumns, api_key: MADE_UP, name: null, enabled: 1, ...TIMES },
    read: readProvider,
    fields: { ...provider, apiKey: 'sk-0123456789', name: 'provider-1', enabled: true, ...READ_TIMES },
  },
];

const limits = { timeoutMs: 11, firstTokenTimeoutMs: 12, idleTimeoutMs: 13, maxRetries: 4 };
const model = {
  id: 'model_1',
  name: 'gpt',
  providerId: provider.id,
  modelIdentifier: 'gpt-2024',
  limits,
  promptRule: { operationType: 'prepend', templateContent: 'Be brief.' },
};
const modelColumns = {
  id: 'model_1',
  name: 'gpt',
  provider_id: 'provider-1',
  model_identifier: 'gpt-2024',
  model_attributes: '{"timeout":11,"firstTokenTimeout":12,"idleTimeout":13,"maxRetries":4}',
  prompt_config: '{"operationType":"prepend","templateContent":"Be brief."}',
  enabled: 1,
  ...TIMES,
};

const models: readonly WrittenRow[] = [
  {
    table: 'models',
    async write(db, later) {
      await saveProvider(db, cipher, provider);
      await insertModel(db, { ...model, enabled: true });
      later();
      await updateModel(db, { ...model, enabled: true });
    },
    columns: modelColumns,
    read: (db) => findModel(db, model.id),
    fields: { ...model, enabled: true },
  },
  {
    table: 'models',
    async write(db, later) {
      await saveProvider(db, cipher, provider);
      await saveModel(db, { ...model, modelIdentifier: 'gpt-2023', limits: {} });
      later();
      await saveModel(db, model);
    },
    columns: modelColumns,
    read: (db) => findModel(db, model.id),
    fields: { ...model, enabled: true },
  },
];

const OFF = { cacheEnabled: false, disableLogging: false, enabled: false };

/** A key with one of its switches on. */
function virtualKey(on: keyof typeof OFF): WrittenRow {
  const switches = { ...OFF, [on]: true };
  const column = { cacheEnabled: 'cache_enabled', disableLogging: 'disable_logging', enabled: 'enabled' }[on];
  return {
    table: 'virtual_keys',
    async write(db, later) {
      await insertVirtualKey(db, {
        id: 'key_1',
        name: 'team-a',
        keyHash: 'hash-1',
        keyPrefix: 'vk_abc',
        ownerId: 'user_1',
        previousKeyHash: 'hash-0',
        previousExpiresAt: 21,
        models: ['gpt', 'smart'],
        path: 'litellm',
        compat: 'openai',
        rpmLimit: 22,
        tpmLimit: 23,
        monthlyTokens: 24,
        monthlyNanoDollars: 25,
        expiresAt: 26,
        ...switches,
      });
      later();
      await updateVirtualKey(db, 'key_1', {});
    },
    columns: {
      id: 'key_1',
      name: 'team-a',
      key_hash: 'hash-1',
      key_prefix: 'vk_abc',
      owner_id: 'user_1',
      previous_key_hash: 'hash-0',
      previous_expires_at: 21,
      models: '["gpt","smart"]',
      path: 'litellm',
      compat: 'openai',
      rpm_limit: 22,
      tpm_limit: 23,
      monthly_tokens: 24,
      monthly_nano_dollars: 25,
      expires_at: 26,
      cache_enabled: 0,
      disable_logging: 0,
      enabled: 0,
      [column]: 1,
      ...TIMES,
    },
    read: async (db) => (await findKeyRecords(db, { month: MONTH }))[0],
    fields: {
      id: 'key_1',
      name: 'team-a',
      keyHash: 'hash-1',
      keyPrefix: 'vk_abc',
      ownerId: 'user_1',
      previous: { keyHash: 'hash-0', expiresAt: 21 },
      models: ['gpt', 'smart'],
      path: 'litellm',
      compat: 'openai',
      limits: { rpm: 22, tpm: 23, monthlyTokens: 24, monthlyNanoDollars: 25 },
      expiresAt: 26,
      isCached: switches.cacheEnabled,
      isLogged: !switches.disableLogging,
      enabled: switches.enabled,
      spent: { tokens: 0, nanoDollars: 0 },
      ...READ_TIMES,
    },
  };
}

/** A virtual model with what its configuration is in either table. */
function virtualModel(table: 'routing_configs' | 'expert_routing_configs', type?: 'loadbalance'): WrittenRow {
  const fields = { name: 'smart', description: 'The clever one', config: { targets: [] }, enabled: true };
  return {
    table,
    async write(db, later) {
      await insertVirtualModelRecord(db, table, 'virtual_1', { ...fields, type });
      later();
      await updateVirtualModelRecord(db, table, 'virtual_1', {});
    },
    columns: {
      id: 'virtual_1',
      name: 'smart',
      description: 'The clever one',
      config: '{"targets":[]}',
      enabled: 1,
      ...(type === undefined ? {} : { type }),
      ...TIMES,
    },
    read: (db) => findVirtualModelRecord(db, table, 'virtual_1'),
    fields: { id: 'virtual_1', ...fields, ...READ_TIMES },
  };
}

/** Everything that is written with the catalog, and who may. */
export const CATALOG_ROWS: readonly WrittenRow[] = [
  ...users,
  ...providers,
  ...models,
  virtualKey('cacheEnabled'),
  virtualKey('disableLogging'),
  virtualKey('enabled'),
  virtualModel('routing_configs', 'loadbalance'),
  virtualModel('expert_routing_configs'),
];
