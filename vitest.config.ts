import { defineConfig } from 'vitest/config';
import { engineProjects, WITH_SERVERS } from './test/engines/engine-projects.ts';

/** The repositories and migrations, and whole gateways where several processes, or long histories, are at work. */
const ON_EACH_ENGINE = [
  'src/db/__tests__/*.test.ts',
  'test/e2e/database/{db-command,killed-migrations,starting-together,unreachable-database,upgrade-paths}.test.ts',
  'test/engines/server-connection.ts',
  'test/e2e/admin/changes-in-force.test.ts',
  'test/e2e/tenants/log-and-statistics.test.ts',
];

export default defineConfig(async () => ({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,legacy,migrations,bench}/**/__tests__/**/*.test.ts'],
        },
      },
      { test: { name: 'integration', include: ['test/**/*.test.ts'], ...WITH_SERVERS } },
      ...(await engineProjects(ON_EACH_ENGINE)),
    ],
  },
}));
