import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findAuditEntries } from '../../../src/db/audit-log-repository.ts';
import { startLocalServer } from '../../support/local-server.ts';
import { storedBytes } from '../../support/test-database.ts';
import { type LegacyInstallation, startLegacyInstallation } from './legacy-installation.ts';

const KEY = 'pgw_key_of_the_gateway';
const GATEWAY = { name: 'Frankfurt', url: 'https://portkey.example:8788/', apiKey: KEY };
const withId = z.looseObject({ id: z.string() });

async function create(installation: LegacyInstallation, path: string, body: object): Promise<string> {
  const answer = await installation.admin('POST', path, { body });
  expect(answer.status).toBe(201);
  return withId.parse(answer.body).id;
}

const createGateway = (installation: LegacyInstallation, fields: object = {}) =>
  create(installation, '/portkey-gateways', { ...GATEWAY, ...fields });

const createRule = (installation: LegacyInstallation, portkeyGatewayId: string, fields: object = {}) =>
  create(installation, '/routing-rules', {
    name: 'Claude to Frankfurt',
    portkeyGatewayId,
    ruleType: 'model_name',
    ruleValue: 'claude-*',
    ...fields,
  });

async function auditOf(installation: LegacyInstallation) {
  const { rows } = await findAuditEntries(installation.db, { page: 1, pageSize: 100 });
  return rows;
}

describe('/api/admin/portkey-gateways', () => {
  it("adds, shows and lists gateways in the source system's words, and never shows a key", async () => {
    const installation = await startLegacyInstallation();
    const id = await createGateway(installation);
    const one = await installation.admin('GET', `/portkey-gateways/${id}`, { role: 'viewer' });
    expect(one.body).toEqual({
      id,
      name: 'Frankfurt',
      url: 'https://portkey.example:8788',
      description: null,
      isDefault: false,
      enabled: true,
      containerName: null,
      port: null,
      apiKeySet: true,
      installStatus: 'pending',
      lastHeartbeat: null,
      agentVersion: null,
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
    });
    const all = await installation.admin('GET', '/portkey-gateways', { role: 'viewer' });
    expect(all.body).toEqual([one.body]);
    expect(JSON.stringify(await auditOf(installation))).not.toContain(KEY);
    expect(JSON.stringify(installation.logs)).not.toContain(KEY);
    expect(`${one.text}${all.text}`).not.toContain('v1:');
  });

  it('keeps the key sealed in the database', async () => {
    const installation = await startLegacyInstallation();
    await createGateway(installation);
    expect(await installation.db('portkey_gateways').select('api_key')).toEqual([
      { api_key: expect.stringMatching(/^v1:/) },
    ]);
    expect((await storedBytes(installation.db, installation.location)).includes(KEY)).toBe(false);
  });

  it.each(['PUT', 'PATCH'])(
    'changes by %s the named fields alone, and says in the audit log that a key changed',
    async (method) => {
      const installation = await startLegacyInstallation();
      const id = await createGateway(installation, { description: 'old', port: 8788 });
      const path = `/portkey-gateways/${id}`;
      const before = (await installation.admin('GET', path)).body;
      const changed = await installation.admin(method, path, { body: { description: null, enabled: false } });
      expect(changed.body).toEqual({
        ...withId.parse(before),
        description: null,
        enabled: false,
        updatedAt: expect.any(Number),
      });
      expect((await installation.admin(method, path, { body: { apiKey: 'pgw_other' } })).body).toMatchObject({
        apiKeySet: true,
        port: 8788,
      });
      expect((await installation.admin(method, path, { body: { apiKey: null } })).body).toMatchObject({
        apiKeySet: false,
      });
      const keyChanges = (await auditOf(installation)).filter(({ after }) => after?.apiKeyChanged === true);
      expect(keyChanges).toHaveLength(2);
    },
  );

  it('has one default: a new one takes it from the old one, and the audit log has both', async () => {
    const installation = await startLegacyInstallation();
    const first = await createGateway(installation, { isDefault: true });
    const second = await createGateway(installation, { isDefault: true });
    await installation.admin('PATCH', `/portkey-gateways/${first}`, { body: { isDefault: true } });
    const rows = await installation.db('portkey_gateways').where({ is_default: true }).select('id');
    expect(rows).toEqual([{ id: first }]);
    const demoted = (await auditOf(installation)).filter(({ after }) => after?.isDefault === false);
    expect(demoted.map(({ entity_id }) => entity_id).sort()).toEqual([first, second].sort());
  });

  it('removes a gateway with its rules, all of them in the audit log', async () => {
    const installation = await startLegacyInstallation();
    const id = await createGateway(installation);
    const rule = await createRule(installation, id);
    expect((await installation.admin('DELETE', `/portkey-gateways/${id}`)).body).toEqual({ success: true });
    expect((await installation.admin('GET', `/routing-rules/${rule}`)).status).toBe(404);
    expect((await installation.admin('GET', `/portkey-gateways/${id}`)).status).toBe(404);
    const gone = (await auditOf(installation)).filter(({ action }) => action === 'delete');
    expect(gone).toMatchObject([
      { actor: 'admin', before: expect.anything(), after: null },
      { actor: 'admin', before: expect.anything(), after: null },
    ]);
    expect(gone.map(({ entity, entity_id }) => [entity, entity_id]).sort()).toEqual([
      ['portkey_gateway', id],
      ['routing_rule', rule],
    ]);
  });

  it.each([
    ['no address', { name: 'a', url: 'portkey' }, 'url'],
    ['an address that is no place on the web', { name: 'a', url: 'file:///etc/passwd' }, 'url'],
    ['credentials in the address', { name: 'a', url: 'https://user:word@portkey.example' }, 'url'],
    ['a query in the address', { name: 'a', url: 'https://portkey.example/?a=b' }, 'url'],
    ['no name', { url: 'https://portkey.example' }, 'name'],
    ['a key that is no header', { ...GATEWAY, apiKey: 'a\r\nx: y' }, 'apiKey'],
    ['a port that is none', { ...GATEWAY, port: 70_000 }, 'port'],
  ])('refuses %s', async (_, body, param) => {
    const installation = await startLegacyInstallation();
    const { status, body: answer } = await installation.admin('POST', '/portkey-gateways', { body });
    expect(status).toBe(400);
    expect(answer).toMatchObject({ error: { code: 'invalid_body', param } });
    expect(await installation.db('portkey_gateways')).toEqual([]);
  });

  it.each([
    [200, { success: true, latency: expect.any(Number), error: null }],
    [404, { success: true, latency: expect.any(Number), error: null }],
    [302, { success: false, latency: null, error: 'HTTP 302' }],
    [401, { success: false, latency: null, error: 'HTTP 401' }],
    [500, { success: false, latency: null, error: 'HTTP 500' }],
  ])(
    'takes a gateway that answers /health with %i for what the source system does',
    async (status, health) => {
      const asked: (string | undefined)[] = [];
      const url = await startLocalServer((request, response) => {
        asked.push(request.url);
        response.writeHead(status, { location: '/elsewhere' }).end();
      });
      const installation = await startLegacyInstallation();
      const id = await createGateway(installation, { url, enabled: false });
      expect((await installation.admin('GET', `/portkey-gateways/${id}/health`)).body).toEqual(health);
      expect(asked).toEqual(['/health']);
    },
  );

  it('says of a gateway that is not there why it is not healthy', async () => {
    const installation = await startLegacyInstallation();
    const id = await createGateway(installation, { url: 'http://127.0.0.1:9', enabled: false });
    const { status, body } = await installation.admin('GET', `/portkey-gateways/${id}/health`);
    expect(status).toBe(200);
    expect(body).toEqual({ success: false, latency: null, error: expect.stringMatching(/./) });
    expect((await installation.admin('GET', '/portkey-gateways/nobody/health')).status).toBe(404);
  });
});

