import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { insertDecisions } from '../../../db/expert-log-repository.ts';
import { ClassificationError } from '../../../services/expert-router/expert-decision.ts';
import { type AdminCall, startAdminApi } from './admin-fixture.ts';

const ROUTING = '/admin/config/routing-configs';
const EXPERTS = '/admin/expert-routing';

const entries = z.array(z.looseObject({ id: z.string() }));

/** With the models `small` and `large`. */
async function startWithModels() {
  const fixture = await startAdminApi();
  const provider = { id: 'openai', type: 'openai', apiKey: 'sk-0123456789' };
  await fixture.call('POST', '/admin/providers', { body: provider });
  for (const name of ['small', 'large']) {
    await fixture.call('POST', '/admin/models', { body: { name, providerId: 'openai' } });
  }
  return fixture;
}

const routing = (name: string, ...models: string[]) => ({
  name,
  type: 'fallback',
  config: { targets: models.map((model) => ({ model })) },
});

const experts = (name: string, fields: { classifier?: string; expert?: string; fallback?: string } = {}) => ({
  name,
  config: {
    classifier: {
      model: fields.classifier ?? 'small',
      prompt_template: 'Which of: {{USER_PROMPT}}',
      enable_structured_output: true,
    },
    experts: [{ id: 'e1', category: 'code', model: fields.expert ?? 'large' }],
    ...(fields.fallback === undefined ? {} : { fallback: { model: fields.fallback } }),
  },
});

async function add(call: AdminCall, path: string, body: object): Promise<string> {
  const answer = await call('POST', path, { body });
  expect(answer.status, answer.text).toBe(201);
  return String(answer.body.id);
}

describe('a virtual model with targets', () => {
  it('keeps weights and statuses, and what a change does not name', async () => {
    const { call } = await startWithModels();
    const config = {
      strategy: { mode: 'loadbalance' },
      targets: [
        { model: 'small', weight: 3, on_status_codes: [429, 503] },
        { model: 'large', weight: 1 },
      ],
    };
    const id = await add(call, ROUTING, { name: 'smart', description: 'x', type: 'loadbalance', config });
    for (const method of ['PUT', 'PATCH']) {
      const { body } = await call(method, `${ROUTING}/${id}`, { body: { enabled: false } });
      expect(body).toMatchObject({ name: 'smart', description: 'x', type: 'loadbalance', config });
    }
    expect((await call('GET', ROUTING)).body.configs).toMatchObject([{ id, enabled: false }]);
    const retyped = await call('PATCH', `${ROUTING}/${id}`, {
      body: { type: 'fallback', description: null },
    });
    expect(retyped.body).toMatchObject({
      type: 'fallback',
      description: null,
      config: { strategy: { mode: 'fallback' }, targets: config.targets },
    });
  });

  it.each([
    [routing('smart', 'small', 'nothing'), 'config.targets.1.model'],
    [routing('smart'), 'config.targets'],
    [routing('smart', 'smart'), 'config.targets.0.model'],
    [{ ...routing('smart', 'small'), type: 'hash' }, 'type'],
    [
      { ...routing('smart'), config: { strategy: { mode: 'loadbalance' }, targets: [{ model: 'small' }] } },
      'config.strategy.mode',
    ],
    [
      { ...routing('smart'), config: { targets: [{ model: 'small', on_status_codes: [9] }] } },
      'config.targets.0.on_status_codes.0',
    ],
    [{ ...routing('smart'), config: { targets: [{ model: 'small', weight: 0 }] } }, 'config.targets'],
  ])('is refused as %j', async (body, param) => {
    const { call } = await startWithModels();
    const answer = await call('POST', ROUTING, { body });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_body', param } } });
    expect((await call('GET', ROUTING)).body.configs).toEqual([]);
  });

  it('is refused where it leads back to itself over another', async () => {
    const { call } = await startWithModels();
    const first = await add(call, ROUTING, routing('first', 'small'));
    await add(call, ROUTING, routing('second', 'first'));
    const circle = await call('PATCH', `${ROUTING}/${first}`, {
      body: { config: { targets: [{ model: 'second' }] } },
    });
    expect(circle).toMatchObject({ status: 400, body: { error: { param: 'config' } } });
    expect(circle.text).toContain('leads back to itself');
    expect((await call('GET', `${ROUTING}/${first}`)).body.config).toMatchObject({
      targets: [{ model: 'small' }],
    });
  });

  it('may be changed while another has a fault of its own', async () => {
    const { call, db } = await startWithModels();
    const id = await add(call, ROUTING, routing('sound', 'small'));
    await add(call, ROUTING, routing('broken', 'large'));
    await db('models').where({ name: 'large' }).delete();
    expect((await call('PATCH', `${ROUTING}/${id}`, { body: { enabled: false } })).status).toBe(200);
  });

  it.each(['a key', 'another virtual model'])(
    'is neither removed nor renamed while %s names it',
    async (what) => {
      const { call } = await startWithModels();
      const id = await add(call, ROUTING, routing('smart', 'small'));
      if (what === 'a key') await add(call, '/admin/virtual-keys', { name: 'team', models: ['smart'] });
      else await add(call, EXPERTS, experts('other', { fallback: 'smart' }));
      const refused = { status: 409, body: { error: { code: 'in_use' } } };
      expect(await call('DELETE', `${ROUTING}/${id}`)).toMatchObject(refused);
      expect(await call('PATCH', `${ROUTING}/${id}`, { body: { name: 'new' } })).toMatchObject(refused);
    },
  );

  it('is removed without leaving anything', async () => {
    const { call, db } = await startWithModels();
    const id = await add(call, ROUTING, routing('smart', 'small'));
    expect((await call('DELETE', `${ROUTING}/${id}`)).status).toBe(200);
    expect(await db('routing_configs')).toEqual([]);
    expect((await call('DELETE', `${ROUTING}/${id}`)).status).toBe(404);
  });
});

