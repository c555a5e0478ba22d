import { describe, expect, it } from 'vitest';
import type { VirtualModel } from '../../../core/catalog.ts';
import { GatewayError } from '../../../core/gateway-error.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Routable, VirtualRoutable } from '../../catalog.ts';
import type { Ask } from '../../expert-router/ask-in-time.ts';
import { createExpertRouter } from '../../expert-router/expert-router.ts';
import { type ExpertRouting, expertRoutingSchema } from '../../expert-router/expert-routing-schema.ts';
import { chooseExpert, type ExpertSources } from '../choose-expert.ts';
import { resolvedOf, virtualOf } from './routables.ts';

type Decision = Parameters<ExpertSources['onDecision']>[1];

/** Experts for code and poetry, and a fallback, but for what is given. */
function experts(given: JsonObject = {}): ExpertRouting {
  return expertRoutingSchema.parse({
    classifier: { model: 'classifier', prompt_template: 'Name the category.' },
    experts: [
      { id: 'e1', category: 'code', model: 'coder' },
      { id: 'e2', category: 'poetry', model: 'poet' },
    ],
    fallback: { model: 'anyone' },
    ...given,
  });
}

const withoutFallback = (): ExpertRouting => {
  const { fallback: _, ...rest } = experts();
  return rest;
};

const expertModel = (name: string, routing: ExpertRouting | undefined): VirtualRoutable => ({
  kind: 'virtual',
  virtual: virtualOf(name, 'expert'),
  experts: routing,
});
const plain = (name: string): Routable => ({ kind: 'model', resolved: resolvedOf(name) });
const routed = (virtual: VirtualModel): Routable => ({ kind: 'virtual', virtual });

/** Chooses among what stands for these names, the classifier answering as told; a category stands for its JSON. */
function choose(
  routable: Routable,
  found: Readonly<Record<string, Routable>>,
  answers: readonly (string | Error)[] = [],
  signal = new AbortController().signal,
) {
  const decisions: (readonly [string, Decision])[] = [];
  const asked: string[] = [];
  const ask: Ask = async (model) => {
    asked.push(model);
    const answer = answers[asked.length - 1] ?? '';
    if (typeof answer !== 'string') throw answer;
    return JSON.stringify({ type: answer });
  };
  const chosen = chooseExpert(routable, {
    router: createExpertRouter(),
    request: { endpoint: 'chat.completions', body: { messages: [{ role: 'user', content: 'Hello' }] } },
    ask,
    find: (name) => found[name],
    onDecision: (id, decision) => decisions.push([id, decision]),
    signal,
  });
  return { chosen, decisions, asked };
}

const everyone = { coder: plain('coder'), poet: plain('poet'), anyone: plain('anyone') };

