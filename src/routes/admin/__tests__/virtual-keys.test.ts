import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { monthOf } from '../../../services/limits/calendar-month.ts';
import { type AdminCall, startAdminApi } from './admin-fixture.ts';

const PATH = '/admin/virtual-keys';

async function make(call: AdminCall, body: object, as?: string) {
  const answer = await call('POST', PATH, { body, ...(as === undefined ? {} : { as }) });
  expect(answer.status, answer.text).toBe(201);
  return { id: String(answer.body.id), key: String(answer.body.key), body: answer.body };
}

describe('a virtual key', () => {
  it('is made of 32 random bytes, shown once, and stored as its hash and its first seven characters', async () => {
    const { call, db, hashKey } = await startAdminApi();
    const { id, key, body } = await make(call, { name: 'team' });
    expect(key).toMatch(/^vk_[A-Za-z0-9_-]{43}$/);
    expect(body.keyPrefix).toBe(key.slice(0, 7));
    const row = await db('virtual_keys').first();
    expect(row.key_hash).toBe(hashKey(key));
    expect(JSON.stringify(row)).not.toContain(key);
    for (const path of [PATH, `${PATH}/${id}`, '/admin/audit']) {
      const { text, status } = await call('GET', path);
      expect(status).toBe(200);
      expect(text).not.toContain(key);
      expect(text).not.toContain(row.key_hash);
    }
    expect((await call('PATCH', `${PATH}/${id}`, { body: {} })).text).not.toContain(key);
  });

  it('may be one that somebody thought of, of which less is kept', async () => {
    const { call, db, hashKey } = await startAdminApi();
    const { key, body } = await make(call, { name: 'team', customKey: 'custom-1' });
    expect(key).toBe('custom-1');
    expect(body.keyPrefix).toBe('cu');
    expect((await db('virtual_keys').first()).key_hash).toBe(hashKey('custom-1'));
  });

  it.each(['short', 'a'.repeat(65), 'with space', 'ключ-ключ'])('is not %s', async (customKey) => {
    const { call } = await startAdminApi();
    expect(await call('POST', PATH, { body: { name: 'team', customKey } })).toMatchObject({
      status: 400,
      body: { error: { param: 'customKey' } },
    });
    const validated = await call('POST', `${PATH}/validate`, { body: { customKey } });
    expect(validated.body).toMatchObject({ valid: false });
  });

  it('is not taken twice, neither by its value nor by its name', async () => {
    const { call } = await startAdminApi();
    const free = await call('POST', `${PATH}/validate`, { body: { customKey: 'custom-key' } });
    expect(free.body).toEqual({ valid: true, message: null });
    await make(call, { name: 'team', customKey: 'custom-key' });
    const taken = await call('POST', `${PATH}/validate`, { body: { customKey: 'custom-key' } });
    expect(taken.body).toMatchObject({ valid: false });
    expect(await call('POST', PATH, { body: { name: 'b', customKey: 'custom-key' } })).toMatchObject({
      status: 409,
      body: { error: { param: 'customKey' } },
    });
    expect(await call('POST', PATH, { body: { name: 'team' } })).toMatchObject({
      status: 409,
      body: { error: { param: 'name' } },
    });
  });

  it('is refused with a model that there is not', async () => {
    const { call } = await startAdminApi();
    expect(await call('POST', PATH, { body: { name: 'team', models: ['nothing'] } })).toMatchObject({
      status: 400,
      body: { error: { param: 'models.0' } },
    });
  });

  it('changes in what is named, and in nothing else', async () => {
    const { call, db } = await startAdminApi();
    const { id } = await make(call, {
      name: 'team',
      path: 'litellm',
      compat: 'openai',
      rateLimit: { rpm: 60, tpm: 9000 },
      monthlyTokens: 1_000_000,
      monthlyCost: 12.5,
      cacheEnabled: true,
      disableLogging: true,
      expiresAt: 4_102_444_800_000,
    });
    const before = await db('virtual_keys').first();
    expect(before.monthly_nano_dollars).toBe(12_500_000_000);
    await call('PUT', `${PATH}/${id}`, { body: { rateLimit: { rpm: 30 } } });
    expect(await db('virtual_keys').first()).toEqual({
      ...before,
      rpm_limit: 30,
      updated_at: expect.any(Number),
    });
    await call('PATCH', `${PATH}/${id}`, {
      body: { rateLimit: null, monthlyCost: null, expiresAt: null, enabled: false },
    });
    expect((await call('GET', `${PATH}/${id}`)).body).toMatchObject({
      rateLimit: { rpm: null, tpm: null },
      monthlyTokens: 1_000_000,
      monthlyCost: null,
      expiresAt: null,
      enabled: false,
      cacheEnabled: true,
      disableLogging: true,
      path: 'litellm',
      compat: 'openai',
    });
  });

  it('keeps its old value beside the new one for as long as was asked', async () => {
    const { call, db, hashKey } = await startAdminApi();
    const { id, key } = await make(call, { name: 'team' });
    const rotated = await call('POST', `${PATH}/${id}/rotate`, { body: { overlapSeconds: 3600 } });
    expect(rotated.body.key).not.toBe(key);
    const row = await db('virtual_keys').first();
    expect(row).toMatchObject({
      key_hash: hashKey(String(rotated.body.key)),
      previous_key_hash: hashKey(key),
      previous_expires_at: rotated.body.previousExpiresAt,
    });
    expect(rotated.body.previousExpiresAt).toBeGreaterThan(Date.now());
    const again = await call('POST', `${PATH}/${id}/rotate`);
    expect(again.body.previousExpiresAt).toBeNull();
    expect((await db('virtual_keys').first()).previous_key_hash).toBeNull();
  });

  it('shows what it has spent this month', async () => {
    const { call, db } = await startAdminApi();
    const { id } = await make(call, { name: 'team' });
    const spent = { virtual_key_id: id, tokens: 1200, nano_dollars: 2_500_000_000 };
    await db('key_spending').insert({ ...spent, month: monthOf(Date.now()) });
    await db('key_spending').insert({ ...spent, month: '2020-01' });
    expect((await call('GET', PATH)).body.virtualKeys).toMatchObject([
      { spent: { tokens: 1200, cost: 2.5 } },
    ]);
    await call('DELETE', `${PATH}/${id}`);
    expect(await db('key_spending')).toEqual([]);
  });
});

