import { z } from 'zod';
import type { UserRecord } from '../../../db/users-repository.ts';
import { timeField } from '../common-schemas.ts';

export const roleField = z.enum(['admin', 'operator', 'viewer']);

/** Names under which the audit log has those that are no account. */
const RESERVED: readonly string[] = ['admin-token', 'anonymous', 'gateway'];

export const usernameField = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{1,63}$/, 'is 2 to 64 of A-Z a-z 0-9 . _ @ -')
  .refine((name) => !RESERVED.includes(name), 'is reserved');

export const passwordField = z.string().min(10, 'is shorter than 10 characters').max(1024);

export const newUserBody = z.strictObject({
  username: usernameField,
  password: passwordField,
  role: roleField,
});

export const userChangeBody = newUserBody.extend({ enabled: z.boolean() }).partial();

/** A change of one's own password. */
export const ownPasswordBody = z.strictObject({
  currentPassword: z.string().min(1).max(1024),
  newPassword: passwordField,
});

/** An account as the admin API shows it: never its password's hash. */
export const userView = z.object({
  id: z.string(),
  username: z.string(),
  role: roleField,
  /** Whether it may log in and act. */
  enabled: z.boolean(),
  createdAt: timeField,
  updatedAt: timeField,
});

/** What an account looks like from outside. */
export function viewUser(user: UserRecord): z.output<typeof userView> {
  const { id, username, role, enabled, createdAt, updatedAt } = user;
  return { id, username, role, enabled, createdAt, updatedAt };
}
