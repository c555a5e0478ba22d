import { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import { readSystemSettings } from '../../../db/system-settings-repository.ts';
import { findUser } from '../../../db/users-repository.ts';
import type { AdminSessions, SessionAccount } from '../../../services/admin-sessions.ts';
import { hashPassword, verifyPassword } from '../../../services/password-hash.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import {
  changeOwnPassword,
  createUser,
  ownPasswordBody,
  passwordField,
  roleField,
  usernameField,
} from '../users/index.ts';
import { createLoginThrottle, type LoginThrottle } from './login-throttle.ts';

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

/** `/api/auth`: the login, who the account is, its password, and making one where that is allowed. */
export function authOperations(deps: AdminDependencies): readonly AdminOperation[] {
  // One for both: a password is guessed by either.
  const throttle = createLoginThrottle();
  return [
    loginOperation(deps, throttle),
    registerOperation(deps),
    profileOperation(),
    passwordOperation(deps, throttle),
  ];
}

function loginOperation({ db, sessions }: AdminDependencies, throttle: LoginThrottle): AdminOperation {
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
        if (found === undefined || !matches) {
          throw new GatewayError('login_failed', 'The user name or the password is wrong.');
        }
        if (!found.enabled) throw new GatewayError('login_failed', 'The account is switched off.');
        return found;
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

function passwordOperation(deps: AdminDependencies, throttle: LoginThrottle): AdminOperation {
  return defineOperation({
    methods: ['post'],
    path: '/auth/password',
    role: 'viewer',
    summary: 'Change one’s own password; all tokens of the account end, and the answer has a new one',
    input: { body: ownPasswordBody },
    response: sessionView,
    async handle({ body }, actor) {
      const user = await throttle.attempt(actor.name, actor.address, () =>
        changeOwnPassword(deps, actor, body),
      );
      return toSession(user, deps.sessions);
    },
  });
}

function toSession(account: SessionAccount, sessions: AdminSessions) {
  const { token, expiresAt } = sessions.issue(account);
  const { id, username, role } = account;
  return { token, expiresAt, user: { id, username, role } };
}
