import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../../core/gateway-error.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Ask } from '../ask-in-time.ts';
import { type ExpertDecision, ExpertRoutingError } from '../expert-decision.ts';
import { createExpertRouter, type RoutedRequest } from '../expert-router.ts';
import type { ExpertRouting } from '../expert-routing-schema.ts';
import { routing, routingWithoutFallback } from './routing.ts';

const SECRET = 'my account number is 4711';
const request: RoutedRequest = {
  endpoint: 'chat.completions',
  body: { model: 'smart', messages: [{ role: 'user', content: SECRET }] },
};

function route(
  config: ExpertRouting,
  ask: Ask,
  signal = new AbortController().signal,
): Promise<ExpertDecision> {
  return createExpertRouter({ now: clock() }).route(config, request, ask, signal);
}

/** 12.6 milliseconds pass between two looks at it. */
function clock(): () => number {
  let time = 100;
  return () => {
    time += 12.6;
    return time;
  };
}

const answering =
  (text: string): Ask =>
  async () =>
    text;

const failing =
  (error: unknown): Ask =>
  async () => {
    throw error;
  };

/** A call that never ends and does not care for its signal. */
const hanging: Ask = () => Promise.withResolvers<string>().promise;

async function failureOf(decision: Promise<ExpertDecision>): Promise<unknown> {
  return decision.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

describe('a decision of the expert router', () => {
  it('is the expert of the category that the classifier named, with all that a log tells of it', async () => {
    expect(await route(routing(), answering('```json\n{"type": "CODE"}\n```'))).toEqual({
      outcome: 'matched',
      model: 'model-code',
      expertId: 'coder',
      category: 'code',
      classifierModel: 'classifier',
      classification: '```json\n{"type": "CODE"}\n```',
      requestHash: createHash('sha256').update(JSON.stringify(request.body.messages)).digest('hex'),
      durationMs: 13,
      error: undefined,
    });
  });

  it('asks the classifier by its name, real or virtual (M3)', async () => {
    const asked: { model: string; body: JsonObject }[] = [];
    await route(routing({}, { model: 'virtual-classifier' }), async (model, body) => {
      asked.push({ model, body });
      return '{"type":"code"}';
    });
    expect(asked).toEqual([
      { model: 'virtual-classifier', body: expect.objectContaining({ model: 'virtual-classifier' }) },
    ]);
  });

  it('is the fallback where no expert is for the category, and says so (M7)', async () => {
    expect(await route(routing(), answering('{"type":"weather"}'))).toMatchObject({
      outcome: 'fallback',
      model: 'model-any',
      expertId: undefined,
      category: 'weather',
      classification: '{"type":"weather"}',
      error: { fault: 'no_match' },
    });
  });

  it('is the fallback where the answer cannot be read, which is kept (M7)', async () => {
    expect(await route(routing(), answering('I would say code'))).toMatchObject({
      outcome: 'fallback',
      category: undefined,
      classification: 'I would say code',
      error: { fault: 'unparsable' },
    });
  });

  it('is the fallback where the call failed, with its cause (M7)', async () => {
    const cause = new GatewayError('upstream_unreachable', 'The provider could not be reached.');
    expect(await route(routing(), failing(cause))).toMatchObject({
      outcome: 'fallback',
      model: 'model-any',
      classification: undefined,
      error: { fault: 'call_failed', message: 'The provider could not be reached.', cause },
    });
  });

  it('shows no text of an unforeseen error, and keeps it as cause (M7)', async () => {
    const cause = new TypeError('undefined is not sk-secret');
    const { error } = await route(routing(), failing(cause));
    expect(error).toMatchObject({ fault: 'call_failed', cause });
    expect(error?.message).not.toContain('sk-secret');
  });

  it('is the fallback where the request has no text, and the classifier is not asked (M7)', async () => {
    const ask = vi.fn(answering('{"type":"code"}'));
    const silent: RoutedRequest = { endpoint: 'responses', body: { input: [] } };
    const { signal } = new AbortController();
    expect(await createExpertRouter().route(routing(), silent, ask, signal)).toMatchObject({
      outcome: 'fallback',
      error: { fault: 'no_text' },
    });
    expect(ask).not.toHaveBeenCalled();
  });

  it.each([
    ['no_match', answering('{"type":"weather"}')],
    ['unparsable', answering('')],
    ['call_failed', failing(new GatewayError('upstream_timeout', 'late'))],
  ])('is an error where there is no fallback: %s (M7)', async (fault, ask) => {
    const error = await failureOf(route(routingWithoutFallback(), ask));
    expect(error).toBeInstanceOf(ExpertRoutingError);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({
      status: 502,
      retryable: true,
      message: 'No expert could be chosen for this request.',
      decision: { outcome: 'failed', model: undefined, durationMs: 13, error: { fault } },
    });
  });

  it('has nothing of the client’s messages in it', async () => {
    const decisions = [
      await route(routing(), answering('{"type":"code"}')),
      await route(routing(), answering('no JSON')),
      await route(routing(), failing(new Error(SECRET))),
    ];
    expect(JSON.stringify(decisions)).not.toContain(SECRET);
    expect(decisions.map(({ error }) => error?.message).join()).not.toContain(SECRET);
  });

  it('has a bounded part of the classifier’s answer in it, cut between characters', async () => {
    const { classification } = await route(routing(), answering(`${'x'.repeat(999)}😀${'x'.repeat(5000)}`));
    expect(classification).toHaveLength(1000);
    expect(classification?.isWellFormed()).toBe(true);
  });

  it('has the same hash for the same messages only, whatever else is asked', async () => {
    const hashOf = async (body: JsonObject) => {
      const { signal } = new AbortController();
      const asked = { endpoint: 'responses' as const, body };
      const decided = await createExpertRouter().route(routing(), asked, answering(''), signal);
      return decided.requestHash;
    };
    expect(await hashOf({ input: 'a', temperature: 1 })).toBe(await hashOf({ input: 'a' }));
    expect(await hashOf({ input: 'a' })).not.toBe(await hashOf({ input: 'b' }));
    expect(await hashOf({})).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is made, or refused as documented, whatever the classifier answers', async () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.record({ type: fc.jsonValue(), category: fc.jsonValue() }).map((answer) => JSON.stringify(answer)),
      fc.string().map((name) => `{'type': '${name}'}`),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (answer) => {
        const { outcome } = await route(routing(), answering(answer));
        expect(['matched', 'fallback']).toContain(outcome);
        const refused = await failureOf(route(routingWithoutFallback(), answering(answer)));
        expect(outcome === 'matched' ? refused === 'no failure' : refused instanceof ExpertRoutingError).toBe(
          true,
        );
      }),
    );
  });
});