describe('a virtual model with experts', () => {
  it('keeps that its classifier answers in JSON, and what a change does not name', async () => {
    const { call } = await startWithModels();
    const id = await add(call, EXPERTS, experts('router'));
    for (const method of ['PUT', 'PATCH']) {
      const { body } = await call(method, `${EXPERTS}/${id}`, { body: { description: 'x' } });
      expect(body).toMatchObject({
        name: 'router',
        enabled: true,
        config: { classifier: { model: 'small', enable_structured_output: true, max_tokens: 512 } },
      });
    }
  });

  it.each([
    [experts('router', { classifier: 'nothing' }), 'config.classifier.model'],
    [experts('router', { expert: 'nothing' }), 'config.experts.0.model'],
    [experts('router', { fallback: 'nothing' }), 'config.fallback.model'],
    [{ name: 'router', config: { experts: [] } }, 'config.classifier'],
  ])('is refused as %j', async (body, param) => {
    const { call } = await startWithModels();
    expect(await call('POST', EXPERTS, { body })).toMatchObject({ status: 400, body: { error: { param } } });
  });

  it('is refused where it leads back to itself over another', async () => {
    const { call } = await startWithModels();
    const first = await add(call, EXPERTS, experts('first'));
    await add(call, EXPERTS, experts('second', { expert: 'first' }));
    const { config } = experts('first', { fallback: 'second' });
    const circle = await call('PATCH', `${EXPERTS}/${first}`, { body: { config } });
    expect(circle).toMatchObject({ status: 400, body: { error: { param: 'config' } } });
    expect(circle.text).toContain('leads back to itself');
  });

  it('is refused where its classifier is routed to experts itself', async () => {
    const { call } = await startWithModels();
    await add(call, EXPERTS, experts('inner'));
    const refused = await call('POST', EXPERTS, { body: experts('outer', { classifier: 'inner' }) });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'config' } } });
    expect(refused.text).toContain('itself routed to experts');
  });

  it('keeps its classifier from being routed to experts later', async () => {
    const { call } = await startWithModels();
    await add(call, EXPERTS, experts('inner'));
    const wrapper = await add(call, ROUTING, routing('wrapper', 'small'));
    await add(call, EXPERTS, experts('outer', { classifier: 'wrapper' }));
    const { config } = routing('wrapper', 'inner');
    expect((await call('PATCH', `${ROUTING}/${wrapper}`, { body: { config } })).status).toBe(400);
  });
});

