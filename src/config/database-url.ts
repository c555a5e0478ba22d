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
  if (!/^\/[^/]+$/.test(url.pathname)) return 'names no database: it ends with /DATABASE';
  if (!isDecodable(url)) return 'has a % in it that stands for nothing: write it as %25';
  const isMysql = SERVERS[url.protocol] === 'mysql';
  return isMysql && !isKnown(url.searchParams)
    ? 'may have ?ssl=true or ?ssl=false, and nothing else there'
    : undefined;
}

function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    decodeURIComponent(`${username}${password}${pathname}`);
    return true;
  } catch {
    return false;
  }
}

/** What would be left out in silence might be what keeps the traffic secret. */
function isKnown(parameters: URLSearchParams): boolean {
  return [...parameters].every(([name, value]) => name === 'ssl' && ['true', 'false'].includes(value));
}

function toLocation(value: string): DatabaseLocation {
  if (value.startsWith('sqlite:')) return { engine: 'sqlite', file: resolve(value.slice('sqlite:'.length)) };
  const url = new URL(value);
  return { engine: SERVERS[url.protocol] ?? 'postgres', url: new Secret(value) };
}
