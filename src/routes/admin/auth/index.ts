import { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import { readSystemSettings } from '../../../db/system-settings-repository.ts';
import { findUser, type User } from '../../../db/users-repository.ts';
import type { AdminSessions } from '../../../services/admin-sessions.ts';
import { hashPassword, verifyPassword } from '../../../services/password-hash.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { createUser, passwordField, roleField, usernameField } from '../users/index.ts';
import { createLoginThrottle } from './login-throttle.ts';

const loginBody = z.strictObject({
  username: z.string().min(1).max(255),
  password: z.string().min(1).max(1024),
});

const sessionView = z.object({
  token: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.int(),
  user: z.object({ id: z.string(), username: z.string(), role: roleField }),
});

/** `/api/auth`: the login, who the account is, and making one where that is allowed. */
export function authOperations(deps: AdminDependencies): readonly AdminOperation[] {
  return [loginOperation(deps), registerOperation(deps), profileOperation()];
}

function loginOperation({ db, sessions }: AdminDependencies): AdminOperation {
  const throttle = createLoginThrottle();
  // Compared with where the name is unknown, so that unknown names take as long as known ones.
  const nobodysHash = hashPassword('');
  return defineOperation({
    methods: ['post'],
    path: '/auth/login',
    role: 'none',
    summary: 'A token for an account, valid for twelve hours',
    input: { body: loginBody },
    response: sessionView,
    async handle({ body: { username, password } }, { address }) {
      const user = await throttle.attempt(username, address, async () => {
        const found = await findUser(db, username);
        const matches = await verifyPassword(password, found?.passwordHash ?? (await nobodysHash));
        if (found !== undefined && matches) return found;
        throw new GatewayError('login_failed', 'The user name or the password is wrong.');
      });
      return toSession(user, sessions);
    },
  });
}

function registerOperation(deps: AdminDependencies): AdminOperation {
  const throttle = createLoginThrottle();
  return defineOperation({
    methods: ['post'],
    path: '/auth/register',
    role: 'none',
    summary: 'Make an account of one’s own, as a viewer, where the settings allow it',
    input: { body: z.strictObject({ username: usernameField, password: passwordField }) },
    status: 201,
    response: sessionView,
    async handle({ body }, actor) {
      const { allowRegistration } = await readSystemSettings(deps.db);
      if (!allowRegistration) throw new GatewayError('forbidden', 'Registration is not allowed here.');
      // Who makes it is not logged in yet: the audit log has the new name.
      const asItself = { ...actor, name: body.username };
      const user = await throttle.attempt(body.username, actor.address, () =>
        createUser(deps, asItself, { ...body, role: 'viewer' }),
      );
      return toSession(user, deps.sessions);
    },
  });
}

function profileOperation(): AdminOperation {
  return defineOperation({
    methods: ['get'],
    path: '/auth/profile',
    role: 'viewer',
    summary: 'The account that asks; the token of automation has no id',
    input: {},
    response: z.object({ id: z.string().nullable(), username: z.string(), role: roleField }),
    handle: (_input, { userId = null, name, role }) => ({
      id: userId,
      username: name,
      role: roleField.parse(role),
    }),
  });
}

function toSession(user: User, sessions: AdminSessions) {
  const { token, expiresAt } = sessions.issue(user);
  return { token, expiresAt, user: { id: user.id, username: user.username, role: user.role } };
}