describe('what experts decided', () => {
  async function startWithDecisions() {
    const fixture = await startWithModels();
    const { call, db } = fixture;
    const id = await add(call, EXPERTS, experts('router'));
    const keyOf = async (as: string) =>
      String((await call('POST', '/admin/virtual-keys', { as, body: { name: as } })).body.id);
    const [olgas, ottos] = [await keyOf('olga'), await keyOf('otto')];
    const facts = { classifierModel: 'small', classification: 'code', requestHash: 'abc', durationMs: 100 };
    const matched = {
      ...facts,
      outcome: 'matched' as const,
      category: 'code',
      model: 'large',
      expertId: 'e1',
      error: undefined,
    };
    const fellBack = {
      ...facts,
      durationMs: 400,
      category: undefined,
      expertId: undefined,
      outcome: 'fallback' as const,
      model: 'small',
      error: new ClassificationError('timeout', 'too late'),
    };
    const usage = { prompt: 30, completion: 4, cached: 0, reasoning: 0 };
    const log = { expertRoutingId: id, usage, nanoDollars: 5_000_000, at: Date.now() };
    await insertDecisions(db, [
      { ...log, virtualKeyId: olgas, decision: matched },
      { ...log, virtualKeyId: olgas, decision: fellBack },
      { ...log, virtualKeyId: ottos, decision: matched },
      { ...log, virtualKeyId: ottos, decision: matched, at: Date.now() - 48 * 60 * 60 * 1000 },
    ]);
    return { ...fixture, id };
  }

  it('is counted by outcome, expert and fault, over a range', async () => {
    const { call, id } = await startWithDecisions();
    expect((await call('GET', `${EXPERTS}/${id}/statistics`)).body).toEqual({
      total: 3,
      averageClassificationTime: 200,
      outcomes: [
        { outcome: 'matched', count: 2, share: 2 / 3 },
        { outcome: 'fallback', count: 1, share: 1 / 3 },
      ],
      experts: [{ expertId: 'e1', category: 'code', count: 2, share: 2 / 3 }],
      faults: [{ fault: 'timeout', count: 1, share: 1 / 3 }],
    });
    const week = await call('GET', `${EXPERTS}/${id}/statistics?timeRange=7d`);
    expect(week.body).toMatchObject({ total: 4 });
  });

  it('is listed, by category and by outcome, and shown one by one', async () => {
    const { call, id } = await startWithDecisions();
    expect((await call('GET', `${EXPERTS}/${id}/logs`)).body.logs).toHaveLength(4);
    expect((await call('GET', `${EXPERTS}/${id}/logs?limit=1`)).body.logs).toHaveLength(1);
    const { logs } = (await call('GET', `${EXPERTS}/${id}/logs?outcome=fallback`)).body;
    expect(logs).toMatchObject([
      {
        outcome: 'fallback',
        fault: 'timeout',
        selectedModel: 'small',
        promptTokens: 30,
        completionTokens: 4,
        cost: 0.005,
      },
    ]);
    const byCategory = await call('GET', `${EXPERTS}/${id}/logs/category/code`);
    expect(byCategory.body.logs).toHaveLength(3);
    const [first] = entries.parse(logs);
    const details = await call('GET', `${EXPERTS}/${id}/logs/${first?.id}/details`);
    expect(details.body).toEqual(first);
    expect((await call('GET', `${EXPERTS}/${id}/logs/none/details`)).status).toBe(404);
  });

  it('for the keys of one account is nothing that another can read', async () => {
    const { call, id } = await startWithDecisions();
    const asOlga = { as: 'olga' };
    const { logs } = (await call('GET', `${EXPERTS}/${id}/logs`, asOlga)).body;
    expect(logs).toHaveLength(2);
    const { total } = (await call('GET', `${EXPERTS}/${id}/statistics?timeRange=7d`, asOlga)).body;
    expect(total).toBe(2);
    const [first] = entries.parse(logs);
    expect((await call('GET', `${EXPERTS}/${id}/logs/${first?.id}/details`, { as: 'otto' })).status).toBe(
      404,
    );
    expect((await call('GET', `${EXPERTS}/${id}/statistics`, { as: 'vera' })).body).toMatchObject({
      total: 0,
      averageClassificationTime: null,
    });
  });
});
