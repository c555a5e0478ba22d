import type { TestProject } from 'vitest/node';
import { installMariadb, startMariadbServer } from './mariadb-server.ts';
import { POSTGRES_PACKAGE, startPostgresServer } from './postgres-server.ts';
import { installTestPackage, PackageUnavailable } from './test-packages.ts';

/** A server that databases of tests are made on, by an account that may make them. */
export interface DatabaseServer {
  readonly engine: 'postgres' | 'mysql';
  /** Without the name of a database at its end. */
  readonly url: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Undefined where the project's databases are SQLite files. */
    databaseServer: DatabaseServer | undefined;
  }
}

const INSTALL = {
  postgres: () => installTestPackage(POSTGRES_PACKAGE),
  mysql: installMariadb,
};

/**
 * Installs what a server of the engine needs where it is not installed yet.
 * @returns why it cannot be; undefined where all is there
 */
export async function missingEngine(engine: DatabaseServer['engine']): Promise<string | undefined> {
  try {
    await INSTALL[engine]();
    return undefined;
  } catch (error) {
    if (error instanceof PackageUnavailable) return error.message;
    throw error;
  }
}

/** Starts the engine's server for the tests of a project, and ends it after them. */
export async function provideServer(
  project: TestProject,
  engine: DatabaseServer['engine'],
): Promise<() => Promise<void>> {
  if ((await missingEngine(engine)) !== undefined) return async () => {};
  const server = await (engine === 'postgres' ? startPostgresServer() : startMariadbServer());
  project.provide('databaseServer', { engine, url: server.url.replace(/\/postgres$/, '') });
  return () => server.stop();
}
