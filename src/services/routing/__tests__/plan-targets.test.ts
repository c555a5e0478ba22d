import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VirtualModel } from '../../../core/catalog.ts';
import { type PlanSources, planTargets } from '../plan-targets.ts';
import { finderOf, resolvedOf, virtualOf } from './routables.ts';

const REAL = ['one', 'two', 'three', 'four'];

/** The names of the models in the order in which they are asked. */
function planned(
  virtual: VirtualModel,
  others: readonly VirtualModel[] = [],
  sources: Partial<PlanSources> = {},
) {
  return plan(virtual, others, sources).map(({ model }) => model.name);
}

function plan(
  virtual: VirtualModel,
  others: readonly VirtualModel[] = [],
  sources: Partial<PlanSources> = {},
) {
  const find = finderOf([virtual, ...others], REAL);
  return planTargets(
    { kind: 'virtual', virtual },
    { find, session: undefined, random: Math.random, ...sources },
  );
}

describe('the plan of a request', () => {
  it('is the model itself where a real one is asked for', () => {
    const resolved = resolvedOf('one');
    const sources = { find: () => undefined, session: 's', random: Math.random };
    expect(planTargets({ kind: 'model', resolved }, sources)).toEqual([
      { ...resolved, onStatusCodes: undefined },
    ]);
  });

  it('R3 has the targets of a fallback in their order, each time', () => {
    const virtual = virtualOf('v', 'fallback', ['three', 'one', 'two']);
    for (let round = 0; round < 5; round += 1) expect(planned(virtual)).toEqual(['three', 'one', 'two']);
    expect(planned(virtual, [], { session: 'any' })).toEqual(['three', 'one', 'two']);
  });

  it('R6 has each target with its own model and account', () => {
    const found = plan(virtualOf('v', 'fallback', ['one', 'two']));
    expect(found.map(({ model, provider }) => [model.modelIdentifier, provider.id])).toEqual([
      ['ONE', 'provider-one'],
      ['TWO', 'provider-two'],
    ]);
  });

  it('R4 asks none of several targets again, unless its model says how often', () => {
    const retriesOf = (virtual: VirtualModel, find: PlanSources['find']) =>
      planTargets({ kind: 'virtual', virtual }, { find, session: undefined, random: Math.random }).map(
        ({ model }) => model.limits,
      );
    const limits = { timeoutMs: 5, maxRetries: 3 };
    const found = finderOf([], REAL);
    const find = (name: string) => {
      const { model, ...rest } = resolvedOf(name);
      return name === 'two'
        ? { kind: 'model' as const, resolved: { ...rest, model: { ...model, limits } } }
        : found(name);
    };
    expect(retriesOf(virtualOf('v', 'fallback', ['one', 'two']), find)).toEqual([{ maxRetries: 0 }, limits]);
    // By itself it is asked as often as any model is.
    expect(retriesOf(virtualOf('v', 'fallback', ['one']), find)).toEqual([{}]);
  });

  it('leaves out names that lead nowhere, which are those of what is gone or disabled', () => {
    expect(planned(virtualOf('v', 'fallback', ['gone', 'one', 'off', 'two']))).toEqual(['one', 'two']);
    expect(planned(virtualOf('v', 'fallback', ['gone']))).toEqual([]);
  });

  it('has the targets of a virtual model in its place', () => {
    const inner = virtualOf('inner', 'fallback', ['two', 'three']);
    expect(planned(virtualOf('v', 'fallback', ['one', 'inner', 'four']), [inner])).toEqual([
      'one',
      'two',
      'three',
      'four',
    ]);
  });

  it('has no model twice, by whatever names it is reached', () => {
    const inner = virtualOf('inner', 'fallback', ['two', 'one']);
    expect(planned(virtualOf('v', 'fallback', ['one', 'inner', 'two', 'inner', 'three']), [inner])).toEqual([
      'one',
      'two',
      'three',
    ]);
  });

  it('comes to an end where models lead back to themselves', () => {
    const self = virtualOf('self', 'fallback', ['self', 'one']);
    expect(planned(self)).toEqual(['one']);
    const [a, b] = [virtualOf('a', 'fallback', ['b', 'one']), virtualOf('b', 'loadbalance', ['a', 'two'])];
    expect(planned(a, [b]).toSorted()).toEqual(['one', 'two']);
  });

  it('asks for each virtual model once, in however many ways they are nested', () => {
    const depth = 40;
    const layers = Array.from({ length: depth }, (_, index) => {
      const next = index + 1 < depth ? [`${index + 1} a`, `${index + 1} b`] : ['one', 'two'];
      return [virtualOf(`${index} a`, 'fallback', next), virtualOf(`${index} b`, 'fallback', next)];
    }).flat();
    const find = finderOf(layers, REAL);
    let asked = 0;
    const counting = (name: string) => {
      asked += 1;
      return find(name);
    };
    const [virtual = virtualOf('none', 'fallback')] = layers;
    expect(
      planTargets({ kind: 'virtual', virtual }, { find: counting, session: undefined, random: Math.random }),
    ).toHaveLength(2);
    expect(asked).toBeLessThanOrEqual(4 * depth);
  });

  it('has the statuses of each target, which go for all that it stands for and has none of its own', () => {
    const inner = virtualOf('inner', 'fallback', ['two', { model: 'three', onStatusCodes: [] }]);
    const targets = [
      { model: 'one', onStatusCodes: [400] },
      { model: 'inner', onStatusCodes: [429, 500] },
      'four',
    ];
    expect(
      plan(virtualOf('v', 'fallback', targets), [inner]).map(({ onStatusCodes }) => onStatusCodes),
    ).toEqual([new Set([400]), new Set([429, 500]), new Set(), undefined]);
  });
});

