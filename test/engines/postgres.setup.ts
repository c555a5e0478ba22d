import type { TestProject } from 'vitest/node';
import { provideServer } from '../support/database-engines.ts';

/** @returns what ends the server */
export function setup(project: TestProject): Promise<() => Promise<void>> {
  return provideServer(project, 'postgres');
}
