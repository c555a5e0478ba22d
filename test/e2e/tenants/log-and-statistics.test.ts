import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../../support/eventually.ts';
import { askAdmin } from '../admin/admin-client.ts';
import {
  askFor,
  chatFor,
  type OwnedKey,
  ownModels,
  startTenants,
  type Tenant,
  type Tenants,
} from './tenants.ts';

const REQUESTS = '/config/api-requests';
const rows = z.object({
  requests: z.array(z.looseObject({ id: z.string(), virtualKeyId: z.string() })),
  total: z.number(),
});
const sums = z.array(z.looseObject({ name: z.string().nullable(), requests: z.number() }));
const statistics = z.looseObject({
  totals: z.looseObject({ requests: z.number() }),
  models: sums,
  providers: sums,
  outcomes: sums,
});
const listed = z.array(z.looseObject({ id: z.string(), name: z.string() }));
const decisions = z.array(z.looseObject({ id: z.string(), virtualKeyId: z.string() }));

let tenants: Tenants;
/** How many requests each of them has made, by either key. */
const MADE = 6;

beforeAll(async () => {
  tenants = await startTenants();
  for (const tenant of [tenants.uma, tenants.tom, tenants.olga]) await makeRequests(tenant);
  await eventually(async () => (await logOf(undefined)).total === 3 * MADE);
  await eventually(async () => (await decisionsOf(undefined, 'uma')).length === 2);
});
afterAll(() => tenants.stop());

/** For each key: a chat completion, one that experts choose for, and one for a model that is not there. */
async function makeRequests({ username, keys }: Tenant): Promise<void> {
  const { real, experts } = ownModels(username);
  for (const key of Object.values(keys)) {
    const secret = `the secret of ${username}`;
    for (const model of [real, experts, 'nothing-of-the-kind'])
      await askFor(tenants.gateways[0], key, chatFor(model, secret));
  }
}

/** Asks the admin API as an account, as the administrators' token where none is given. */
function get(path: string, tenant: Tenant | undefined) {
  const token = tenant === undefined ? {} : { token: tenant.token };
  return askAdmin(tenants.gateways[0], 'GET', path, token);
}

async function logOf(tenant: Tenant | undefined, query = '') {
  return rows.parse((await get(`${REQUESTS}?pageSize=100${query}`, tenant)).body);
}

async function expertsOf(username: string): Promise<string> {
  const { configs } = (await get('/expert-routing', undefined)).body;
  const { experts } = ownModels(username);
  return listed.parse(configs).find(({ name }) => name === experts)?.id ?? '';
}

async function decisionsOf(tenant: Tenant | undefined, username: string) {
  return decisions.parse((await get(`/expert-routing/${await expertsOf(username)}/logs`, tenant)).body.logs);
}

const idsOf = ({ keys }: Tenant) => [keys.litellm.id, keys.legacy.id];
const everybody = () => [tenants.uma, tenants.tom, tenants.olga];
/** Each account with another one, whose it must not see. */
const pairs = () => [
  [tenants.uma, tenants.tom] as const,
  [tenants.tom, tenants.olga] as const,
  [tenants.olga, tenants.uma] as const,
];

describe('the request log', () => {
  it('has for an account the rows of its own keys only, also where it asks for those of others', async () => {
    for (const [own, other] of pairs()) {
      const log = await logOf(own);
      expect(log.total).toBe(MADE);
      expect(new Set(log.requests.map(({ virtualKeyId }) => virtualKeyId))).toEqual(new Set(idsOf(own)));
      expect(JSON.stringify(log)).not.toContain(other.username);
      for (const id of idsOf(other)) expect((await logOf(own, `&virtualKeyId=${id}`)).total).toBe(0);
      expect((await logOf(own, `&model=${ownModels(other.username).real}`)).total).toBe(0);
      for (const query of ['&providerId=scripted', '&status=client_error', '&path=legacy']) {
        const { requests } = await logOf(own, query);
        expect(requests.length).toBeGreaterThan(0);
        expect(requests.filter(({ virtualKeyId }) => !idsOf(own).includes(virtualKeyId))).toEqual([]);
      }
    }
  });

  it('gives a row with what it says to its own account, and is silent about it to every other', async () => {
    const { requests } = await logOf(undefined, `&virtualKeyId=${tenants.tom.keys.litellm.id}`);
    const [row] = requests;
    const path = `${REQUESTS}/${row?.id}`;
    const isWhole = async () => JSON.stringify(await get(path, tenants.tom)).includes('the secret of tom');
    await eventually(isWhole);
    const unknown = await get(`${REQUESTS}/req_unknown`, tenants.uma);
    expect(unknown.status).toBe(404);
    for (const other of [tenants.uma, tenants.olga]) expect(await get(path, other)).toEqual(unknown);
  });
});

