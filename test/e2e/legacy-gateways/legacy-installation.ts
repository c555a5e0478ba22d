import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Knex } from 'knex';
import { onTestFinished } from 'vitest';
import { createEmulator, type Emulator } from '../../../bench/emulator/emulator.ts';
import type { DatabaseLocation } from '../../../src/core/database-location.ts';
import type { ProviderCall } from '../../../src/core/provider-call.ts';
import { readWhole } from '../../../src/core/read-whole.ts';
import type { RequestPaths } from '../../../src/core/request-paths.ts';
import { Secret } from '../../../src/core/secret.ts';
import { insertUser, type User } from '../../../src/db/users-repository.ts';
import { watchCatalog } from '../../../src/db/watch-catalog.ts';
import { createPathOperations, createPaths } from '../../../src/paths.ts';
import { describeOperations } from '../../../src/routes/admin/openapi-document.ts';
import { createOperationsRouter } from '../../../src/routes/admin/operations-router.ts';
import { createErrorHandler, notFound } from '../../../src/routes/error-handler.ts';
import { createAdminSessions } from '../../../src/services/admin-sessions.ts';
import { createCredentialCipher } from '../../../src/services/credential-cipher.ts';
import { refusedHost } from '../../../src/services/upstream-address.ts';
import { PROVIDER_KEY } from '../../support/emulated-gateway.ts';
import { createMigratedDatabase } from '../../support/migrated-database.ts';
import { callFor } from '../../support/provider-call.ts';
import { createRecordingLogger, type LogEntry } from '../../support/recording-logger.ts';
import { MASTER_KEY, NO_LITELLM, WAITS } from './paths-of-tests.ts';

/** What the legacy path and its part of the admin API do together, on a database of their own. */
export interface LegacyInstallation {
  readonly db: Knex;
  readonly location: DatabaseLocation;
  readonly emulator: Emulator;
  readonly paths: RequestPaths;
  readonly logs: readonly LogEntry[];
  /** The part of the OpenAPI document. */
  readonly document: object;
  /** Asks for a chat completion of this model. */
  chat(model: string, given?: Partial<ProviderCall>): Promise<{ status: number; text: string }>;
  /** Sends a request of an account of this role to the admin API. The path is below `/api/admin`. */
  admin(
    method: string,
    path: string,
    options?: { readonly body?: object; readonly role?: User['role'] | 'nobody' },
  ): Promise<{ status: number; body: unknown; text: string }>;
}

export interface InstallationOptions {
  /** `PORTKEY_GATEWAY_URL`; none where it is left out. */
  readonly gatewayUrl?: string;
  readonly allowPrivateUpstreams?: boolean;
  readonly resolveHost?: (hostname: string) => Promise<readonly string[]>;
}

/** Starts it as the gateway does; it ends with the test. */
export async function startLegacyInstallation(
  options: InstallationOptions = {},
): Promise<LegacyInstallation> {
  const { gatewayUrl = 'off', allowPrivateUpstreams = true, resolveHost = resolveBySystem } = options;
  const { db, location } = await createMigratedDatabase();
  const emulator = await createEmulator({ apiKeys: [PROVIDER_KEY] });
  onTestFinished(() => emulator.close());
  const cipher = createCredentialCipher(MASTER_KEY);
  const logger = createRecordingLogger();
  const paths = createPaths({
    ...NO_LITELLM,
    legacy: {
      logger,
      gatewayUrl,
      trustedHosts: () => [],
      limits: WAITS,
      tlsEnvironment: {},
      stored: { db, cipher },
      whyRefused: (baseUrl: string) => refusedHost(baseUrl, allowPrivateUpstreams, resolveHost),
    },
  });
  const watch = watchCatalog(db, () => paths.refresh(), logger);
  onTestFinished(async () => {
    await watch.stop();
    await paths.stop();
  });
  await watch.start();
  paths.start();
  await paths.whenStarted();
  const operations = createPathOperations({ db, cipher, catalogChanged: () => watch.check() });
  return {
    db,
    location,
    emulator,
    paths,
    logs: logger.entries,
    document: describeOperations(operations),
    chat: (model, given) => chat(paths, emulator, model, given),
    admin: await serveAdmin(db, operations),
  };
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

async function chat(
  paths: RequestPaths,
  emulator: Emulator,
  model: string,
  given: Partial<ProviderCall> = {},
): Promise<{ status: number; text: string }> {
  const call = callFor({
    model,
    body: { model, messages: [{ role: 'user', content: 'Hello' }] },
    provider: {
      id: 'emulator',
      type: 'openai',
      baseUrl: emulator.url,
      baseUrlIsExplicit: true,
      apiKey: new Secret(PROVIDER_KEY),
    },
    ...given,
  });
  const reply = await paths.select(call).path.handle(call, new AbortController().signal);
  return { status: reply.status, text: (await readWhole(reply.body)).toString('utf8') };
}

async function serveAdmin(
  db: Knex,
  operations: ReturnType<typeof createPathOperations>,
): Promise<LegacyInstallation['admin']> {
  const sessions = createAdminSessions(MASTER_KEY, undefined);
  const tokens = new Map<string, string>();
  for (const role of ['admin', 'operator', 'viewer'] as const) {
    const user: User = { id: `user_${role}`, username: role, passwordHash: 'scrypt:no:hash', role };
    await insertUser(db, user);
    tokens.set(role, sessions.issue({ ...user, tokenVersion: 0 }).token);
  }
  const app = express();
  app.use('/api', express.json(), createOperationsRouter(operations, { db, sessions }));
  app.use(notFound);
  app.use(createErrorHandler(createRecordingLogger()));
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  const server = app.listen(0, '127.0.0.1', () => resolve());
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await listening;
  const { port } = server.address() as AddressInfo;
  return async (method, path, { body, role = 'admin' } = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/admin${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.get(role) ?? 'none'}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text), text };
  };
}
