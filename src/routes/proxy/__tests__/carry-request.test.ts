import { describe, expect, it } from 'vitest';
import { catalogContent, virtualKey } from '../../../../test/support/catalog-content.ts';
import { readAll } from '../../../../test/support/event-stream.ts';
import { outcomeOfAnswer, singleChunk } from '../../../core/buffered-answer.ts';
import type { CatalogContent, VirtualKey } from '../../../core/catalog.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { ProviderCall } from '../../../core/provider-call.ts';
import type { Reply, RequestPath } from '../../../core/request-path.ts';
import { Secret } from '../../../core/secret.ts';
import { createCatalog } from '../../../services/catalog.ts';
import { createExpertRouter } from '../../../services/expert-router/expert-router.ts';
import { createMemoryStore } from '../../../services/request-cache/memory-store.ts';
import { createRequestCache } from '../../../services/request-cache/request-cache.ts';
import { createCircuitBreaker } from '../../../services/routing/circuit-breaker.ts';
import { createTokenCounter } from '../../../services/tokens/token-counter.ts';
import { type CarryDependencies, type ClassifierUse, carryRequest } from '../carry-request.ts';
import { CHAT_ROUTE } from '../endpoints.ts';

const TIMINGS = { sentAt: 0, readyAt: 0, firstTokenAt: undefined };

function replyOf(status: number, text: string): Reply {
  const document =
    status === 200
      ? { choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }] }
      : { error: { message: text } };
  return {
    status,
    headers: {},
    body: singleChunk(Buffer.from(JSON.stringify(document))),
    outcome: Promise.resolve(outcomeOfAnswer('chat.completions', status, document, TIMINGS)),
  };
}

const model = (name: string) => ({
  id: `model_${name}`,
  name,
  providerId: 'p',
  modelIdentifier: name,
  limits: {},
  enabled: true,
});
const experts = {
  classifier: { model: 'judge', prompt_template: 'Name the category as JSON.' },
  experts: [{ id: 'e1', category: 'code', model: 'two' }],
  fallback: { model: 'one' },
};
const CONTENT: CatalogContent = catalogContent({
  providers: [{ id: 'p', type: 'openai', baseUrl: undefined, apiKey: new Secret('sk-1'), enabled: true }],
  models: ['one', 'two', 'judge'].map(model),
  virtualModels: [
    {
      id: 'virtual_pair',
      name: 'pair',
      enabled: true,
      strategy: 'fallback',
      targets: ['one', 'two'].map((name) => ({ model: name, weight: 1 })),
    },
    {
      id: 'virtual_smart',
      name: 'smart',
      enabled: true,
      strategy: 'expert',
      targets: [],
      expertRouting: experts,
    },
  ],
});

type Answer = (call: ProviderCall) => Reply | Promise<Reply>;