describe('/api/admin/routing-rules', () => {
  it('adds, shows, lists and removes rules, by gateway as well, in the order in which they are tried', async () => {
    const installation = await startLegacyInstallation();
    const [one, two] = [await createGateway(installation), await createGateway(installation)];
    const low = await createRule(installation, one);
    const high = await createRule(installation, one, { priority: 10, description: 'first' });
    await createRule(installation, two);
    expect((await installation.admin('GET', `/routing-rules/${high}`, { role: 'viewer' })).body).toEqual({
      id: high,
      name: 'Claude to Frankfurt',
      description: 'first',
      portkeyGatewayId: one,
      ruleType: 'model_name',
      ruleValue: 'claude-*',
      priority: 10,
      enabled: true,
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
    });
    const ofOne = (await installation.admin('GET', `/portkey-gateways/${one}/routing-rules`)).body;
    expect(ofOne).toMatchObject([{ id: high }, { id: low }]);
    expect((await installation.admin('GET', '/routing-rules')).body).toHaveLength(3);
    await installation.admin('DELETE', `/routing-rules/${high}`);
    expect((await installation.admin('GET', `/portkey-gateways/${one}/routing-rules`)).body).toMatchObject([
      { id: low },
    ]);
  });

  it('changes the named fields alone, and has before and after in the audit log', async () => {
    const installation = await startLegacyInstallation();
    const id = await createRule(installation, await createGateway(installation), { priority: 3 });
    const changed = await installation.admin('PATCH', `/routing-rules/${id}`, {
      body: { ruleValue: 'gpt-*' },
      role: 'operator',
    });
    expect(changed.body).toMatchObject({
      ruleValue: 'gpt-*',
      ruleType: 'model_name',
      priority: 3,
      enabled: true,
    });
    expect((await auditOf(installation)).filter(({ action }) => action === 'update')).toMatchObject([
      {
        actor: 'operator',
        entity: 'routing_rule',
        entity_id: id,
        before: { ruleValue: 'claude-*' },
        after: { ruleValue: 'gpt-*' },
      },
    ]);
  });

  it.each([
    ['an unknown gateway', { portkeyGatewayId: 'nobody' }, 'portkeyGatewayId'],
    ['an unknown type', { ruleType: 'by_weekday' }, 'ruleType'],
    ['a pattern that is none', { ruleType: 'pattern', ruleValue: '(gpt' }, 'ruleValue'],
    ['a pattern that could be tried without end', { ruleType: 'pattern', ruleValue: '(a+)+$' }, 'ruleValue'],
    ['an empty value', { ruleValue: '' }, 'ruleValue'],
    ['a field that there is not', { weekday: 1 }, undefined],
  ])('refuses %s in a new rule and in a changed one', async (_, fields, param) => {
    const installation = await startLegacyInstallation();
    const gateway = await createGateway(installation);
    const id = await createRule(installation, gateway);
    const rule = { name: 'r', portkeyGatewayId: gateway, ruleType: 'model_name', ruleValue: '*', ...fields };
    const answers = [
      await installation.admin('POST', '/routing-rules', { body: rule }),
      await installation.admin('PATCH', `/routing-rules/${id}`, { body: fields }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(400);
      expect(body).toMatchObject({
        error: { code: 'invalid_body', ...(param === undefined ? {} : { param }) },
      });
    }
    expect((await installation.admin('GET', '/routing-rules')).body).toMatchObject([
      { id, ruleValue: 'claude-*' },
    ]);
  });

  it('lets a rule of an older installation be switched off although its pattern is none', async () => {
    const installation = await startLegacyInstallation();
    const id = await createRule(installation, await createGateway(installation));
    await installation.db('model_routing_rules').update({ rule_type: 'pattern', rule_value: '(gpt' });
    const path = `/routing-rules/${id}`;
    expect((await installation.admin('PATCH', path, { body: { enabled: false } })).status).toBe(200);
    expect((await installation.admin('PATCH', path, { body: { ruleValue: '[gpt' } })).status).toBe(400);
  });
});

describe('the legacy part of the admin API', () => {
  it.each([
    ['GET', '/portkey-gateways', 'viewer'],
    ['GET', '/portkey-gateways/x', 'viewer'],
    ['GET', '/portkey-gateways/x/routing-rules', 'viewer'],
    ['GET', '/portkey-gateways/x/health', 'operator'],
    ['POST', '/portkey-gateways', 'admin'],
    ['PUT', '/portkey-gateways/x', 'admin'],
    ['PATCH', '/portkey-gateways/x', 'admin'],
    ['DELETE', '/portkey-gateways/x', 'admin'],
    ['GET', '/routing-rules', 'viewer'],
    ['GET', '/routing-rules/x', 'viewer'],
    ['POST', '/routing-rules', 'operator'],
    ['PUT', '/routing-rules/x', 'operator'],
    ['PATCH', '/routing-rules/x', 'operator'],
    ['DELETE', '/routing-rules/x', 'operator'],
  ] as const)('lets %s %s be asked by the role %s and above only', async (method, path, least) => {
    const installation = await startLegacyInstallation();
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
    const roles = ['nobody', 'viewer', 'operator', 'admin'] as const;
    const refused: string[] = [];
    for (const role of roles) {
      const { status } = await installation.admin(method, path, { role, ...body });
      if (status === 401 || status === 403) refused.push(role);
    }
    expect(refused).toEqual(roles.slice(0, roles.indexOf(least)));
  });

  it('is in the OpenAPI document', async () => {
    const { document } = await startLegacyInstallation();
    expect(
      Object.keys(z.looseObject({ paths: z.record(z.string(), z.unknown()) }).parse(document).paths),
    ).toEqual([
      '/admin/portkey-gateways',
      '/admin/portkey-gateways/{id}',
      '/admin/portkey-gateways/{id}/routing-rules',
      '/admin/portkey-gateways/{id}/health',
      '/admin/routing-rules',
      '/admin/routing-rules/{id}',
    ]);
  });
});
