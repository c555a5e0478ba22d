import type { Knex } from 'knex';
import { z } from 'zod';
import { definedColumns } from './defined-columns.ts';
import { bigNumber, flag } from './row-types.ts';

const userSchema = z.object({
  id: z.string(),
  username: z.string(),
  password_hash: z.string(),
  role: z.enum(['admin', 'operator', 'viewer']),
  enabled: flag,
  token_version: z.number(),
  created_at: bigNumber,
  updated_at: bigNumber,
});

/** An account of the admin API. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly role: 'admin' | 'operator' | 'viewer';
}

/** A stored account; times are epoch milliseconds. */
export interface UserRecord extends User {
  /** Whether it may log in and act. */
  readonly enabled: boolean;
  /** Which of its tokens are good: those that were issued for this version. A new password makes it the next one. */
  readonly tokenVersion: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Fields that a change names; an absent one stays as it is. */
export type UserChange = {
  readonly [K in 'username' | 'passwordHash' | 'role' | 'enabled']?: UserRecord[K] | undefined;
};

/** All accounts, by name. */
export async function listUsers(db: Knex): Promise<readonly UserRecord[]> {
  return z
    .array(userSchema)
    .parse(await db('users').orderBy('username'))
    .map(toRecord);
}

/** The account of that name; undefined where there is none. */
export async function findUser(db: Knex, username: string): Promise<UserRecord | undefined> {
  const row: unknown = await db('users').where({ username }).first();
  return row === undefined ? undefined : toRecord(userSchema.parse(row));
}

/** The account with that id; undefined where there is none. */
export async function findUserById(db: Knex, id: string): Promise<UserRecord | undefined> {
  const row: unknown = await db('users').where({ id }).first();
  return row === undefined ? undefined : toRecord(userSchema.parse(row));
}

function toRecord(row: z.output<typeof userSchema>): UserRecord {
  const { id, username, role } = row;
  return {
    id,
    username,
    role,
    passwordHash: row.password_hash,
    enabled: row.enabled,
    tokenVersion: row.token_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
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

/** Changes exactly the named fields of the account with this id. With the password its tokens end. */
export async function updateUser(db: Knex, id: string, change: UserChange): Promise<void> {
  const { username, passwordHash: password_hash, role, enabled } = change;
  const columns = definedColumns({ username, password_hash, role, enabled });
  const version = password_hash === undefined ? {} : { token_version: db.raw('?? + 1', ['token_version']) };
  await db('users')
    .where({ id })
    .update({ ...columns, ...version, updated_at: Date.now() });
}

/** Takes the account away. */
export async function deleteUser(db: Knex, id: string): Promise<void> {
  await db('users').where({ id }).delete();
}