/** Carries requests over one path whose answers are made by model; what it was asked, and what was told of it. */
function setUp(answers: Readonly<Record<string, Answer>> = {}, key: VirtualKey = virtualKey()) {
  const calls: ProviderCall[] = [];
  const told: string[] = [];
  const decisions: Parameters<CarryDependencies['logDecision']>[] = [];
  const uses: (ClassifierUse | undefined)[] = [];
  const path: RequestPath = {
    name: 'litellm',
    supports: () => true,
    async handle(call, _signal, attempts) {
      attempts?.began();
      calls.push(call);
      const answer = answers[call.model] ?? (() => replyOf(200, `from ${call.model}`));
      return answer(call);
    },
  };
  const watch = { attemptFailed: () => {}, ended: () => {}, dropped: () => {} };
  const catalog = createCatalog();
  catalog.replace({ ...CONTENT, keys: [key] });
  const deps: CarryDependencies = {
    paths: {
      select: () => ({ path, decision: { path: 'litellm', reason: 'enrolled' }, watch: () => watch }),
      failover: () => undefined,
      explain: () => {
        throw new Error('Nobody asks for that.');
      },
      isBreakerOpen: () => false,
      refresh: async () => {},
      start: () => {},
      whenStarted: async () => {},
      states: () => [],
      canServe: () => true,
      drain: () => {},
      stop: async () => {},
    },
    catalog,
    breaker: createCircuitBreaker(() => 0),
    cache: createRequestCache({
      store: createMemoryStore({ maxBytes: 1_000_000, maxEntries: 100 }),
      ttlMs: 60_000,
      maxEntryBytes: 100_000,
    }),
    expertRouter: createExpertRouter(),
    tokenCounter: createTokenCounter(),
    logDecision: (...decision) => decisions.push(decision),
  };
  const observer = {
    classified: (durationMs: number, use?: ClassifierUse) => {
      told.push(`classified ${typeof durationMs}`);
      uses.push(use);
    },
    attempted: () => told.push('attempted'),
    routed: (call: ProviderCall, _decision: unknown, cacheStatus: string) =>
      told.push(`routed ${call.model} ${cacheStatus}`),
    cacheHit: () => told.push('hit'),
    failedOver: () => told.push('failed over'),
  };
  const carry = async (requested: string, content: string, more: JsonObject = {}) => {
    const body = { model: requested, messages: [{ role: 'user', content }], ...more };
    const request = { requestId: 'req_1', route: CHAT_ROUTE, key, body, form: undefined, headers: {} };
    const reply = await carryRequest(request, requested, observer, deps, new AbortController().signal);
    return { status: reply.status, text: (await readAll(reply.body)).toString() };
  };
  const asked = () => calls.map((call) => call.model);
  return { carry, calls, asked, told, decisions, uses };
}

const cachedKey = virtualKey({ isCached: true });

describe('a carried request', () => {
  it('is told of each time before it is sent', async () => {
    const { carry, told } = setUp({ one: () => replyOf(503, 'not now') });
    expect(await carry('pair', 'Hello')).toMatchObject({
      status: 200,
      text: expect.stringContaining('from two'),
    });
    expect(told).toEqual(['routed one BYPASS', 'attempted', 'routed two BYPASS', 'attempted']);
  });

  it('has an arm drawn anew for each target, and for the classifier', async () => {
    const { carry, calls } = setUp({
      one: () => replyOf(503, 'not now'),
      judge: () => replyOf(200, '{"category":"none"}'),
    });
    await carry('pair', 'Hello');
    expect(calls.map(({ drawId }) => drawId)).toEqual(['req_1', 'req_1/2']);
    calls.length = 0;
    await carry('smart', 'Hello');
    expect(calls.map(({ model, requestId }) => [model, requestId])).toEqual([
      ['judge', 'req_1'],
      ['one', 'req_1'],
    ]);
    expect(new Set(calls.map(({ drawId }) => drawId)).size).toBe(2);
  });

  it('is one upstream call for each question where its key is cached', async () => {
    const { carry, told, asked } = setUp({}, cachedKey);
    const answers = [await carry('pair', 'Hello'), await carry('pair', 'Hello')];
    expect(answers[0]).toEqual(answers[1]);
    expect(asked()).toEqual(['one']);
    expect(told).toEqual(['routed one MISS', 'attempted', 'routed one MISS', 'hit']);
  });

  it('fails for a model that its key may not call, and asks nobody', async () => {
    const { carry, asked } = setUp({}, virtualKey({ models: ['one'] }));
    await expect(carry('two', 'Hello')).rejects.toMatchObject({ code: 'model_not_found' });
    expect(asked()).toEqual([]);
  });
});

describe('the breakers of what is cached', () => {
  const failsOnce = { one: ({ body }: ProviderCall) => replyOf(isFailing(body) ? 500 : 200, 'one') };
  const isFailing = (body: JsonObject) => JSON.stringify(body).includes('Fail');

  it('do not take an answer of the cache for a success of the provider', async () => {
    const { carry, asked } = setUp(failsOnce, cachedKey);
    await carry('pair', 'Kept');
    await carry('pair', 'Fail 1');
    await carry('pair', 'Kept');
    await carry('pair', 'Fail 2');
    const before = asked().length;
    await carry('pair', 'Anything');
    expect(asked().slice(before)).toEqual(['two']);
  });

  it('count one failure for all requests that shared one call', async () => {
    const { carry, asked } = setUp(failsOnce, cachedKey);
    await Promise.all(Array.from({ length: 10 }, () => carry('pair', 'Fail')));
    expect(asked()).toEqual(['one', 'two']);
    await carry('pair', 'Anything');
    expect(asked()).toEqual(['one', 'two', 'one']);
  });
});

