import { resolve } from 'node:path';
import { z } from 'zod';
import type { DatabaseLocation } from '../core/database-location.ts';
import { Secret } from '../core/secret.ts';

const SERVERS: Readonly<Record<string, 'postgres' | 'mysql'>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
};

/** The database that a URL names: `sqlite:PATH`, `postgres://…` or `mysql://…`; the server's URL names a database. */
export const databaseUrl = z
  .string()
  .superRefine((value, context) => {
    const fault = faultOf(value);
    // The value itself may have a password in it.
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .transform(toLocation);

function faultOf(value: string): string | undefined {
  if (value.startsWith('sqlite:')) return value === 'sqlite:' ? 'names no file' : undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || SERVERS[url.protocol] === undefined) {
    return 'must be sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE or mysql://USER:PASSWORD@HOST/DATABASE';
  }
  if (url.hostname === '') return 'names no host';
  return /^\/[^/]+$/.test(url.pathname) ? undefined : 'names no database: it ends with /DATABASE';
}

function toLocation(value: string): DatabaseLocation {
  if (value.startsWith('sqlite:')) return { engine: 'sqlite', file: resolve(value.slice('sqlite:'.length)) };
  const url = new URL(value);
  return { engine: SERVERS[url.protocol] ?? 'postgres', url: new Secret(value) };
}
