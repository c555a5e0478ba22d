import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parseEnvironment } from '../environment.ts';
import { toSettings } from '../settings.ts';

const settingsOf = (variables: Record<string, string>) => toSettings(parseEnvironment(variables).environment);

it('works out the defaults', () => {
  expect(settingsOf({})).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    database: { engine: 'sqlite', file: resolve('data/gateway.db') },
    dataDir: resolve('data'),
    bodyLimitBytes: 32 * 1024 * 1024,
    useLitellm: false,
    portkeyGatewayUrl: undefined,
    flagEnvironment: 'production',
    flagServer: undefined,
    gatewayConfigFile: undefined,
    encryptionKey: undefined,
    adminPassword: undefined,
    adminToken: undefined,
    logLevel: 'info',
    allowPrivateUpstreams: false,
  });
});

it('waits longer for the head of an answer than between two chunks, and for a connection least of all', () => {
  const { connectMs, headersMs, idleMs } = settingsOf({}).upstreamLimits;
  expect(connectMs).toBeLessThan(idleMs);
  expect(idleMs).toBeLessThan(headersMs);
});

it("keeps data in the SQLite file's folder, unless DATA_DIR names another", () => {
  expect(settingsOf({ DATABASE_URL: 'sqlite:/srv/banyan/x.db' })).toMatchObject({
    database: { engine: 'sqlite', file: '/srv/banyan/x.db' },
    dataDir: '/srv/banyan',
  });
  expect(settingsOf({ DATABASE_URL: 'sqlite:/srv/x.db', DATA_DIR: '/var/lib/b' }).dataDir).toBe('/var/lib/b');
  expect(settingsOf({ DATA_DIR: 'here' }).dataDir).toBe(resolve('here'));
});

it.each([
  ['postgres://banyan:s3cret@db.example:5433/gateway', 'postgres'],
  ['postgresql://banyan:s3cret@db.example/gateway?sslmode=require', 'postgres'],
  ['mysql://banyan:s3cret@db.example/gateway', 'mysql'],
  ['mariadb://banyan:s3cret@db.example/gateway', 'mysql'],
])('knows a server by its URL, whose password is never shown: %s', (url, engine) => {
  const { database, dataDir } = settingsOf({ DATABASE_URL: url });
  expect(database.engine).toBe(engine);
  expect(JSON.stringify(database)).not.toContain('s3cret');
  expect(database.engine === 'sqlite' ? '' : database.url.reveal()).toBe(url);
  expect(dataDir).toBe(resolve('data'));
});

it('takes over what the environment says', () => {
  const settings = settingsOf({
    USE_LITELLM: 'yes',
    PORTKEY_GATEWAY_URL: 'http://portkey:8787',
    UNLEASH_ENVIRONMENT: 'staging',
    GATEWAY_CONFIG: 'g.yaml',
    ALLOW_PRIVATE_UPSTREAMS: 'on',
    ADMIN_TOKEN: 'token',
  });
  expect(settings).toMatchObject({
    useLitellm: true,
    portkeyGatewayUrl: 'http://portkey:8787',
    flagEnvironment: 'staging',
    gatewayConfigFile: 'g.yaml',
    allowPrivateUpstreams: true,
  });
  expect(settings.adminToken?.reveal()).toBe('token');
  expect(Object.isFrozen(settings)).toBe(true);
});

it.each(['https://flags.example/eu', 'https://flags.example/eu/', 'https://flags.example/eu/api/'])(
  'takes the flag server’s URL with or without /api: %s',
  (url) => {
    const { flagServer } = settingsOf({
      UNLEASH_URL: url,
      UNLEASH_API_TOKEN: 'default:staging.secret',
      UNLEASH_ENVIRONMENT: 'staging',
    });
    expect(flagServer).toMatchObject({
      url: 'https://flags.example/eu',
      environment: 'staging',
      adminToken: undefined,
      pollMs: 15_000,
    });
    expect(flagServer?.apiToken.reveal()).toBe('default:staging.secret');
  },
);