describe('the choice of an expert', () => {
  const judging = (text: string) => ({ judge: () => replyOf(200, text) });

  it('is made by a call of its own, whose time is told and which is not counted as the request', async () => {
    const { carry, told, asked } = setUp(judging('{"type":"code"}'));
    expect((await carry('smart', 'Hello')).text).toContain('from two');
    expect(asked()).toEqual(['judge', 'two']);
    expect(told).toEqual(['classified number', 'routed two BYPASS', 'attempted']);
  });

  it('is told with the tokens that the classifier used, counted where its provider did not', async () => {
    const { carry, uses, decisions } = setUp(judging('{"type":"code"}'));
    await carry('smart', 'Hello');
    expect(uses).toEqual([
      {
        path: 'litellm',
        provider: 'p',
        model: 'judge',
        modelIdentifier: 'judge',
        usage: {
          prompt: expect.toSatisfy((tokens: number) => tokens > 10),
          completion: expect.toSatisfy((tokens: number) => tokens > 2),
          cached: 0,
          reasoning: 0,
        },
      },
    ]);
    expect(decisions[0]?.[3]).toEqual(uses[0]);
  });

  it('uses nothing where the classifier’s answer is one that was given before', async () => {
    const { carry, uses, asked } = setUp(judging('{"type":"code"}'), cachedKey);
    await carry('smart', 'Hello');
    await carry('smart', 'Hello', { n: 2 });
    expect(asked()).toEqual(['judge', 'two', 'two']);
    expect(uses).toEqual([expect.objectContaining({ model: 'judge' }), undefined]);
  });

  it('is made for a key that may call neither the classifier nor the expert', async () => {
    const { carry } = setUp(judging('{"type":"code"}'), virtualKey({ models: ['smart'] }));
    expect((await carry('smart', 'Hello')).text).toContain('from two');
    await expect(carry('two', 'Hello')).rejects.toMatchObject({ code: 'model_not_found' });
  });

  it('sends the classifier no field of the client’s request', async () => {
    const { carry, calls } = setUp(judging('{"type":"code"}'));
    await carry('smart', 'Hello', { stream: true, tools: [], n: 4, user: 'u-1' });
    expect(Object.keys(calls[0]?.body ?? {}).toSorted()).toEqual([
      'max_tokens',
      'messages',
      'model',
      'temperature',
    ]);
    expect(calls[0]).toMatchObject({ stream: false, endpoint: 'chat.completions', requestId: 'req_1' });
    expect(calls[1]?.body).toMatchObject({ n: 4, user: 'u-1' });
  });

  it.each([
    ['an error', () => replyOf(429, 'slow down'), 'call_failed'],
    ['no JSON', () => ({ ...replyOf(200, ''), body: singleChunk(Buffer.from('<html>')) }), 'unparsable'],
  ])('falls back where the classifier answers with %s', async (_, judge, fault) => {
    const { carry, decisions } = setUp({ judge });
    expect((await carry('smart', 'Hello')).text).toContain('from one');
    expect(decisions[0]?.slice(0, 3)).toMatchObject([
      'key_1',
      'virtual_smart',
      { outcome: 'fallback', error: { fault } },
    ]);
  });

  it('is logged with what the classifier said, unless the key’s requests are not logged', async () => {
    const said = '{"type":"weather"}';
    const logged = setUp(judging(said));
    await logged.carry('smart', 'Hello');
    expect(logged.decisions[0]?.[2]).toMatchObject({ classification: said, category: 'weather' });
    const quiet = setUp(judging(said), virtualKey({ isLogged: false }));
    await quiet.carry('smart', 'Hello');
    expect(quiet.decisions[0]?.[2]).toMatchObject({
      outcome: 'fallback',
      classification: undefined,
      category: undefined,
    });
    expect(JSON.stringify(quiet.decisions)).not.toContain('weather');
  });
});
