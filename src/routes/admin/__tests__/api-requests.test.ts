import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { insertBodies } from '../../../db/request-bodies-repository.ts';
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
  requestedModel: 'smart',
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
  isEstimate: false,
  attempts: 2,
  durationMs: 300,
  firstTokenMs: 40,
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
  await insertBodies(db, [
    { requestId: 'r3', requestBody: '{"asked":3}', responseBody: undefined, at: NOW },
    { requestId: 'r6', requestBody: '{"asked":6}', responseBody: '{}', at: NOW - 40 * DAY_MS },
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
      requestedModel: 'smart',
      attempts: 2,
      tokensEstimated: false,
      timeToFirstToken: 40,
      requestBody: '{"asked":3}',
      responseBody: null,
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

  it('D2 is cleaned of old bodies by administrators, and keeps every row and count', async () => {
    const { call } = await startWithLog();
    expect((await call('POST', `${PATH}/clean`, { as: 'olga' })).status).toBe(403);
    expect((await call('POST', `${PATH}/clean`, { body: { daysToKeep: -1 } })).status).toBe(400);
    const before = (await call('GET', '/admin/config/stats?period=30d')).body;
    expect((await call('POST', `${PATH}/clean`)).body).toEqual({ deleted: 1 });
    const bodiesOf = async (id: string) => (await call('GET', `${PATH}/${id}`)).body.requestBody;
    expect([await bodiesOf('r3'), await bodiesOf('r6')]).toEqual(['{"asked":3}', null]);
    expect((await call('GET', PATH)).body.total).toBe(6);
    const { startTime: _before, ...counts } = before;
    expect((await call('GET', '/admin/config/stats?period=30d')).body).toMatchObject(counts);
  });
});

describe('the statistics', () => {
  it('D10 keep providers apart by their id, whatever their models are called', async () => {
    const { call, db } = await startAdminApi();
    await insertRequests(db, [
      request('a', { providerId: 'openai', model: 'gpt' }),
      request('b', { providerId: 'azure', model: 'gpt', outcome: 'upstream_error' }),
      request('c', { providerId: 'azure', model: 'gpt' }),
    ]);
    const { body } = await call('GET', '/admin/config/stats');
    expect(body.providers).toMatchObject([
      { name: 'azure', requests: 2, successes: 1 },
      { name: 'openai', requests: 1, successes: 1 },
    ]);
    const { requests } = (await call('GET', `${PATH}?model=gpt&providerId=openai`)).body;
    expect(requests).toMatchObject([{ id: 'a' }]);
  });

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
