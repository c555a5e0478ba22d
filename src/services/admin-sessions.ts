import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { isJsonObject } from '../core/json.ts';
import type { Secret } from '../core/secret.ts';
import { deriveKey } from './derive-key.ts';
import { sameToken } from './same-token.ts';

const LIFETIME_MS = 12 * 60 * 60 * 1000;

const claims = z.object({
  sub: z.string(),
  uid: z.string(),
  role: z.enum(['admin', 'operator', 'viewer']),
  /** Tokens of before there were versions have none. */
  ver: z.int().default(0),
  exp: z.number(),
});

/** What a token is issued for. */
export interface SessionAccount {
  readonly id: string;
  readonly username: string;
  readonly role: 'admin' | 'operator' | 'viewer';
  /** The account's own count: its tokens of an earlier one are no longer good. */
  readonly tokenVersion: number;
}

/** Who acts on the admin API, as the token says. */
export interface Actor {
  readonly name: string;
  readonly role: SessionAccount['role'];
  /** The account at the time of the token; undefined for the configured token. */
  readonly account?: SessionAccount | undefined;
}

/** Issues and checks the admin API's bearer tokens. They are signed, so no store is asked on a request. */
export interface AdminSessions {
  /** A token for the account, valid for twelve hours. */
  issue(account: SessionAccount): { readonly token: string; readonly expiresAt: number };
  /**
   * Who the token stands for; undefined where it is forged, expired or no token at all. Whether the account still is
   * what it was then is for the caller to see.
   */
  verify(token: string): Actor | undefined;
}

/**
 * @param masterKey 32 bytes
 * @param adminToken the configured token for automation, which acts as admin
 */
export function createAdminSessions(masterKey: Buffer, adminToken: Secret | undefined): AdminSessions {
  const key = deriveKey(masterKey, 'admin-sessions');
  const sign = (payload: string) => createHmac('sha256', key).update(payload).digest('base64url');
  return {
    issue({ id, username, role, tokenVersion }) {
      const expiresAt = Date.now() + LIFETIME_MS;
      const content = JSON.stringify({ sub: username, uid: id, role, ver: tokenVersion, exp: expiresAt });
      const payload = Buffer.from(content).toString('base64url');
      return { token: `${payload}.${sign(payload)}`, expiresAt };
    },
    verify(token) {
      if (adminToken !== undefined && sameToken(token, adminToken.reveal()))
        return { name: 'admin-token', role: 'admin' };
      const [payload, signature] = token.split('.');
      if (payload === undefined || signature === undefined || !sameToken(signature, sign(payload)))
        return undefined;
      const content = claims.safeParse(parse(payload));
      if (!content.success || content.data.exp < Date.now()) return undefined;
      const { sub: username, uid: id, role, ver: tokenVersion } = content.data;
      return { name: username, role, account: { id, username, role, tokenVersion } };
    },
  };
}

function parse(payload: string): unknown {
  try {
    const content: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return isJsonObject(content) ? content : undefined;
  } catch {
    // What cannot be read is no token.
    return undefined;
  }
}
