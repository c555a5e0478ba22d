import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,legacy,migrations,bench}/**/__tests__/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 90_000,
          // Each file starts real servers; two cores carry two files at once.
          maxWorkers: 2,
        },
      },
    ],
  },
});
