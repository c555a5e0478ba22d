import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../core/configuration-error.ts';
import { parseEnvironment } from '../environment.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function faultsOf(variables: Record<string, string>): readonly string[] {
  try {
    parseEnvironment(variables);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe('parseEnvironment', () => {
  it('has the defaults of the contract', () => {
    const { environment, warnings } = parseEnvironment({});
    expect(environment).toEqual({
      HOST: '127.0.0.1',
      PORT: 3000,
      WORKERS: '1',
      DATABASE_URL: { engine: 'sqlite', file: resolve('data/gateway.db') },
      BODY_LIMIT: 32 * 1024 * 1024,
      USE_LITELLM: false,
      UNLEASH_ENVIRONMENT: 'production',
      LOG_LEVEL: 'info',
      ALLOW_PRIVATE_UPSTREAMS: false,
    });
    expect(warnings).toEqual([]);
    expect(Object.isFrozen(environment)).toBe(true);
  });

  it('takes each variable', () => {
    const { environment } = parseEnvironment({
      HOST: '0.0.0.0',
      PORT: '0',
      DATABASE_URL: 'sqlite:/srv/x.db',
      DATA_DIR: '/srv',
      BODY_LIMIT: '512kb',
      USE_LITELLM: 'true',
      PORTKEY_GATEWAY_URL: 'off',
      UNLEASH_ENVIRONMENT: 'staging',
      GATEWAY_CONFIG: 'gateway.yaml',
      ENCRYPTION_KEY: KEY,
      ADMIN_PASSWORD: 'the password',
      ADMIN_TOKEN: 'the token',
      LOG_LEVEL: 'debug',
      ALLOW_PRIVATE_UPSTREAMS: '1',
    });
    expect(environment).toMatchObject({
      HOST: '0.0.0.0',
      PORT: 0,
      DATABASE_URL: { engine: 'sqlite', file: '/srv/x.db' },
      DATA_DIR: '/srv',
      BODY_LIMIT: 512 * 1024,
      USE_LITELLM: true,
      PORTKEY_GATEWAY_URL: 'off',
      UNLEASH_ENVIRONMENT: 'staging',
      GATEWAY_CONFIG: 'gateway.yaml',
      LOG_LEVEL: 'debug',
      ALLOW_PRIVATE_UPSTREAMS: true,
    });
    expect(environment.ENCRYPTION_KEY?.reveal()).toBe(KEY);
    expect(environment.ADMIN_PASSWORD?.reveal()).toBe('the password');
    expect(environment.ADMIN_TOKEN?.reveal()).toBe('the token');
    expect(JSON.stringify(environment)).not.toMatch(/the password|the token|Bwc/);
  });

  it('takes an empty value for unset', () => {
    const empty = Object.fromEntries(
      ['HOST', 'PORT', 'DATABASE_URL', 'USE_LITELLM', 'REDIS_URL', 'ENCRYPTION_KEY', 'LOG_LEVEL'].map(
        (name) => [name, ''],
      ),
    );
    expect(parseEnvironment(empty)).toEqual(parseEnvironment({}));
  });

  it.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['yes', true],
    ['on', true],
    ['false', false],
    ['False', false],
    ['0', false],
    ['no', false],
    ['off', false],
  ])('reads USE_LITELLM=%s as %s', (value, expected) => {
    expect(parseEnvironment({ USE_LITELLM: value }).environment.USE_LITELLM).toBe(expected);
  });

  it.each([
    ['1024', 1024],
    ['1024b', 1024],
    ['2kb', 2048],
    ['3MB', 3 * 1024 * 1024],
  ])('reads BODY_LIMIT=%s as %i bytes', (value, bytes) => {
    expect(parseEnvironment({ BODY_LIMIT: value }).environment.BODY_LIMIT).toBe(bytes);
  });

  it.each([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', ' '],
    ['WORKERS', '2'],
    ['WORKERS', 'auto'],
    ['DATABASE_URL', 'postgres://user:hidden@host'],
    ['DATABASE_URL', 'mysql://user:hidden@/db'],
    ['DATABASE_URL', 'oracle://user:hidden@host/db'],
    ['DATABASE_URL', 'mysql://user:hidden@host/db?sslmode=require'],
    ['DATABASE_URL', 'mysql://user:hidden%@host/db'],
    ['DATABASE_URL', 'sqlite:'],
    ['BODY_LIMIT', '32gb'],
    ['BODY_LIMIT', 'much'],
    ['BODY_LIMIT', '-1mb'],
    ['USE_LITELLM', 'perhaps'],
    ['ENCRYPTION_KEY', 'hidden'],
    ['ENCRYPTION_KEY', Buffer.alloc(31).toString('base64')],
    ['ENCRYPTION_KEY', Buffer.alloc(33).toString('base64')],
    ['LOG_LEVEL', 'loud'],
    ['ALLOW_PRIVATE_UPSTREAMS', 'some'],
    ['REDIS_URL', 'https://user:hidden@host'],
    ['REDIS_URL', 'redis://'],
    ['UNLEASH_API_TOKEN', 'hidden'],
    ['UNLEASH_API_TOKEN', 'Bearer hidden'],
    ['UNLEASH_API_TOKEN', 'hidden\n'],
    ['UNLEASH_ADMIN_TOKEN', 'hidden'],
    ['UNLEASH_ADMIN_TOKEN', 'hid den'],
    ['PROMETHEUS_URL', 'http://prometheus'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://otel'],
  ])('refuses %s=%j by its name, without its value', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults.map((fault) => fault.split(':')[0])).toContain(name);
    expect(faults.every((fault) => fault.startsWith(`${name}: `))).toBe(true);
    expect(faults.join()).not.toContain('hidden');
  });

  it.each(['PROMETHEUS_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT'])(
    'says of %s that this version does not serve it',
    (name) => {
      expect(faultsOf({ [name]: 'x' })).toEqual([`${name}: is not served by this version`]);
    },
  );

  it('names all faults at once', () => {
    const faults = faultsOf({ PORT: 'http', LOG_LEVEL: 'loud', USE_LITELLM: 'perhaps', REDIS_URL: 'x' });
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
      'LOG_LEVEL',
      'PORT',
      'REDIS_URL',
      'USE_LITELLM',
    ]);
    expect(() => parseEnvironment({ PORT: 'http', LOG_LEVEL: 'loud' })).toThrow(/PORT: .*\nLOG_LEVEL: /);
  });

  it.each([
    ['USE_LITELM', 'USE_LITELLM'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['ENCRYPTON_KEY', 'ENCRYPTION_KEY'],
    ['DATADIR', 'DATA_DIR'],
  ])('warns that %s may have been meant as %s, and does not take it', (misspelt, meant) => {
    const { environment, warnings } = parseEnvironment({ [misspelt]: 'true' });
    expect(warnings).toEqual([expect.stringContaining(misspelt)]);
    expect(warnings[0]).toContain(meant);
    expect(environment).toEqual(parseEnvironment({}).environment);
  });

  it("does not warn of the machine's own variables", () => {
    expect(
      parseEnvironment({ PATH: '/bin', HOME: '/', POST: 'x', HOSTNAME: 'h', OPENAI_API_KEY: 'k' }).warnings,
    ).toEqual([]);
  });
});

