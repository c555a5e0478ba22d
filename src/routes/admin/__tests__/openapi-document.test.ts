import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMigratedDatabase } from '../../../../test/support/migrated-database.ts';
import { createAdminSessions } from '../../../services/admin-sessions.ts';
import { createCredentialCipher } from '../../../services/credential-cipher.ts';
import { createUpstreamTransport } from '../../../services/upstream-transport.ts';
import { adminOperations } from '../admin-api.ts';
import { startAdminApi } from './admin-fixture.ts';

const MASTER_KEY = Buffer.alloc(32, 7);

async function operations() {
  const { db } = await createMigratedDatabase();
  return adminOperations({
    db,
    cipher: createCredentialCipher(MASTER_KEY),
    hashKey: String,
    sessions: createAdminSessions(MASTER_KEY, undefined),
    transport: createUpstreamTransport({ connectMs: 1, headersMs: 1, idleMs: 1 }, false),
    adapter: { handle: () => Promise.reject(new Error('unused')) },
    allowPrivateUpstreams: false,
    resolveHost: async () => [],
    catalogChanged: async () => {},
  });
}

const item = z.looseObject({
  operationId: z.string(),
  responses: z.record(z.string(), z.unknown()),
  requestBody: z.unknown().optional(),
  parameters: z.array(
    z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: z.unknown() }),
  ),
});
const documentSchema = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), item)),
});

async function readDocument() {
  const { url } = await startAdminApi();
  const response = await fetch(`${url}/openapi.json`);
  expect(response.status).toBe(200);
  return documentSchema.parse(await response.json());
}

const withoutDialect = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io });
  const asSent: unknown = JSON.parse(JSON.stringify(rest));
  return asSent;
};

describe('the OpenAPI document', () => {
  it('has every operation, with the schemas that its requests and answers are held against', async () => {
    const { paths } = await readDocument();
    const all = await operations();
    const documented = Object.values(paths).flatMap((methods) => Object.keys(methods));
    expect(documented).toHaveLength(all.flatMap(({ methods }) => methods).length);
    for (const { path, methods, response, status, input } of all) {
      for (const method of methods) {
        const described = paths[path]?.[method];
        expect(described?.responses[status], `${method} ${path}`).toMatchObject({
          content: { 'application/json': { schema: withoutDialect(response, 'output') } },
        });
        expect(described?.requestBody !== undefined).toBe(input.body !== undefined);
        if (input.body !== undefined) {
          expect(described?.requestBody).toMatchObject({
            content: { 'application/json': { schema: withoutDialect(input.body, 'input') } },
          });
        }
      }
    }
  });

  it('names each operation once, and each parameter of its path', async () => {
    const { paths } = await readDocument();
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, methods] of Object.entries(paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters } of Object.values(methods)) {
        const named = parameters.filter((parameter) => parameter.in === 'path');
        expect(named.map(({ name }) => name)).toEqual(inPath);
        expect(named.every(({ required }) => required)).toBe(true);
      }
    }
  });

  it('has no query parameter that must be given', async () => {
    const { paths } = await readDocument();
    const parameters = Object.values(paths).flatMap((methods) =>
      Object.values(methods).flatMap((described) => described.parameters),
    );
    const queries = parameters.filter((parameter) => parameter.in === 'query');
    expect(queries.length).toBeGreaterThan(10);
    expect(queries.filter(({ required }) => required)).toEqual([]);
  });
});

describe('every operation', () => {
  it('that needs a login is refused without one, with a forged one, and to a role below its own', async () => {
    const { call } = await startAdminApi();
    const below = { viewer: undefined, operator: 'vera', admin: 'olga' } as const;
    for (const { path, methods, role } of await operations()) {
      if (role === 'none') continue;
      for (const method of methods) {
        const url = path.replaceAll(/\{\w+\}/g, 'x');
        const body = method === 'get' ? undefined : {};
        const codeFor = async (as: string | null) =>
          (await call(method.toUpperCase(), url, { as, body })).body;
        expect(await codeFor(null)).toMatchObject({ error: { code: 'missing_authorization' } });
        expect(await codeFor('forged.token')).toMatchObject({ error: { code: 'login_failed' } });
        const user = below[role];
        if (user !== undefined) {
          expect(await codeFor(user), `${method} ${path}`).toMatchObject({ error: { code: 'forbidden' } });
        }
      }
    }
  });

  it('that changes providers, accounts or settings is for administrators, every other change for operators but that of one’s own password', async () => {
    const changing = (await operations()).filter(
      ({ methods, role, path }) =>
        role !== 'none' && path !== '/auth/password' && methods.some((method) => method !== 'get'),
    );
    const forAdmins = /^\/admin\/(providers|webhooks|users|config\/system-settings|config\/api-requests)/;
    for (const { path, methods, role } of changing) {
      const isTest = path.endsWith('/test');
      expect(role, `${methods} ${path}`).toBe(forAdmins.test(path) && !isTest ? 'admin' : 'operator');
    }
  });
});
