import { randomBytes, randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { Secret } from '../core/secret.ts';
import { hashPassword } from '../services/password-hash.ts';
import { hasUsers, insertUser } from './users-repository.ts';

/**
 * Makes the account `admin` where there is no account at all.
 * @param configured its password; one is made up where it is undefined
 * @returns the made-up password, to be shown this once; undefined where there is nothing to show
 */
export async function createFirstAdmin(
  db: Knex,
  configured: Secret | undefined,
): Promise<Secret | undefined> {
  if (await hasUsers(db)) return undefined;
  const password = configured ?? new Secret(randomBytes(15).toString('base64url'));
  const passwordHash = await hashPassword(password.reveal());
  await insertUser(db, { id: `user_${randomUUID()}`, username: 'admin', passwordHash, role: 'admin' });
  return configured === undefined ? password : undefined;
}
