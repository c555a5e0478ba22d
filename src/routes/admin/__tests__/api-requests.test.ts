import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { insertRequests, type LoggedRequest } from '../../../db/request-log-repository.ts';
import { type AdminCall, startAdminApi } from './admin-fixture.ts';

const PATH = '/admin/config/api-requests';
const DAY_MS = 24 * 60 * 60 * 1000;
/** One moment for all, so that no midnight lies between them. */
const NOW = Date.now() - 1000;

const request = (id: string, fields: Partial<LoggedRequest> = {}): LoggedRequest => ({
  id,
  virtualKeyId: undefined,
  providerId: 'openai',
  model: 'gpt',
  path: 'litellm',
  reason: 'enrolled',
  endpoint: 'chat.completions',
  stream: false,
  outcome: 'success',
  httpStatus: 200,
  errorCode: undefined,
  promptTokens: 100,
  completionTokens: 20,
  cachedTokens: 10,
  reasoningTokens: 0,
  nanoDollars: 1_000_000,
  durationMs: 300,
  isCacheHit: false,
  at: NOW,
  ...fields,
});

async function log(call: AdminCall, db: Knex): Promise<void> {
  const keyOf = async (as: string) =>
    String((await call('POST', '/admin/virtual-keys', { as, body: { name: as } })).body.id);
  const [olgas, ottos] = [await keyOf('olga'), await keyOf('otto')];
  await insertRequests(db, [
    request('r1', { virtualKeyId: olgas }),
    request('r2', { virtualKeyId: olgas, path: 'legacy', isCacheHit: true, durationMs: 100 }),
    request('r3', { virtualKeyId: ottos, outcome: 'upstream_error', httpStatus: 502, errorCode: 'x' }),
    request('r4', { virtualKeyId: ottos, model: 'claude', at: NOW - 3 * DAY_MS }),
    request('r5', { model: undefined, providerId: undefined, path: undefined, nanoDollars: undefined }),
    request('r6', { virtualKeyId: olgas, at: NOW - 40 * DAY_MS }),
  ]);
}

async function startWithLog() {
  const fixture = await startAdminApi();
  await log(fixture.call, fixture.db);
  return fixture;
}

describe('the request log', () => {
  it('is read in pages and one by one', async () => {
    const { call } = await startWithLog();
    const { body } = await call('GET', `${PATH}?pageSize=2&page=3`);
    expect(body).toMatchObject({ total: 6, page: 3, pageSize: 2 });
    expect(body.requests).toMatchObject([{ id: 'r4' }, { id: 'r6' }]);
    expect((await call('GET', `${PATH}/r3`)).body).toMatchObject({
      status: 'upstream_error',
      httpStatus: 502,
      errorMessage: 'x',
      totalTokens: 120,
      cost: 0.001,
    });
    expect((await call('GET', `${PATH}/none`)).status).toBe(404);
  });

  it.each([
    ['status=upstream_error', ['r3']],
    ['model=claude', ['r4']],
    ['path=legacy', ['r2']],
    ['providerId=openai&path=litellm&status=success&model=gpt', ['r1', 'r6']],
    [`endTime=${NOW - 10 * DAY_MS}`, ['r6']],
    [`startTime=${NOW - 5 * DAY_MS}&endTime=${NOW - 2 * DAY_MS}`, ['r4']],
  ])('is filtered by %s', async (query, ids) => {
    const { call } = await startWithLog();
    const { requests } = (await call('GET', `${PATH}?${query}`)).body;
    expect(requests).toMatchObject(ids.map((id) => ({ id })));
  });

  it('of the keys of one account is nothing that another can read', async () => {
    const { call } = await startWithLog();
    const asOlga = await call('GET', PATH, { as: 'olga' });
    expect(asOlga.body).toMatchObject({ total: 3, requests: [{ id: 'r1' }, { id: 'r2' }, { id: 'r6' }] });
    expect((await call('GET', `${PATH}/r3`, { as: 'olga' })).status).toBe(404);
    expect((await call('GET', PATH, { as: 'vera' })).body.total).toBe(0);
    const { requests } = (await call('GET', PATH, { as: 'admin' })).body;
    expect(requests).toHaveLength(6);
  });

  it('is cleaned of what no statistics are made of, by administrators', async () => {
    const { call } = await startWithLog();
    expect((await call('POST', `${PATH}/clean`, { as: 'olga' })).status).toBe(403);
    expect((await call('POST', `${PATH}/clean`, { body: { daysToKeep: 1 } })).status).toBe(400);
    expect((await call('POST', `${PATH}/clean`)).body).toEqual({ deleted: 1 });
    expect((await call('GET', PATH)).body.total).toBe(5);
  });
});

describe('the statistics', () => {
  it('add up a day, in all and by what requests have in common', async () => {
    const { call } = await startWithLog();
    const { body } = await call('GET', '/admin/config/stats');
    expect(body).toMatchObject({
      period: '24h',
      totals: {
        requests: 4,
        successes: 3,
        promptTokens: 400,
        completionTokens: 80,
        totalTokens: 480,
        cachedTokens: 40,
        cost: 0.003,
        cacheHits: 1,
        averageResponseTime: 250,
      },
      outcomes: [
        { name: 'success', requests: 3 },
        { name: 'upstream_error', requests: 1, successes: 0 },
      ],
    });
    expect(body.paths).toMatchObject([
      { name: 'litellm', requests: 2 },
      expect.objectContaining({ requests: 1 }),
      expect.objectContaining({ requests: 1 }),
    ]);
    expect(body.models).toMatchObject([{ name: 'gpt', requests: 3 }, { name: null }]);
  });

  it.each([
    ['7d', 5],
    ['30d', 5],
  ])('add up %s, with a trend by days', async (period, requests) => {
    const { call } = await startWithLog();
    const { body } = await call('GET', `/admin/config/stats?period=${period}`);
    expect(body.totals).toMatchObject({ requests });
    expect(body.trend).toMatchObject([{ requests: 1 }, { requests: 4 }]);
    const steps = z.array(z.looseObject({ time: z.number() })).parse(body.trend);
    expect(steps.map(({ time }) => time % DAY_MS)).toEqual([0, 0]);
  });

  it('of the keys of one account have nothing of another', async () => {
    const { call } = await startWithLog();
    const totalsOf = async (as: string) =>
      (await call('GET', '/admin/config/stats?period=7d', { as })).body.totals;
    expect(await totalsOf('olga')).toMatchObject({ requests: 2 });
    expect(await totalsOf('otto')).toMatchObject({ requests: 2 });
    expect(await totalsOf('vera')).toMatchObject({ requests: 0, averageResponseTime: null, cost: 0 });
  });
});
