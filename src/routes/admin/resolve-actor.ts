import type { Request } from 'express';
import type { Knex } from 'knex';
import { GatewayError } from '../../core/gateway-error.ts';
import { findUserById } from '../../db/users-repository.ts';
import type { Actor, AdminSessions } from '../../services/admin-sessions.ts';
import type { AdminActor } from './admin-operation.ts';

/**
 * Who the request's bearer token stands for. The account is asked for each time, so that a role that was taken away
 * and an account that was deleted end with the change and not with the token.
 * @throws GatewayError `missing_authorization` or `login_failed`
 */
export async function resolveActor(
  request: Request,
  { db, sessions }: { readonly db: Knex; readonly sessions: AdminSessions },
): Promise<AdminActor> {
  const { name, role, userId } = actorOf(request, sessions);
  const address = addressOf(request);
  if (userId === undefined) return { name, role, userId, address };
  const user = await findUserById(db, userId);
  if (user === undefined) throw new GatewayError('login_failed', 'The account of this token is gone.');
  return { name: user.username, role: user.role, userId, address };
}

/** Stands for whoever asks for what needs no login. */
export function anonymousActor(request: Request): AdminActor {
  return { name: 'anonymous', role: 'none', userId: undefined, address: addressOf(request) };
}

function addressOf(request: Request): string {
  return request.socket.remoteAddress ?? '';
}

function actorOf(request: Request, sessions: AdminSessions): Actor {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined)
    throw new GatewayError('missing_authorization', 'Log in first: no bearer token was given.');
  const actor = sessions.verify(token);
  if (actor === undefined) throw new GatewayError('login_failed', 'The token is not valid, or no longer.');
  return actor;
}
