import { type RequestHandler, Router } from 'express';
import type { Knex } from 'knex';
import type { AdminSessions } from '../../services/admin-sessions.ts';
import type { AdminOperation } from './admin-operation.ts';
import { refuseBelow } from './refuse-below.ts';
import { anonymousActor, resolveActor } from './resolve-actor.ts';

interface RouterDependencies {
  readonly db: Knex;
  readonly sessions: AdminSessions;
}

/** A router of these operations, in their order: of two paths that both match, the first one takes the request. */
export function createOperationsRouter(
  operations: readonly AdminOperation[],
  deps: RouterDependencies,
): Router {
  const router = Router();
  for (const operation of operations) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    for (const method of operation.methods) router[method](path, toHandler(operation, deps));
  }
  return router;
}

function toHandler(operation: AdminOperation, deps: RouterDependencies): RequestHandler {
  return async (request, response) => {
    const actor =
      operation.role === 'none'
        ? anonymousActor(request)
        : await resolveActor(request, { ...deps, operation });
    if (actor.role !== 'none' && operation.role !== 'none') refuseBelow(actor.role, operation.role);
    const { params, query } = request;
    const body: unknown = request.body ?? {};
    const answer = await operation.run({ params, query, body }, actor);
    response.status(operation.status).setHeader('cache-control', 'no-store').json(answer);
  };
}