describe('the list of virtual keys', () => {
  const NAMES = ['alpha', 'Beta', 'gamma_1', 'gamma-2', 'delta'];
  const listed = z.object({ virtualKeys: z.array(z.object({ name: z.string() })), total: z.int() });

  async function startWithKeys() {
    const fixture = await startAdminApi();
    for (const name of NAMES) await make(fixture.call, { name });
    await make(fixture.call, { name: 'olgas gamma' }, 'olga');
    const list = async (query: string, as = 'admin') => {
      const { virtualKeys, total } = listed.parse(
        (await fixture.call('GET', `${PATH}${query}`, { as })).body,
      );
      return { names: virtualKeys.map(({ name }) => name), total };
    };
    return { ...fixture, list };
  }
  const ALL = ['Beta', 'alpha', 'delta', 'gamma-2', 'gamma_1', 'olgas gamma'];

  it('is whole where no page is asked for, with how many there are', async () => {
    const { list } = await startWithKeys();
    expect(await list('')).toEqual({ names: ALL, total: 6 });
  });

  it('comes in pages by name, each key on one of them', async () => {
    const { list } = await startWithKeys();
    expect(await list('?pageSize=4')).toEqual({ names: ALL.slice(0, 4), total: 6 });
    expect(await list('?page=2&pageSize=4')).toEqual({ names: ALL.slice(4), total: 6 });
    expect(await list('?page=3&pageSize=4')).toEqual({ names: [], total: 6 });
    expect(await list('?page=1')).toEqual({ names: ALL, total: 6 });
  });

  it.each([
    ['GAMMA', ['gamma-2', 'gamma_1', 'olgas gamma'], 3],
    ['gamma&pageSize=2', ['gamma-2', 'gamma_1'], 3],
    ['_', ['gamma_1'], 1],
    ['%25', [], 0],
    ['!', [], 0],
    ['', ALL, 6],
  ])('has the keys whose name has %j in it, as it is written', async (search, names, total) => {
    const { list } = await startWithKeys();
    expect(await list(`?search=${search}`)).toEqual({ names, total });
  });

  it('has and counts only the keys of the account that asks', async () => {
    const { list } = await startWithKeys();
    expect(await list('?pageSize=10', 'olga')).toEqual({ names: ['olgas gamma'], total: 1 });
    expect(await list('?search=gamma', 'otto')).toEqual({ names: [], total: 0 });
  });

  it.each(['page=0', 'pageSize=201', 'pageSize=x'])('is refused with %s', async (query) => {
    const { call } = await startAdminApi();
    const param = query.split('=')[0];
    expect(await call('GET', `${PATH}?${query}`)).toMatchObject({ status: 400, body: { error: { param } } });
  });
});

