import type { AddressInfo } from 'node:net';
import express, { type Router } from 'express';
import type { Knex } from 'knex';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { readDocumentedAnswers } from '../../../../test/support/documented-answers.ts';
import { createMigratedDatabase } from '../../../../test/support/migrated-database.ts';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../../core/json.ts';
import { Secret } from '../../../core/secret.ts';
import { insertUser, type User } from '../../../db/users-repository.ts';
import { createAdminSessions } from '../../../services/admin-sessions.ts';
import { createCredentialCipher } from '../../../services/credential-cipher.ts';
import { createUpstreamTransport } from '../../../services/upstream-transport.ts';
import { createVirtualKeyHasher, type VirtualKeyHasher } from '../../../services/virtual-key-hasher.ts';
import { createErrorHandler, notFound } from '../../error-handler.ts';
import { createAdminApi } from '../admin-api.ts';
import type { AdminDependencies } from '../admin-dependencies.ts';
import type { AdminOperation } from '../admin-operation.ts';

const MASTER_KEY = Buffer.alloc(32, 7);
const AUTOMATION_TOKEN = 'automation-token-for-tests';
const LIMITS = { connectMs: 5_000, headersMs: 5_000, idleMs: 5_000 };

/** An answer of the admin API, with its body parsed. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: JsonObject;
  /** The whole body, for what must not be in it. */
  readonly text: string;
}

/** Sends one request. The path is below `/api`; `as` is a user's name, the automation's token where it is left out. */
export type AdminCall = (
  method: string,
  path: string,
  options?: { readonly body?: unknown; readonly as?: string | null },
) => Promise<AdminAnswer>;

/** The admin API on a server and a database of its own, with the users `admin`, `olga` and `otto` (operators), `vera` (viewer). */
export interface AdminFixture {
  readonly url: string;
  readonly db: Knex;
  readonly hashKey: VirtualKeyHasher;
  readonly call: AdminCall;
  /** Every operation of the document, such as `GET /admin/models/{id}`. */
  readonly operations: readonly string[];
  /** How often a change was to come into force. */
  readonly changes: () => number;
}

/**
 * Starts it. Every answer is held against the document that the API gives of itself.
 * @param toOthers makes the operations that the composition root adds
 */
export async function startAdminApi(
  given: Partial<AdminDependencies> = {},
  toOthers: (deps: AdminDependencies) => readonly AdminOperation[] = () => [],
): Promise<AdminFixture> {
  const { db } = await createMigratedDatabase();
  const allowPrivateUpstreams = given.allowPrivateUpstreams ?? true;
  const transport = createUpstreamTransport(LIMITS, allowPrivateUpstreams);
  onTestFinished(() => transport.close());
  const sessions = createAdminSessions(MASTER_KEY, new Secret(AUTOMATION_TOKEN));
  const hashKey = createVirtualKeyHasher(MASTER_KEY);
  let changes = 0;
  const deps: AdminDependencies = {
    db,
    cipher: createCredentialCipher(MASTER_KEY),
    hashKey,
    sessions,
    transport,
    adapter: { handle: () => Promise.reject(new Error('No adapter was given.')) },
    allowPrivateUpstreams,
    resolveHost: async () => [],
    catalogChanged: async () => {
      changes += 1;
    },
    ...given,
  };
  const url = await listen(createAdminApi(deps, toOthers(deps)));
  const tokens = new Map<string, string>();
  for (const user of USERS) {
    await insertUser(db, user);
    tokens.set(user.username, sessions.issue({ ...user, tokenVersion: 0 }).token);
  }
  const documented = await readDocumentedAnswers(url);
  const call: AdminCall = async (method, path, { body, as } = {}) => {
    const token = as === undefined ? AUTOMATION_TOKEN : as === null ? undefined : (tokens.get(as) ?? as);
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = parseJson(text);
    documented.check(method, path, response.status, parsed);
    return { status: response.status, body: isJsonObject(parsed) ? parsed : {}, text };
  };
  return { url, db, hashKey, call, operations: documented.operations, changes: () => changes };
}

/** Its id has its name in it, so that tests can name owners. */
const user = (username: string, role: User['role']): User => ({
  id: `user_${username}`,
  username,
  passwordHash: 'scrypt:no:hash',
  role,
});

const USERS: readonly User[] = [
  user('admin', 'admin'),
  user('olga', 'operator'),
  user('otto', 'operator'),
  user('vera', 'viewer'),
];

async function listen(api: Router): Promise<string> {
  const app = express();
  app.use('/api', express.json(), api);
  app.use(notFound);
  app.use(createErrorHandler(createRecordingLogger()));
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  const server = app.listen(0, '127.0.0.1', () => resolve());
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await listening;
  const address = z.custom<AddressInfo>(isJsonObject).parse(server.address());
  return `http://127.0.0.1:${address.port}/api`;
}
