import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Knex } from 'knex';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
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
  /** How often a change was to come into force. */
  readonly changes: () => number;
}

/** Starts it. Every answer that succeeds is held against the document that the API gives of itself. */
export async function startAdminApi(given: Partial<AdminDependencies> = {}): Promise<AdminFixture> {
  const { db } = await createMigratedDatabase();
  const allowPrivateUpstreams = given.allowPrivateUpstreams ?? true;
  const transport = createUpstreamTransport(LIMITS, allowPrivateUpstreams);
  onTestFinished(() => transport.close());
  const sessions = createAdminSessions(MASTER_KEY, new Secret(AUTOMATION_TOKEN));
  const hashKey = createVirtualKeyHasher(MASTER_KEY);
  let changes = 0;
  const url = await listen({
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
  });
  const tokens = new Map<string, string>();
  for (const user of USERS) {
    await insertUser(db, user);
    tokens.set(user.username, sessions.issue(user).token);
  }
  const document = z.looseObject({}).parse(await (await fetch(`${url}/openapi.json`)).json());
  const errorSchema = readErrorSchema(document);
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
    if (response.ok) expectDocumented(document, method, path, response.status, parsed);
    else expect(errorSchema.safeParse(parsed).error, `${method} ${path} fails as documented`).toBeUndefined();
    return { status: response.status, body: isJsonObject(parsed) ? parsed : {}, text };
  };
  return { url, db, hashKey, call, changes: () => changes };
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

async function listen(deps: AdminDependencies): Promise<string> {
  const app = express();
  app.use('/api', express.json(), createAdminApi(deps));
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

/** A JSON Schema, as zod reads it back. */
const jsonSchema = z.custom<Parameters<typeof z.fromJSONSchema>[0]>(isJsonObject);

function readErrorSchema(document: unknown): z.ZodType {
  const content = z.object({ 'application/json': z.object({ schema: jsonSchema }) });
  const { components } = z
    .object({ components: z.object({ responses: z.object({ error: z.object({ content }) }) }) })
    .parse(document);
  const schema = components.responses.error.content['application/json'].schema;
  if (schema === undefined) throw new Error('The document has no schema of errors.');
  return z.fromJSONSchema(schema);
}

const operationSchema = z.looseObject({
  responses: z.record(
    z.string(),
    z.looseObject({ content: z.object({ 'application/json': z.object({ schema: jsonSchema }) }).optional() }),
  ),
});

function expectDocumented(
  document: Readonly<Record<string, unknown>>,
  method: string,
  path: string,
  status: number,
  answer: unknown,
): void {
  const { pathname } = new URL(path, 'http://host');
  const paths = z.record(z.string(), z.record(z.string(), z.unknown())).parse(document.paths);
  // As the router does, a path without a parameter goes before one with.
  const item =
    paths[pathname] ?? Object.entries(paths).find(([template]) => matches(template, pathname))?.[1];
  const operation = operationSchema.parse(item?.[method.toLowerCase()]);
  const schema = operation.responses[String(status)]?.content?.['application/json'].schema;
  if (schema === undefined) throw new Error(`${method} ${path} has no answer ${status} in the document.`);
  const result = z.fromJSONSchema(schema).safeParse(answer);
  expect(result.error?.issues ?? [], `${method} ${path} answers as documented`).toEqual([]);
}

function matches(template: string, pathname: string): boolean {
  const pattern = template.replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(pathname);
}