describe('a choice among experts', () => {
  it.each([plain('one'), routed(virtualOf('v', 'fallback', ['one']))])(
    'is none where the model has no experts: nobody is asked',
    async (routable) => {
      const { chosen, asked, decisions } = choose(routable, {});
      expect(await chosen).toBe(routable);
      expect([asked, decisions]).toEqual([[], []]);
    },
  );

  it('is what the name of the expert stands for, and is told under the id of its model', async () => {
    const { chosen, decisions, asked } = choose(expertModel('smart', experts()), everyone, ['code']);
    expect(await chosen).toBe(everyone.coder);
    expect(asked).toEqual(['classifier']);
    expect(decisions).toEqual([
      ['virtual_smart', expect.objectContaining({ outcome: 'matched', model: 'coder', expertId: 'e1' })],
    ]);
  });

  it('may be a virtual model, which is then walked as any other', async () => {
    const poet = routed(virtualOf('poet', 'fallback', ['one', 'two']));
    const { chosen } = choose(expertModel('smart', experts()), { ...everyone, poet }, ['poetry']);
    expect(await chosen).toBe(poet);
  });

  it('goes on among the experts of an expert, each choice told', async () => {
    const inner = expertModel(
      'coder',
      experts({ experts: [{ id: 'i1', category: 'rust', model: 'rustacean' }] }),
    );
    const rustacean = plain('rustacean');
    const { chosen, decisions, asked } = choose(
      expertModel('smart', experts()),
      { ...everyone, coder: inner, rustacean },
      ['code', 'rust'],
    );
    expect(await chosen).toBe(rustacean);
    expect(asked).toHaveLength(2);
    expect(decisions.map(([id, { expertId }]) => [id, expertId])).toEqual([
      ['virtual_smart', 'e1'],
      ['virtual_coder', 'i1'],
    ]);
  });

  it('M7 is told where it falls back, and where it fails', async () => {
    const fallen = choose(expertModel('smart', experts()), everyone, ['weather']);
    expect(await fallen.chosen).toBe(everyone.anyone);
    expect(fallen.decisions).toMatchObject([
      ['virtual_smart', { outcome: 'fallback', model: 'anyone', category: 'weather' }],
    ]);
    const cause = new GatewayError('upstream_unreachable', 'The provider could not be reached.');
    const failed = choose(expertModel('smart', withoutFallback()), everyone, [cause]);
    await expect(failed.chosen).rejects.toMatchObject({ code: 'expert_routing_failed' });
    expect(failed.decisions).toMatchObject([
      ['virtual_smart', { outcome: 'failed', error: { fault: 'call_failed' } }],
    ]);
  });

  it('R9 is never an expert that is gone or disabled: the fallback takes its requests', async () => {
    const { poet, anyone } = everyone;
    const { chosen, decisions } = choose(expertModel('smart', experts()), { poet, anyone }, ['code']);
    expect(await chosen).toBe(anyone);
    expect(decisions).toMatchObject([
      ['virtual_smart', { outcome: 'fallback', error: { fault: 'no_match' } }],
    ]);
  });

  it('R9 fails where the fallback is gone as well, and tells the client no name', async () => {
    const { chosen } = choose(expertModel('smart', experts()), { poet: everyone.poet }, ['code']);
    await expect(chosen).rejects.toMatchObject({
      code: 'expert_routing_failed',
      message: expect.not.stringMatching(/coder|anyone/),
    });
  });

  it('fails where the expert went while the classifier was asked', async () => {
    const found: Record<string, Routable> = { ...everyone };
    const { chosen } = choose(
      expertModel('smart', experts()),
      new Proxy(found, {
        // It is there when it is looked for first, and never again.
        get: (target, name: string) => {
          const value = target[name];
          delete target[name];
          return value;
        },
      }),
      ['code'],
    );
    await expect(chosen).rejects.toMatchObject({
      code: 'expert_routing_failed',
      message: expect.not.stringContaining('coder'),
    });
  });

  it('fails where experts lead back to themselves, once each has been asked', async () => {
    const one = expertModel('one', experts({ experts: [{ id: 'a', category: 'code', model: 'two' }] }));
    const two = expertModel('two', experts({ experts: [{ id: 'b', category: 'code', model: 'one' }] }));
    const { chosen, asked } = choose(one, { one, two }, ['code', 'code', 'code']);
    await expect(chosen).rejects.toMatchObject({ code: 'expert_routing_failed' });
    expect(asked).toHaveLength(2);
  });

  it('fails where the stored experts cannot be read', async () => {
    const { chosen } = choose(expertModel('smart', undefined), everyone);
    await expect(chosen).rejects.toMatchObject({ code: 'expert_routing_failed' });
  });

  it('ends with the client, and is not told then', async () => {
    const { chosen, decisions } = choose(
      expertModel('smart', experts()),
      everyone,
      ['code'],
      AbortSignal.abort(),
    );
    await expect(chosen).rejects.toMatchObject({ code: 'client_closed_request' });
    expect(decisions).toEqual([]);
  });
});
