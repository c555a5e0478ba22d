import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import createKnex, { type Knex } from 'knex';
import postgres from 'pg';
import { z } from 'zod';
import type { DatabaseLocation } from '../core/database-location.ts';

/** Connections to a server, at most; a request needs none while it is carried. */
const POOL = { min: 0, max: 10 };
/** How long a statement waits for a connection, a new one among them, in milliseconds. */
const CONNECT_MS = 10_000;
/** How long a statement waits for what another transaction has locked, in milliseconds. */
const LOCKED_MS = 5_000;

/** better-sqlite3's handle, as far as the pragmas need it. */
const sqliteHandle = z.custom<{ pragma(source: string): unknown }>(
  (handle) => typeof handle === 'object' && handle !== null && 'pragma' in handle,
);
const serverHandle = z.custom<{ query(sql: string, done: (error: Error | null) => void): unknown }>(
  (handle) => typeof handle === 'object' && handle !== null && 'query' in handle,
);

/** By PostgreSQL's numbers of types: `bigint`, `numeric`, which sums of those are, and `boolean`. */
const POSTGRES_PARSERS: Readonly<Record<number, (text: string) => number>> = {
  20: Number,
  1700: Number,
  16: (text) => Number(text === 't'),
};

type AfterCreate = (connection: unknown, done: (error: Error | null, connection: unknown) => void) => void;

/** Connects to a database, a SQLite file made with its folder where it is not there. The caller destroys the connection. */
export function connectDatabase(location: DatabaseLocation): Knex {
  if (location.engine === 'sqlite') return connectFile(location.file);
  const url = location.url.reveal();
  return location.engine === 'postgres' ? connectPostgres(url) : connectMysql(url);
}

function connectFile(file: string): Knex {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const afterCreate: AfterCreate = (connection, done) => {
    const handle = sqliteHandle.parse(connection);
    handle.pragma('journal_mode = WAL');
    handle.pragma('foreign_keys = ON');
    handle.pragma(`busy_timeout = ${LOCKED_MS}`);
    done(null, connection);
  };
  return createKnex({
    client: 'better-sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
    pool: { min: 1, max: 1, afterCreate },
  });
}

function connectPostgres(url: string): Knex {
  return createKnex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: 'banyan',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      types: { getTypeParser: parserOf },
    },
    pool: { ...POOL, afterCreate: sending(`SET lock_timeout = ${LOCKED_MS}`) },
    acquireConnectionTimeout: CONNECT_MS,
  });
}

/** A statement that each connection begins with. */
function sending(sql: string): AfterCreate {
  return (connection, done) => {
    serverHandle.parse(connection).query(sql, (error) => done(error, connection));
  };
}

/** Values come as they do from the other engines: times and counts, all below 2^53, as numbers, booleans as 0 and 1. */
function parserOf(type: number, format?: string): (text: string) => unknown {
  return POSTGRES_PARSERS[type] ?? postgres.types.getTypeParser(type, format === 'binary' ? format : 'text');
}

/** A value that does not fit is a fault, and is not cut off in silence. */
const MYSQL_SESSION = `SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'),
  innodb_lock_wait_timeout = ${LOCKED_MS / 1000}, lock_wait_timeout = ${LOCKED_MS / 1000}`;

function connectMysql(url: string): Knex {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return createKnex({
    client: 'mysql2',
    connection: {
      host: hostname,
      port: port === '' ? 3306 : Number(port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: decodeURIComponent(pathname.slice(1)),
      charset: 'utf8mb4',
      connectTimeout: CONNECT_MS,
      ...(searchParams.get('ssl') === 'true' ? { ssl: {} } : {}),
    },
    pool: { ...POOL, afterCreate: sending(MYSQL_SESSION) },
    acquireConnectionTimeout: CONNECT_MS,
  });
}
