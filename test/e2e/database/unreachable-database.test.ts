import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/configuration-error.ts';
import { freePort } from '../../support/loopback-port.ts';
import { startGateway } from '../../support/running-gateway.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Fault = readonly [name: string, url: () => Promise<string> | string, told: RegExp];

const server = inject('databaseServer');
/** Of the engine that the tests run on. */
const FAULTS: Readonly<Record<'sqlite' | 'postgres' | 'mysql', readonly Fault[]>> = {
  sqlite: [
    [
      'a file that is none',
      () => `sqlite:${written('not a database, but long enough to be read'.repeat(9))}`,
      /no SQLite database/,
    ],
    ['a folder in its place', () => `sqlite:${temporaryFolder()}`, /cannot be opened/],
  ],
  postgres: [
    ['a database that is not there', () => `${server?.url}/nowhere`, /no such database/],
    [
      'a user that is not there',
      () => `${server?.url.replace('postgres@', 'nobody-at-all:hidden@')}/postgres`,
      /refuses the user/,
    ],
    [
      'nobody at that address',
      async () => `postgres://a:hidden@127.0.0.1:${await freePort()}/b`,
      /nothing answers/,
    ],
  ],
  mysql: [
    [
      'a database that is not there',
      () => `${server?.url}/nowhere`,
      /no such database|refuses the user that database/,
    ],
    [
      'a wrong password',
      () => `${server?.url.replace(/:[^:@]+@/, ':hidden@')}/mysql`,
      /refuses the user or the password/,
    ],
    [
      'nobody at that address',
      async () => `mysql://a:hidden@127.0.0.1:${await freePort()}/b`,
      /nothing answers/,
    ],
  ],
};

function written(text: string): string {
  const file = join(temporaryFolder(), 'gateway.db');
  writeFileSync(file, text);
  return file;
}

it.each(FAULTS[server?.engine ?? 'sqlite'])(
  'a start with %s says so by the name of the variable',
  async (_, url, told) => {
    const starting = startGateway({ env: { DATABASE_URL: await url(), PORTKEY_GATEWAY_URL: 'off' } });
    const error: unknown = await starting.catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(/DATABASE_URL: /);
    expect(String(error)).toMatch(told);
    expect(String(error)).not.toContain('hidden');
  },
);
