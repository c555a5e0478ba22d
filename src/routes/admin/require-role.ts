import type { Request, RequestHandler } from 'express';
import { GatewayError } from '../../core/gateway-error.ts';
import type { Actor, AdminSessions } from '../../services/admin-sessions.ts';

const RANK: Readonly<Record<Actor['role'], number>> = { viewer: 0, operator: 1, admin: 2 };

/** Lets a request pass whose bearer token stands for at least this role. */
export function requireRole(sessions: AdminSessions, role: Actor['role']): RequestHandler {
  return (request, _response, next) => {
    const actor = actorOf(request, sessions);
    if (RANK[actor.role] < RANK[role]) throw new GatewayError('forbidden', `This needs the role ${role}.`);
    next();
  };
}

/**
 * Who the request's bearer token stands for.
 * @throws GatewayError `missing_authorization` or `login_failed`
 */
export function actorOf(request: Request, sessions: AdminSessions): Actor {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined)
    throw new GatewayError('missing_authorization', 'Log in first: no bearer token was given.');
  const actor = sessions.verify(token);
  if (actor === undefined) throw new GatewayError('login_failed', 'The token is not valid, or no longer.');
  return actor;
}
