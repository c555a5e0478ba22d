import { ConfigurationError } from '../core/configuration-error.ts';

/** What the operator can mend, by what a driver or the system says, in the order SQLite, PostgreSQL, MySQL, network. */
const FAULTS: Readonly<Record<string, string>> = {
  SQLITE_CANTOPEN: 'the file cannot be opened, or its folder is not there or not writable',
  SQLITE_READONLY: 'the file, or its folder, is read-only',
  SQLITE_READONLY_DIRECTORY: 'the file, or its folder, is read-only',
  SQLITE_FULL: 'the disk is full',
  SQLITE_NOTADB: 'the file is no SQLite database',
  SQLITE_CORRUPT: 'the file is damaged',
  '28P01': 'the server refuses the user or the password',
  '28000': 'the server refuses the user',
  '3D000': 'the server has no such database',
  '42501': 'the user may not do that',
  '53100': 'the server’s disk is full',
  '53300': 'the server has too many connections',
  '57P03': 'the server is starting, or being shut down',
  ER_ACCESS_DENIED_ERROR: 'the server refuses the user or the password',
  ER_DBACCESS_DENIED_ERROR: 'the server refuses the user that database',
  ER_BAD_DB_ERROR: 'the server has no such database',
  ER_TABLEACCESS_DENIED_ERROR: 'the user may not do that',
  ER_CON_COUNT_ERROR: 'the server has too many connections',
  ER_RECORD_FILE_FULL: 'the server’s disk is full',
  EACCES: 'the file cannot be opened, or its folder is not there or not writable',
  EROFS: 'the file, or its folder, is read-only',
  ENOSPC: 'the disk is full',
  ECONNREFUSED: 'nothing answers at that address',
  ECONNRESET: 'the server ended the connection',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host’s name cannot be looked up',
  ETIMEDOUT: 'the server does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
};

/** As a fault of `DATABASE_URL` where it is one that an operator can mend, and never with a password in it. */
export function toConnectionFault(error: unknown): unknown {
  const code = codeOf(error);
  const told = code === undefined ? undefined : FAULTS[code];
  return told === undefined ? error : new ConfigurationError([`DATABASE_URL: ${told} (${code})`]);
}

function codeOf(error: unknown): string | undefined {
  // A host with several addresses fails by each of them.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (!(error instanceof Error)) return undefined;
  // Knex waits for a connection in vain where the server takes none.
  if (error.name === 'KnexTimeoutError') return 'ETIMEDOUT';
  return 'code' in error ? String(error.code) : undefined;
}
