import type { Request } from 'express';
import type { Knex } from 'knex';
import { GatewayError } from '../../core/gateway-error.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import { findUserById, type UserRecord } from '../../db/users-repository.ts';
import type { Actor, AdminSessions, SessionAccount } from '../../services/admin-sessions.ts';
import { sameToken } from '../../services/same-token.ts';
import type { AdminActor, AdminOperation } from './admin-operation.ts';

/** How long an urgent operation waits to hear what the account is now. */
const URGENT_WAIT_MS = 250;

interface ResolveOptions {
  readonly db: Knex;
  readonly sessions: AdminSessions;
  /** What is asked for. */
  readonly operation: Pick<AdminOperation, 'urgent' | 'role' | 'ownToken'>;
}

/** What of an account decides whether it may act, and as what. */
type Account = Pick<UserRecord, 'username' | 'role' | 'enabled' | 'tokenVersion'>;

/**
 * Who the request's bearer token stands for. The account is asked for each time, so that a role that was taken away,
 * a password that was changed, and an account that was switched off or deleted end with the change and not with the
 * token.
 * @throws GatewayError `missing_authorization` or `login_failed`
 */
export async function resolveActor(request: Request, options: ResolveOptions): Promise<AdminActor> {
  const address = addressOf(request);
  const token = bearerOf(request);
  const { ownToken, role: needed } = options.operation;
  if (ownToken !== undefined && sameToken(token, ownToken.token.reveal())) {
    return { name: ownToken.name, role: needed, userId: undefined, address };
  }
  const { name, role, account: claimed } = actorOf(token, options.sessions);
  if (claimed === undefined) return { name, role, userId: undefined, address };
  const account = await readAccount(claimed, options);
  if (account === undefined) throw new GatewayError('login_failed', 'The account of this token is gone.');
  if (!account.enabled) throw new GatewayError('login_failed', 'The account of this token is switched off.');
  if (account.tokenVersion !== claimed.tokenVersion) {
    throw new GatewayError(
      'login_failed',
      'The password has changed since this token was given: log in again.',
    );
  }
  return { name: account.username, role: account.role, userId: claimed.id, address };
}

/** Stands for whoever asks for what needs no login. */
export function anonymousActor(request: Request): AdminActor {
  return { name: 'anonymous', role: 'none', userId: undefined, address: addressOf(request) };
}

function readAccount(
  claimed: SessionAccount,
  { db, operation }: ResolveOptions,
): Promise<Account | undefined> {
  const stored = findUserById(db, claimed.id);
  if (!operation.urgent) return stored;
  return waitAtMost(stored, URGENT_WAIT_MS).catch(() => ({ ...claimed, enabled: true }));
}

function addressOf(request: Request): string {
  return request.socket.remoteAddress ?? '';
}

function bearerOf(request: Request): string {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined)
    throw new GatewayError('missing_authorization', 'Log in first: no bearer token was given.');
  return token;
}

function actorOf(token: string, sessions: AdminSessions): Actor {
  const actor = sessions.verify(token);
  if (actor === undefined) throw new GatewayError('login_failed', 'The token is not valid, or no longer.');
  return actor;
}
