import type { JsonObject } from '../../../src/core/json.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import { createCredentialCipher } from '../../../src/services/credential-cipher.ts';
import { askAdmin } from './admin-client.ts';
import { type Entity, type Running, store } from './stored-entity.ts';

/** What the gateway of these tests seals credentials with. */
export const MASTER_KEY = Buffer.alloc(32, 9);

const PASSWORD = 'a long enough password';
const PORTKEY_KEY = 'pgw_key_of_the_gateway';

/** Who administers the installation, its settings, and what only the legacy path needs. */
export function installationEntities(gateway: Running): readonly Entity[] {
  return [...accounts(gateway), ...legacyGateways(gateway), settings(gateway)];
}

function accounts(gateway: Running): Entity[] {
  const user = { username: 'made', password: PASSWORD, role: 'viewer' };
  const logsIn = async (username: string) => {
    const response = await fetch(`${gateway().url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: PASSWORD }),
    });
    return response.ok;
  };
  return [
    {
      name: 'account',
      template: '/admin/users/{id}',
      make: () => store(gateway, '/users', user, () => logsIn('made')),
      changes: [{ field: 'role', value: 'operator' }],
      cleared: [],
      needed: ['username', 'password', 'role', 'enabled'],
    },
    {
      name: 'account with another name',
      template: '/admin/users/{id}',
      make: () => store(gateway, '/users', user, () => logsIn('renamed')),
      changes: [{ field: 'username', value: 'renamed' }],
      cleared: [],
      needed: [],
    },
    {
      name: 'account that goes off',
      template: '/admin/users/{id}',
      make: () =>
        store(gateway, '/users', user, async (_added, path) => {
          await askAdmin(gateway(), 'PATCH', path, { body: { enabled: true } });
          return logsIn('made');
        }),
      changes: [{ field: 'enabled', value: false }],
      cleared: [],
      needed: [],
    },
  ];
}

function legacyGateways(gateway: Running): Entity[] {
  const url = 'https://portkey.example:8787';
  /** It is sent to other machines only: the database has to tell. */
  const isStored = async ({ id }: JsonObject) => {
    const db = connectDatabase(gateway().database);
    const row = await db('portkey_gateways')
      .where({ id: String(id) })
      .first();
    await db.destroy();
    return createCredentialCipher(MASTER_KEY).open(row.api_key).reveal() === PORTKEY_KEY;
  };
  return [
    {
      name: 'Portkey gateway',
      template: '/admin/portkey-gateways/{id}',
      make: () =>
        store(
          gateway,
          '/portkey-gateways',
          {
            name: 'made',
            url,
            description: 'the first',
            isDefault: true,
            enabled: true,
            containerName: 'portkey',
            port: 8787,
            apiKey: PORTKEY_KEY,
          },
          isStored,
        ),
      changes: [
        { field: 'name', value: 'Other' },
        { field: 'url', value: 'https://portkey.example:8788' },
        { field: 'description', value: 'other' },
        { field: 'isDefault', value: false },
        { field: 'enabled', value: false },
        { field: 'containerName', value: 'other' },
        { field: 'port', value: 8788 },
      ],
      cleared: [
        { field: 'description', value: null },
        { field: 'containerName', value: null },
        { field: 'port', value: null },
      ],
      needed: ['name', 'url', 'isDefault', 'enabled'],
    },
    {
      name: 'routing rule',
      template: '/admin/routing-rules/{id}',
      make: async () => {
        const { view } = await store(gateway, '/portkey-gateways', { name: 'of rules', url, enabled: false });
        return store(gateway, '/routing-rules', {
          name: 'made',
          description: 'for Claude',
          portkeyGatewayId: view.id,
          ruleType: 'model_name',
          ruleValue: 'claude-*',
          priority: 3,
          enabled: true,
        });
      },
      changes: [
        { field: 'name', value: 'Other' },
        { field: 'description', value: 'other' },
        { field: 'ruleType', value: 'provider' },
        { field: 'ruleValue', value: 'gpt-*' },
        { field: 'priority', value: 0 },
        { field: 'enabled', value: false },
      ],
      cleared: [{ field: 'description', value: null }],
      needed: ['name', 'portkeyGatewayId', 'ruleType', 'ruleValue', 'priority', 'enabled'],
    },
  ];
}

function settings(gateway: Running): Entity {
  const path = '/config/system-settings';
  const antiBot = {
    enabled: false,
    blockBots: true,
    blockSuspicious: true,
    logOnly: true,
    allowedUserAgents: ['curl', 'node'],
    blockedUserAgents: ['wget'],
  };
  const body = {
    allowRegistration: true,
    corsEnabled: true,
    publicUrl: 'https://gateway.example.com',
    litellmCompatEnabled: false,
    requestBodyDays: 3,
    modelPresetsUrl: 'https://prices.example.com/list.json',
    modelPresetsAutoUpdate: false,
    antiBot,
  };
  return {
    name: 'set of settings',
    template: '/admin/config/system-settings',
    async make() {
      const { body: view } = await askAdmin(gateway(), 'PUT', path, { body });
      return { path, view, secretWorks: async () => true };
    },
    changes: [
      { field: 'allowRegistration', value: false },
      { field: 'corsEnabled', value: false },
      { field: 'publicUrl', value: '' },
      { field: 'litellmCompatEnabled', value: true },
      { field: 'requestBodyDays', value: 1 },
      { field: 'modelPresetsUrl', value: 'https://prices.example.com/other.json' },
      { field: 'modelPresetsAutoUpdate', value: true },
      { field: 'antiBot', value: { blockBots: false }, shown: { ...antiBot, blockBots: false } },
    ],
    cleared: [],
    needed: ['allowRegistration', 'publicUrl', 'antiBot'],
  };
}