describe('the statistics', () => {
  it('are those of the account’s own keys', async () => {
    for (const [own, other] of pairs()) {
      const { body } = await get('/config/stats', own);
      const { totals, models, providers, outcomes } = statistics.parse(body);
      expect(totals.requests).toBe(MADE);
      for (const groups of [models, providers, outcomes])
        expect(groups.reduce((sum, { requests }) => sum + requests, 0)).toBe(MADE);
      expect(JSON.stringify(body)).not.toContain(other.username);
    }
    const all = statistics.parse((await get('/config/stats', undefined)).body);
    expect(all.totals.requests).toBe(3 * MADE);
  });
});

describe('the decisions among experts', () => {
  it('are shown and counted for the account’s own keys only', async () => {
    for (const [own, other] of pairs()) {
      expect(await decisionsOf(own, own.username)).toHaveLength(2);
      expect(await decisionsOf(own, other.username)).toEqual([]);
      const id = await expertsOf(other.username);
      const category = await get(`/expert-routing/${id}/logs/category/code`, own);
      expect(category).toMatchObject({ status: 200, body: { logs: [] } });
      const counted = (await get(`/expert-routing/${id}/statistics`, own)).body;
      expect(counted).toMatchObject({ total: 0, outcomes: [], experts: [] });
      const [decision] = await decisionsOf(undefined, other.username);
      const details = `/expert-routing/${id}/logs/${decision?.id}/details`;
      expect((await get(details, other)).status).toBe(200);
      expect(await get(details, own)).toEqual(await get(`/expert-routing/${id}/logs/unknown/details`, own));
    }
  });
});

describe('the virtual keys', () => {
  it('are listed to their own account only', async () => {
    for (const own of everybody()) {
      const { virtualKeys } = (await get('/virtual-keys', own)).body;
      expect(listed.parse(virtualKeys).map(({ id }) => id)).toEqual(
        [own.keys.legacy, own.keys.litellm].map(({ id }) => id),
      );
    }
  });

  it('of others are as unknown ones, whatever is asked of them', async () => {
    const [{ url }] = tenants.gateways;
    const { olga, uma } = tenants;
    const asked = (id: string) =>
      Promise.all(
        (
          [
            ['GET', `/virtual-keys/${id}`],
            ['PATCH', `/virtual-keys/${id}`],
            ['PUT', `/virtual-keys/${id}`],
            ['POST', `/virtual-keys/${id}/rotate`],
            ['DELETE', `/virtual-keys/${id}`],
          ] as const
        ).map(([method, path]) =>
          askAdmin({ url }, method, path, { token: olga.token, ...(method === 'GET' ? {} : { body: {} }) }),
        ),
      );
    const unknown = await asked('key_unknown');
    expect(unknown.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect(await asked(uma.keys.litellm.id)).toEqual(unknown);
    expect((await get(`/virtual-keys/${uma.keys.litellm.id}`, tenants.tom)).status).toBe(404);
    expect((await askFor(tenants.gateways[0], uma.keys.litellm, chatFor('shared'))).status).toBe(200);
  });

  it('of others are not explained', async () => {
    const explain = (key: string, tenant: Tenant) => get(`/rollout/explain?key=${key}&model=shared`, tenant);
    const { uma, tom, olga } = tenants;
    const named = ({ id, name }: OwnedKey) => [id, name];
    for (const key of named(uma.keys.litellm)) {
      expect((await explain(key, uma)).status).toBe(200);
      for (const other of [tom, olga])
        expect(await explain(key, other)).toEqual(await explain('key_unknown', other));
    }
  });

  it('of others are not counted beside a model', async () => {
    const shared = async (tenant: Tenant | undefined) =>
      z
        .array(z.looseObject({ name: z.string() }))
        .parse((await get('/models', tenant)).body.models)
        .find(({ name }) => name === 'shared');
    expect(await shared(undefined)).toMatchObject({ virtualKeyCount: 6 });
    for (const own of everybody()) expect(await shared(own)).toMatchObject({ virtualKeyCount: 2 });
  });
});

describe('what has the keys of all accounts in it', () => {
  it.each(['/audit', '/users'])('is for administrators: %s', async (path) => {
    expect((await get(path, undefined)).status).toBe(200);
    for (const own of everybody()) expect((await get(path, own)).status).toBe(403);
  });
});
