import { mkdirSync } from 'node:fs';
import { Socket } from 'node:net';
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
const withStream = z.object({ stream: z.instanceof(Socket) });
/** The way to the server of either driver's connection: PostgreSQL's has it one further inside. */
const serverSocket = z.union([
  z.object({ connection: withStream }).transform(({ connection }) => connection.stream),
  withStream.transform(({ stream }) => stream),
]);

/** By PostgreSQL's numbers of types: `bigint`, `numeric`, which sums of those are, and `boolean`. */
const POSTGRES_PARSERS: Readonly<Record<number, (text: string) => number>> = {
  20: Number,
  1700: Number,
  16: (text) => Number(text === 't'),
};

type AfterCreate = (connection: unknown, done: (error: Error | null, connection: unknown) => void) => void;

/** How a database is used. */
export interface ConnectOptions {
  /**
   * How long a server may say nothing before its connection is given up, in milliseconds; without it for ever, which is
   * for changes of the schema only.
   */
  readonly answerMs?: number;
}

/** Connects to a database, a SQLite file made with its folder where it is not there. The caller destroys the connection. */
export function connectDatabase(location: DatabaseLocation, { answerMs }: ConnectOptions = {}): Knex {
  const knex =
    location.engine === 'sqlite'
      ? createKnex(toFile(location.file))
      : createKnex(SERVERS[location.engine](location.url.reveal(), answerMs));
  return knex.on('query-error', hideValues);
}

/**
 * What goes wrong is logged: MySQL's driver puts the statement into it, with everything that it was to write, and
 * PostgreSQL the row that it refuses.
 */
function hideValues(error: unknown): void {
  if (typeof error !== 'object' || error === null) return;
  for (const name of ['sql', 'detail']) Reflect.deleteProperty(error, name);
}

const SERVERS = { postgres: toPostgres, mysql: toMysql };
/** Messages of errors have the statement in them, with question marks for its values. */
const COMMON = { compileSqlOnError: false };

function toFile(file: string): Knex.Config {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const afterCreate: AfterCreate = (connection, done) => {
    const handle = sqliteHandle.parse(connection);
    handle.pragma('journal_mode = WAL');
    handle.pragma('foreign_keys = ON');
    handle.pragma(`busy_timeout = ${LOCKED_MS}`);
    done(null, connection);
  };
  return {
    ...COMMON,
    client: 'better-sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
    pool: { min: 1, max: 1, afterCreate },
  };
}

function toPostgres(url: string, answerMs: number | undefined): Knex.Config {
  return {
    ...COMMON,
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: 'banyan',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      types: { getTypeParser: parserOf },
    },
    pool: { ...POOL, afterCreate: beginningWith(`SET lock_timeout = ${LOCKED_MS}`, answerMs) },
    acquireConnectionTimeout: CONNECT_MS,
  };
}

/** What each connection begins with. */
function beginningWith(sql: string, answerMs: number | undefined): AfterCreate {
  return (connection, done) => {
    if (answerMs !== undefined) giveUpWhenSilent(serverSocket.parse(connection), answerMs);
    serverHandle.parse(connection).query(sql, (error) => done(error, connection));
  };
}

function giveUpWhenSilent(socket: Socket, answerMs: number): void {
  socket.setTimeout(answerMs, () => {
    socket.destroy(Object.assign(new Error('The database says nothing.'), { code: 'ETIMEDOUT' }));
  });
}

/** Values come as they do from the other engines: times and counts, all below 2^53, as numbers, booleans as 0 and 1. */
function parserOf(type: number, format?: string): (text: string) => unknown {
  return POSTGRES_PARSERS[type] ?? postgres.types.getTypeParser(type, format === 'binary' ? format : 'text');
}

/**
 * A value that does not fit is a fault, and is not cut off in silence. The modes are named one by one: the driver fills
 * values in by itself, with backslashes, which another mode of the server's would take for what they are.
 */
const MYSQL_SESSION = `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',
  innodb_lock_wait_timeout = ${LOCKED_MS / 1000}, lock_wait_timeout = ${LOCKED_MS / 1000}`;

function toMysql(url: string, answerMs: number | undefined): Knex.Config {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    ...COMMON,
    client: 'mysql2',
    connection: {
      host: hostname,
      port: port === '' ? 3306 : Number(port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: decodeURIComponent(pathname.slice(1)),
      charset: 'utf8mb4',
      connectTimeout: CONNECT_MS,
      ...(searchParams.get('ssl') === 'true' ? { ssl: { verifyIdentity: true } } : {}),
    },
    pool: { ...POOL, afterCreate: beginningWith(MYSQL_SESSION, answerMs) },
    acquireConnectionTimeout: CONNECT_MS,
  };
}
