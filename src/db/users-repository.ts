import type { Knex } from 'knex';
import { z } from 'zod';

const userSchema = z.object({
  id: z.string(),
  username: z.string(),
  password_hash: z.string(),
  role: z.enum(['admin', 'operator', 'viewer']),
});

/** An account of the admin API. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly role: 'admin' | 'operator' | 'viewer';
}

/** The account of that name; undefined where there is none. */
export async function findUser(db: Knex, username: string): Promise<User | undefined> {
  const row: unknown = await db('users').where({ username }).first();
  if (row === undefined) return undefined;
  const { password_hash: passwordHash, ...user } = userSchema.parse(row);
  return { ...user, passwordHash };
}

/** Whether any account exists. */
export async function hasUsers(db: Knex): Promise<boolean> {
  return (await db('users').select('id').first()) !== undefined;
}

/** Adds an account. */
export async function insertUser(db: Knex, user: User): Promise<void> {
  const now = Date.now();
  await db('users').insert({
    id: user.id,
    username: user.username,
    password_hash: user.passwordHash,
    role: user.role,
    created_at: now,
    updated_at: now,
  });
}