describe('the flag server', () => {
  const url = { UNLEASH_URL: 'https://flags.example/api/' };

  it('is a URL with a token of its environment, and a second token where the gateway may change flags', () => {
    const tokens = {
      UNLEASH_API_TOKEN: 'default:production.hidden-1',
      UNLEASH_ADMIN_TOKEN: 'user:hidden-2',
    };
    const { environment } = parseEnvironment({ ...url, ...tokens });
    expect(environment.UNLEASH_URL).toBe('https://flags.example/api/');
    expect(environment.UNLEASH_API_TOKEN?.reveal()).toBe('default:production.hidden-1');
    expect(environment.UNLEASH_ADMIN_TOKEN?.reveal()).toBe('user:hidden-2');
    expect(JSON.stringify(environment)).not.toContain('hidden');
  });

  it.each([
    [
      'a token that is no word',
      { ...url, UNLEASH_API_TOKEN: 'two words' },
      'UNLEASH_API_TOKEN: must be one word, as Unleash shows it',
    ],
    ['a URL without a token', url, 'UNLEASH_API_TOKEN: is needed with UNLEASH_URL'],
    ['a token without a URL', { UNLEASH_API_TOKEN: 'hidden' }, 'UNLEASH_API_TOKEN: needs UNLEASH_URL'],
    ['an admin token alone', { UNLEASH_ADMIN_TOKEN: 'hidden' }, 'UNLEASH_ADMIN_TOKEN: needs UNLEASH_URL'],
    [
      'a token of another environment',
      { ...url, UNLEASH_API_TOKEN: '*:development.hidden' },
      'UNLEASH_API_TOKEN: is of another environment than UNLEASH_ENVIRONMENT',
    ],
  ])('is not set by %s', (_, variables, fault) => {
    expect(faultsOf(variables)).toEqual([fault]);
  });

  it.each([
    'flags.example',
    'ftp://flags.example',
    'https://user:hidden@flags.example',
    'https://flags.example/?token=hidden',
  ])('is not at %s', (address) => {
    const faults = faultsOf({ UNLEASH_URL: address, UNLEASH_API_TOKEN: 'token' });
    expect(faults).toEqual([expect.stringMatching(/^UNLEASH_URL: must /)]);
    expect(faults.join()).not.toContain('hidden');
  });

  it('takes a token that does not tell its environment', () => {
    expect(faultsOf({ ...url, UNLEASH_API_TOKEN: 'opaque' })).toEqual([]);
  });
});

describe('the token of alerts', () => {
  it.each([
    ['too short', { ALERTS_TOKEN: 'fifteen letters' }, 'ALERTS_TOKEN: must have at least 16 characters'],
    [
      'the token of automation',
      { ALERTS_TOKEN: 'sixteen letters.', ADMIN_TOKEN: 'sixteen letters.' },
      'ALERTS_TOKEN: must not be ADMIN_TOKEN',
    ],
  ])('is not one that is %s', (_, variables, fault) => {
    expect(faultsOf(variables)).toEqual([fault]);
  });
});
