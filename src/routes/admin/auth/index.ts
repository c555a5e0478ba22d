import { Router } from 'express';
import { z } from 'zod';
import { GatewayError } from '../../../core/gateway-error.ts';
import type { User } from '../../../db/users-repository.ts';
import type { AdminSessions } from '../../../services/admin-sessions.ts';
import { hashPassword, verifyPassword } from '../../../services/password-hash.ts';
import { parseBody } from '../parse-body.ts';
import { createLoginThrottle } from './login-throttle.ts';

const loginBody = z.strictObject({
  username: z.string().min(1).max(255),
  password: z.string().min(1).max(1024),
});

export interface AuthDependencies {
  readonly findUser: (username: string) => Promise<User | undefined>;
  readonly sessions: AdminSessions;
}

/** `POST /api/auth/login`. */
export function createAuthRouter({ findUser, sessions }: AuthDependencies): Router {
  const throttle = createLoginThrottle();
  // Compared with where the name is unknown, so that unknown names take as long as known ones.
  const nobodysHash = hashPassword('');
  const router = Router();
  router.post('/login', async (request, response) => {
    const { username, password } = parseBody(loginBody, request.body);
    const user = await throttle.attempt(username, request.socket.remoteAddress ?? '', async () => {
      const found = await findUser(username);
      const matches = await verifyPassword(password, found?.passwordHash ?? (await nobodysHash));
      if (found !== undefined && matches) return found;
      throw new GatewayError('login_failed', 'The user name or the password is wrong.');
    });
    const { token, expiresAt } = sessions.issue(user);
    response.json({ token, expiresAt, user: { id: user.id, username: user.username, role: user.role } });
  });
  return router;
}
