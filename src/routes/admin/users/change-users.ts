import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import { countKeys } from '../../../db/key-records-repository.ts';
import {
  deleteUser,
  findUser,
  findUserById,
  insertUser,
  listUsers,
  type UserChange,
  type UserRecord,
  updateUser,
} from '../../../db/users-repository.ts';
import { hashPassword, verifyPassword } from '../../../services/password-hash.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import type { AdminActor } from '../admin-operation.ts';
import { type ChangeMade, makeChange } from '../make-change.ts';
import { type newUserBody, type ownPasswordBody, type userChangeBody, viewUser } from './user-schemas.ts';

/** What a change of accounts needs. */
export type UserDependencies = Pick<AdminDependencies, 'db' | 'catalogChanged'>;

/** @throws GatewayError `not_found` */
export async function requireUser(db: Knex, id: string): Promise<UserRecord> {
  const user = await findUserById(db, id);
  if (user === undefined) throw new GatewayError('not_found', 'There is no such account.');
  return user;
}

/** @throws GatewayError `conflict` where the name is taken */
export async function createUser(
  deps: UserDependencies,
  actor: AdminActor,
  { username, password, role }: z.output<typeof newUserBody>,
): Promise<UserRecord> {
  const passwordHash = await hashPassword(password);
  const id = `user_${randomUUID()}`;
  return makeChange(deps, actor, async (transaction) => {
    await refuseTaken(transaction, username, id);
    await insertUser(transaction, { id, username, passwordHash, role });
    const user = await requireUser(transaction, id);
    return { entries: [{ action: 'create', ...entity(id), after: viewUser(user) }], result: user };
  });
}

/**
 * Changes the named fields of an account. Its tokens end with its password, and do nothing while it is switched off.
 * @throws GatewayError `not_found`, or `conflict` where the name is taken or no administrator would be left
 */
export async function changeUser(
  deps: UserDependencies,
  actor: AdminActor,
  id: string,
  { password, ...change }: z.output<typeof userChangeBody>,
): Promise<UserRecord> {
  const passwordHash = password === undefined ? undefined : await hashPassword(password);
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireUser(transaction, id);
    if (change.username !== undefined) await refuseTaken(transaction, change.username, id);
    return writeUser(transaction, before, { ...change, passwordHash });
  });
}

/**
 * Gives the account that asks another password, which ends its tokens.
 * @throws GatewayError `forbidden` to who is no account, `invalid_body` where the current password is wrong, or
 * `conflict` where it has changed meanwhile
 */
export async function changeOwnPassword(
  deps: UserDependencies,
  actor: AdminActor,
  { currentPassword, newPassword }: z.output<typeof ownPasswordBody>,
): Promise<UserRecord> {
  const { userId: id } = actor;
  if (id === undefined) {
    throw new GatewayError('forbidden', 'The token of automation is no account, and has no password.');
  }
  const { passwordHash: known } = await requireUser(deps.db, id);
  if (!(await verifyPassword(currentPassword, known))) {
    throw new GatewayError('invalid_body', 'This is not the current password.', { param: 'currentPassword' });
  }
  const passwordHash = await hashPassword(newPassword);
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireUser(transaction, id);
    if (before.passwordHash !== known) {
      throw new GatewayError('conflict', 'The password has just changed.', { param: 'currentPassword' });
    }
    return writeUser(transaction, before, { passwordHash });
  });
}

/** @throws GatewayError `not_found`, `in_use` by keys, or `conflict` where no administrator would be left */
export function removeUser(deps: UserDependencies, actor: AdminActor, id: string): Promise<void> {
  return makeChange(deps, actor, async (transaction) => {
    const before = await requireUser(transaction, id);
    const keys = await countKeys(transaction, { ownerId: id });
    if (keys > 0) throw new GatewayError('in_use', `The account still has virtual keys: ${keys}.`);
    await deleteUser(transaction, id);
    await refuseNoAdmin(transaction);
    return { entries: [{ action: 'delete', ...entity(id), before: viewUser(before) }], result: undefined };
  });
}

/** Writes the named fields. One password and the next look the same from outside: the audit log says that it changed. */
async function writeUser(
  transaction: Knex.Transaction,
  before: UserRecord,
  change: UserChange,
): Promise<ChangeMade<UserRecord>> {
  await updateUser(transaction, before.id, change);
  await refuseNoAdmin(transaction);
  const result = await requireUser(transaction, before.id);
  const after = {
    ...viewUser(result),
    ...(change.passwordHash === undefined ? {} : { passwordChanged: true }),
  };
  const entry = { action: 'update', ...entity(before.id), before: viewUser(before), after };
  return { entries: [entry], result };
}

async function refuseTaken(transaction: Knex.Transaction, username: string, ownId: string): Promise<void> {
  const other = await findUser(transaction, username);
  if (other === undefined || other.id === ownId) return;
  throw new GatewayError('conflict', 'Another account has this name.', { param: 'username' });
}

/** Looked at after the change, which is taken back where it fails. */
async function refuseNoAdmin(transaction: Knex.Transaction): Promise<void> {
  if ((await listUsers(transaction)).some(({ role, enabled }) => enabled && role === 'admin')) return;
  throw new GatewayError('conflict', 'No administrator would be left.', { param: 'role' });
}

function entity(id: string) {
  return { entity: 'user', entityId: id };
}