describe('a virtual key of one account', () => {
  it('is neither seen nor changed by another that is no administrator', async () => {
    const { call } = await startAdminApi();
    const { id, body } = await make(call, { name: 'olgas' }, 'olga');
    expect(body.ownerId).toBe('user_olga');
    for (const as of ['otto', 'vera']) {
      expect((await call('GET', PATH, { as })).body.virtualKeys).toEqual([]);
      expect((await call('GET', `${PATH}/${id}`, { as })).status).toBe(404);
    }
    const asOtto = { as: 'otto' };
    expect((await call('PATCH', `${PATH}/${id}`, { ...asOtto, body: { enabled: false } })).status).toBe(404);
    expect((await call('POST', `${PATH}/${id}/rotate`, asOtto)).status).toBe(404);
    expect((await call('DELETE', `${PATH}/${id}`, asOtto)).status).toBe(404);
    for (const as of ['olga', 'admin']) {
      expect((await call('GET', PATH, { as })).body.virtualKeys).toMatchObject([{ id, enabled: true }]);
    }
  });

  it('is not counted in what another sees of a model', async () => {
    const { call } = await startAdminApi();
    await call('POST', '/admin/providers', {
      body: { id: 'openai', type: 'openai', apiKey: 'sk-0123456789' },
    });
    await call('POST', '/admin/models', { body: { name: 'gpt', providerId: 'openai' } });
    await make(call, { name: 'olgas', models: ['gpt'] }, 'olga');
    const countFor = async (as: string) => (await call('GET', '/admin/models', { as })).body.models;
    expect(await countFor('olga')).toMatchObject([{ virtualKeyCount: 1 }]);
    expect(await countFor('otto')).toMatchObject([{ virtualKeyCount: 0 }]);
    expect(await countFor('admin')).toMatchObject([{ virtualKeyCount: 1 }]);
  });

  it('is given to another by administrators only', async () => {
    const { call } = await startAdminApi();
    const { id } = await make(call, { name: 'ottos', ownerId: 'user_otto' });
    expect((await call('GET', `${PATH}/${id}`, { as: 'otto' })).status).toBe(200);
    for (const ownerId of ['user_olga', null]) {
      const answer = await call('PATCH', `${PATH}/${id}`, { as: 'otto', body: { ownerId } });
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    }
    const unknown = await call('PATCH', `${PATH}/${id}`, { body: { ownerId: 'user_nobody' } });
    expect(unknown).toMatchObject({ status: 400, body: { error: { param: 'ownerId' } } });
  });

  it('may be seen and not changed by a viewer', async () => {
    const { call } = await startAdminApi();
    const { id } = await make(call, { name: 'veras', ownerId: 'user_vera' });
    expect((await call('GET', `${PATH}/${id}`, { as: 'vera' })).status).toBe(200);
    expect((await call('PATCH', `${PATH}/${id}`, { as: 'vera', body: { enabled: false } })).status).toBe(403);
    expect((await call('POST', PATH, { as: 'vera', body: { name: 'new' } })).status).toBe(403);
  });
});
