import { expect } from 'vitest';
import type { Compat } from '../../../src/core/catalog.ts';
import type { EmulatedGateway } from '../../support/emulated-gateway.ts';
import { type Connection, connect, ROUTES, type Route } from './client-gateway.ts';

/** What a client does with its connection. */
export type Task<T> = (connection: Connection) => Promise<T>;

/** Where tasks are done. */
export interface Course {
  readonly gateway: EmulatedGateway;
  readonly model: string;
  readonly compat: Compat;
  /** What Portkey gets wrong here, where it does: then the old path is left out. */
  readonly wrongOnLegacy?: string | undefined;
}

/** The compat settings, and what is to be shown under each. */
export const SETTINGS: readonly { readonly name: string; readonly compat: Compat }[] = [
  { name: 'alike on both paths', compat: 'portkey' },
  { name: 'on the new path with plain OpenAI semantics', compat: 'openai' },
];

/**
 * Does a task under a compat setting: on both paths, with the same result, under the one that both have, else on the
 * new path. Fails where a request took another path than it was meant for.
 * @param requests how many requests the task makes
 */
export async function takeRoutes<T>(course: Course, requests: number, task: Task<T>): Promise<T> {
  if (course.compat === 'openai') return take(course, ROUTES.plain, requests, task);
  if (course.wrongOnLegacy !== undefined) return take(course, ROUTES.moved, requests, task);
  const legacy = await take(course, ROUTES.legacy, requests, task);
  expect(await take(course, ROUTES.moved, requests, task)).toEqual(legacy);
  return legacy;
}

async function take<T>(
  { gateway, model }: Course,
  route: Route,
  requests: number,
  task: Task<T>,
): Promise<T> {
  const connection = connect(gateway, route, model);
  const result = await task(connection);
  expect(connection.paths).toEqual(Array.from({ length: requests }, () => route.path));
  return result;
}
