import { type DatabaseServer, missingEngine } from '../support/database-engines.ts';

/** For what starts real servers: two cores carry two files at once. */
export const WITH_SERVERS = { testTimeout: 60_000, hookTimeout: 90_000, maxWorkers: 2 };

/**
 * The projects in which tests run once more, on each database server.
 * @param include which tests: where a server cannot be installed they are one that is skipped
 */
export function engineProjects(include: string[]) {
  return Promise.all((['postgres', 'mysql'] as const).map((engine) => onEngine(engine, include)));
}

async function onEngine(engine: DatabaseServer['engine'], include: string[]) {
  const isThere = (await missingEngine(engine)) === undefined;
  return {
    test: {
      name: engine,
      globalSetup: `test/engines/${engine}.setup.ts`,
      include: isThere ? include : ['test/engines/missing-engine.ts'],
      ...WITH_SERVERS,
    },
  };
}
