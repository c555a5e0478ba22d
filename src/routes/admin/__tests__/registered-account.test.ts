import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { type AdminCall, type AdminFixture, startAdminApi } from './admin-fixture.ts';

const PROVIDER_KEY = 'sk-provider-0123456789abcdWXYZ';
const OLGAS_KEY = 'olgas secret project';
const EXPERTS = {
  name: 'router',
  config: {
    classifier: { model: 'gpt', prompt_template: 'Which of: {{USER_PROMPT}}' },
    experts: [{ id: 'e1', category: 'code', model: 'gpt' }],
  },
};

/** An account that has just registered itself. */
async function register({ call }: AdminFixture): Promise<string> {
  await call('POST', '/admin/config/system-settings', { body: { allowRegistration: true } });
  const body = { username: 'newcomer', password: 'a long enough password' };
  const answer = await call('POST', '/auth/register', { as: null, body });
  expect(answer, answer.text).toMatchObject({ status: 201, body: { user: { role: 'viewer' } } });
  return String(answer.body.token);
}

/** With a provider, a model, experts, and a key of olga's that all of them were used with. */
async function startInUse() {
  const fixture = await startAdminApi();
  const { call, db } = fixture;
  await call('POST', '/admin/providers', {
    body: { id: 'openai', type: 'openai', apiKey: PROVIDER_KEY },
  });
  const model = await add(call, '/admin/models', { name: 'gpt', providerId: 'openai' });
  const experts = await add(call, '/admin/expert-routing', EXPERTS);
  const key = await add(call, '/admin/virtual-keys', { name: OLGAS_KEY, models: ['gpt'] }, 'olga');
  await logRequest(db, key);
  await logDecision(db, key, experts);
  const as = await register(fixture);
  /** What stands for the parameters of paths. */
  const ids = ['openai', model, experts, key, 'request-of-olga', 'decision-of-olga', 'user_olga', 'code'];
  return { ...fixture, as, ids, experts, secrets: [OLGAS_KEY, key, 'WXYZ', 'of-olga', 'user_olga', 'hash'] };
}

async function add(call: AdminCall, path: string, body: object, as = 'admin'): Promise<string> {
  const answer = await call('POST', path, { body, as });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.body.id);
}

const logRequest = (db: Knex, keyId: string) =>
  db('api_requests').insert({
    id: 'request-of-olga',
    virtual_key_id: keyId,
    model: 'gpt',
    request_type: 'chat.completions',
    status: 'success',
    http_status: 200,
    prompt_tokens: 77,
    response_time: 1,
    created_at: Date.now(),
  });

const logDecision = (db: Knex, keyId: string, expertRoutingId: string) =>
  db('expert_routing_logs').insert({
    id: 'decision-of-olga',
    virtual_key_id: keyId,
    expert_routing_id: expertRoutingId,
    request_hash: 'hash-of-olga',
    outcome: 'matched',
    selected_expert_name: 'code',
    classification_time: 1,
    created_at: Date.now(),
  });

/** The paths of everything that can be read, each parameter replaced by each of these ids. */
function pathsToRead(operations: readonly string[], ids: readonly string[]): string[] {
  const paths = operations.filter((name) => name.startsWith('GET ')).map((name) => name.slice(4));
  const fill = (path: string): string[] =>
    path.includes('{') ? ids.flatMap((id) => fill(path.replace(/\{\w+\}/, encodeURIComponent(id)))) : [path];
  return paths.flatMap(fill);
}

describe('an account that registers itself', () => {
  it('reads nothing of others anywhere: no key, no request, no decision, no account, no credential', async () => {
    const { call, operations, as, ids, secrets } = await startInUse();
    const paths = pathsToRead(operations, ids);
    expect(paths.length).toBeGreaterThan(50);
    const leaks: string[] = [];
    for (const path of paths) {
      const { status, text } = await call('GET', path, { as });
      expect(status, path).toBeLessThan(500);
      // What an error says of the path is what was asked.
      if (status < 400 && secrets.some((secret) => text.includes(secret))) leaks.push(`${path}: ${text}`);
    }
    expect(leaks).toEqual([]);
  });

  it('has empty lists where all the others’ rows are left out, and statistics of nothing', async () => {
    const { call, as, experts } = await startInUse();
    const read = async (path: string) => (await call('GET', path, { as })).body;
    expect(await read('/admin/virtual-keys')).toEqual({ virtualKeys: [], total: 0 });
    expect(await read('/admin/config/api-requests')).toMatchObject({ requests: [], total: 0 });
    expect(await read('/admin/config/stats?period=30d')).toMatchObject({
      totals: { requests: 0, promptTokens: 0, cost: 0 },
      outcomes: [],
      models: [],
      trend: [],
    });
    expect(await read(`/admin/expert-routing/${experts}/logs`)).toEqual({ logs: [] });
    expect(await read(`/admin/expert-routing/${experts}/statistics`)).toMatchObject({
      total: 0,
      experts: [],
    });
    expect(await read('/admin/models')).toMatchObject({ models: [{ name: 'gpt', virtualKeyCount: 0 }] });
    // They are there for whoever may see them.
    const asOlga = await call('GET', '/admin/config/api-requests', { as: 'olga' });
    expect(asOlga.body).toMatchObject({ total: 1 });
  });

  it('may change nothing but its own password', async () => {
    const { call, operations, as } = await startInUse();
    const changes = operations.filter((name) => !/^(GET|POST \/auth\/)/.test(name));
    expect(changes.length).toBeGreaterThan(25);
    for (const name of changes) {
      const [method = '', path = ''] = name.split(' ');
      const answer = await call(method, path.replaceAll(/\{\w+\}/g, 'x'), { as, body: {} });
      expect(answer, name).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    }
  });
});

describe('an account without a virtual key, where nothing is stored yet', () => {
  it.each(['olga', 'vera', 'admin'])('has empty lists and no errors as %s', async (as) => {
    const { call, operations } = await startAdminApi();
    const paths = operations.filter((name) => /^GET [^{]+$/.test(name)).map((name) => name.slice(4));
    for (const path of paths) {
      const { status, body } = await call('GET', path, { as });
      if (status === 403 && as !== 'admin') continue;
      expect(status, path).toBe(200);
      const lists = Object.entries(body).filter(([, value]) => Array.isArray(value));
      // The accounts are the one list that is never empty: somebody asks.
      for (const [name, list] of lists) if (name !== 'users') expect(list, `${path}: ${name}`).toEqual([]);
    }
  });
});
