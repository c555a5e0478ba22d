import { z } from 'zod';
import { listUsers } from '../../../db/users-repository.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { doneResponse, idParams } from '../common-schemas.ts';
import { changeUser, createUser, removeUser, requireUser } from './change-users.ts';
import { newUserBody, userChangeBody, userView, viewUser } from './user-schemas.ts';

export { changeOwnPassword, createUser } from './change-users.ts';
export { ownPasswordBody, passwordField, roleField, usernameField } from './user-schemas.ts';

const PATH = '/admin/users';

/** `/api/admin/users`: the accounts of the admin API, for administrators. */
export function userOperations(deps: AdminDependencies): readonly AdminOperation[] {
  const { db } = deps;
  const role = 'admin';
  return [
    defineOperation({
      methods: ['get'],
      path: PATH,
      role,
      summary: 'All accounts',
      input: {},
      response: z.object({ users: z.array(userView) }),
      handle: async () => ({ users: (await listUsers(db)).map(viewUser) }),
    }),
    defineOperation({
      methods: ['post'],
      path: PATH,
      role,
      summary: 'Add an account',
      input: { body: newUserBody },
      status: 201,
      response: userView,
      handle: async ({ body }, actor) => viewUser(await createUser(deps, actor, body)),
    }),
    defineOperation({
      methods: ['get'],
      path: `${PATH}/{id}`,
      role,
      summary: 'One account',
      input: { params: idParams },
      response: userView,
      handle: async ({ params }) => viewUser(await requireUser(db, params.id)),
    }),
    defineOperation({
      methods: ['put', 'patch'],
      path: `${PATH}/{id}`,
      role,
      summary: 'Change the named fields of an account; a new password ends its tokens',
      input: { params: idParams, body: userChangeBody },
      response: userView,
      handle: async ({ params, body }, actor) => viewUser(await changeUser(deps, actor, params.id, body)),
    }),
    defineOperation({
      methods: ['delete'],
      path: `${PATH}/{id}`,
      role,
      summary: 'Remove an account that has no virtual keys',
      input: { params: idParams },
      response: doneResponse,
      async handle({ params }, actor) {
        await removeUser(deps, actor, params.id);
        return { success: true as const };
      },
    }),
  ];
}
