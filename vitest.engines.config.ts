import { defineConfig } from 'vitest/config';
import { engineProjects } from './test/engines/engine-projects.ts';

/** Everything that reads or writes a database, alone and in whole gateways: a quarter of an hour on two cores. */
const OF_DATABASES = [
  'src/db/__tests__/*.test.ts',
  'src/rollout/release/__tests__/*.test.ts',
  'test/e2e/**/*.test.ts',
];

export default defineConfig(async () => ({ test: { projects: await engineProjects(OF_DATABASES) } }));