describe('a shared load', () => {
  const weighed = (...weights: readonly number[]) =>
    virtualOf(
      'v',
      'loadbalance',
      weights.map((weight, index) => ({ model: REAL[index] ?? 'one', weight })),
    );

  /** How many of a thousand sessions each target is the first for. */
  function firstOf(virtual: VirtualModel): Record<string, number> {
    const counts: Record<string, number> = {};
    for (let index = 0; index < 1_000; index += 1) {
      const [first = 'nobody'] = planned(virtual, [], { session: `session ${index}` });
      counts[first] = (counts[first] ?? 0) + 1;
    }
    return counts;
  }

  it('has every target of some weight, the others standing by', () => {
    expect(planned(weighed(1, 1, 1)).toSorted()).toEqual(['one', 'three', 'two']);
    expect(planned(weighed(1, 0, 5)).toSorted()).toEqual(['one', 'three']);
  });

  it('falls to the targets by their weight', () => {
    // The same thousand names each time: the counts are facts, within 5 % of what was to be expected.
    const { one = 0, two = 0, three = 0 } = firstOf(weighed(1, 2, 7));
    expect(one + two + three).toBe(1_000);
    expect(Math.abs(one - 100)).toBeLessThan(50);
    expect(Math.abs(two - 200)).toBeLessThan(50);
    expect(Math.abs(three - 700)).toBeLessThan(50);
  });

  it('falls by the number that is drawn, where no session is named', () => {
    const draws = [0.9, 0.1];
    expect(planned(weighed(1, 1), [], { random: () => draws.shift() ?? 0 })).toEqual(['one', 'two']);
    const others = [0.1, 0.9];
    expect(planned(weighed(1, 1), [], { random: () => others.shift() ?? 0 })).toEqual(['two', 'one']);
  });

  it('has an order whatever is drawn, nought included', () => {
    expect(planned(weighed(1, 1, 1), [], { random: () => 0 })).toHaveLength(3);
  });

  it('falls evenly inside one half of another', () => {
    const inner = virtualOf('inner', 'loadbalance', ['one', 'two']);
    const outer = virtualOf('outer', 'loadbalance', ['one', 'inner']);
    let two = 0;
    for (let index = 0; index < 1_000; index += 1)
      if (planned(outer, [inner], { session: `${index}` })[0] === 'two') two += 1;
    // A half of a half: were both drawn by the same number, it would be more.
    expect(Math.abs(two - 250)).toBeLessThan(50);
  });

  const targets = fc.uniqueArray(
    fc.record({
      model: fc.string({ minLength: 1 }),
      weight: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    }),
    { minLength: 2, maxLength: 8, selector: ({ model }) => model },
  );
  const planOf = (given: readonly { model: string; weight: number }[], session: string) =>
    planTargets(
      { kind: 'virtual', virtual: virtualOf('\0', 'loadbalance', given) },
      { find: (name) => ({ kind: 'model', resolved: resolvedOf(name) }), session, random: Math.random },
    ).map(({ model }) => model.name);

  it('R8 keeps a session with its target, in whatever order the targets stand', () => {
    fc.assert(
      fc.property(targets, fc.string(), (given, session) => {
        const plan = planOf(given, session);
        expect(planOf(given, session)).toEqual(plan);
        expect(planOf(given.toReversed(), session)).toEqual(plan);
        expect(plan.toSorted()).toEqual(given.map(({ model }) => model).toSorted());
      }),
    );
  });

  it('R8 moves only the sessions of a target that goes, to the one that stood by', () => {
    fc.assert(
      fc.property(targets, fc.string(), fc.nat(), (given, session, pick) => {
        const gone = given[pick % given.length]?.model ?? '';
        const left = given.filter(({ model }) => model !== gone);
        expect(planOf(left, session)).toEqual(planOf(given, session).filter((model) => model !== gone));
      }),
    );
  });

  it('R8 moves sessions only to a target that comes, from any other', () => {
    fc.assert(
      fc.property(targets, fc.string(), (given, session) => {
        const [before] = planOf(given, session);
        const [after] = planOf([...given, { model: '\0 new', weight: 1 }], session);
        expect([before, '\0 new']).toContain(after);
      }),
    );
  });
});