describe('the time of a classification', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('is bounded even where the call does not care, and what comes later is not waited for', async () => {
    const decision = route(routing({}, { timeout: 250 }), hanging);
    await vi.advanceTimersByTimeAsync(250);
    expect(await decision).toMatchObject({
      outcome: 'fallback',
      model: 'model-any',
      error: { fault: 'timeout', message: 'The classifier did not answer within 250 ms.' },
    });
  });

  it('ends the call through its signal', async () => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const ask: Ask = (_model, _body, signal) => {
      signal.addEventListener('abort', () => resolve());
      return hanging(_model, _body, signal);
    };
    const decision = route(routing({}, { timeout: 250 }), ask);
    await vi.advanceTimersByTimeAsync(250);
    await ended;
    expect(await decision).toMatchObject({ error: { fault: 'timeout' } });
  });

  it('is what failed where the call gives up with an error of its own', async () => {
    const ask: Ask = (_model, _body, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () =>
          reject(new GatewayError('client_closed_request', 'The client closed the request.')),
        );
      });
    const decision = route(routing({}, { timeout: 250 }), ask);
    await vi.advanceTimersByTimeAsync(250);
    expect(await decision).toMatchObject({ outcome: 'fallback', error: { fault: 'timeout' } });
  });

  it('leaves no timer behind', async () => {
    await route(routing(), answering('{"type":"code"}'));
    await route(routing(), failing(new Error('broken')));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a client that leaves', () => {
  it('ends the call and gets no decision', async () => {
    const client = new AbortController();
    const seen: AbortSignal[] = [];
    const decision = route(
      routing(),
      (model, body, signal) => {
        seen.push(signal);
        return hanging(model, body, signal);
      },
      client.signal,
    );
    client.abort();
    expect(await failureOf(decision)).toMatchObject({ code: 'client_closed_request' });
    expect(seen.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('is noticed before anybody is asked, and while the call is being made', async () => {
    const ask = vi.fn(hanging);
    expect(await failureOf(route(routing(), ask, AbortSignal.abort()))).toMatchObject({
      code: 'client_closed_request',
    });
    expect(ask).not.toHaveBeenCalled();
    const client = new AbortController();
    const leaving: Ask = (model, body, signal) => {
      client.abort();
      return hanging(model, body, signal);
    };
    expect(await failureOf(route(routing(), leaving, client.signal))).toMatchObject({
      code: 'client_closed_request',
    });
  });
});
