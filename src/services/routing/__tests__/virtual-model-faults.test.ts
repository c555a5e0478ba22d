import { describe, expect, it } from 'vitest';
import type { VirtualModel } from '../../../core/catalog.ts';
import type { JsonObject } from '../../../core/json.ts';
import { namesIn, virtualModelFaults } from '../virtual-model-faults.ts';
import { modelOf, virtualOf } from './routables.ts';

const REAL = [modelOf('one'), modelOf('two')];

function expertOf(name: string, expertRouting: JsonObject): VirtualModel {
  return { ...virtualOf(name, 'expert'), expertRouting };
}

const experts = (classifier: string, ...models: readonly string[]): JsonObject => ({
  classifier: { model: classifier },
  experts: models.map((model) => ({ id: model, model })),
});

describe('the faults of virtual models (M11)', () => {
  it('M11 are none where every name leads to a model in the end', () => {
    const virtual = [
      virtualOf('plain', 'fallback', ['one', 'two']),
      virtualOf('shared', 'loadbalance', ['plain', 'one']),
      expertOf('smart', experts('plain', 'one', 'shared', 'deep')),
      expertOf('deep', experts('one', 'two')),
    ];
    expect(virtualModelFaults(REAL, virtual)).toEqual([]);
    expect(virtualModelFaults([], [])).toEqual([]);
  });

  it.each<[string, VirtualModel, string[]]>([
    ['a target', virtualOf('v', 'fallback', ['one', 'gone']), ['v: there is no model "gone"']],
    ['a classifier', expertOf('v', experts('gone', 'one')), ['v: there is no model "gone"']],
    ['an expert', expertOf('v', experts('one', 'gone')), ['v: there is no model "gone"']],
    [
      'a fallback',
      expertOf('v', { ...experts('one', 'two'), fallback: { model: 'gone' } }),
      ['v: there is no model "gone"'],
    ],
  ])('M11 are %s that leads nowhere', (_, virtual, faults) => {
    expect(virtualModelFaults(REAL, [virtual])).toEqual(faults);
  });

  it('M11 are those of a model that has gone, in every model that named it', () => {
    const virtual = [virtualOf('a', 'fallback', ['one', 'two']), virtualOf('b', 'loadbalance', ['one'])];
    expect(virtualModelFaults([modelOf('two')], virtual)).toEqual([
      'a: there is no model "one"',
      'b: there is no model "one"',
    ]);
  });

  it.each<[string, VirtualModel[], string[]]>([
    ['itself', [virtualOf('a', 'fallback', ['a', 'one'])], ['a']],
    [
      'itself by another',
      [virtualOf('a', 'fallback', ['b']), virtualOf('b', 'loadbalance', ['one', 'a'])],
      ['a', 'b'],
    ],
    [
      'a circle that it is not in',
      [
        virtualOf('a', 'fallback', ['b']),
        virtualOf('b', 'fallback', ['c']),
        virtualOf('c', 'fallback', ['b']),
      ],
      ['b', 'c'],
    ],
    ['itself by its expert', [expertOf('a', experts('one', 'a'))], ['a']],
    [
      'itself by its classifier',
      [expertOf('a', experts('b', 'one')), virtualOf('b', 'fallback', ['a'])],
      ['a', 'b'],
    ],
  ])('M11 are circles: what leads to %s', (_, virtual, names) => {
    const circles = virtualModelFaults(REAL, virtual).filter((fault) =>
      fault.endsWith('leads back to itself'),
    );
    expect(circles).toEqual(names.map((name) => `${name}: leads back to itself`));
  });

  it('are names that another model has, real or virtual', () => {
    const virtual = [virtualOf('one', 'fallback', ['two']), virtualOf('v', 'fallback', ['two'])];
    expect(virtualModelFaults(REAL, virtual)).toEqual(['one: there is another model of that name']);
    const both = [virtualOf('v', 'fallback', ['two']), expertOf('v', experts('one', 'two'))];
    expect(virtualModelFaults(REAL, both)).toEqual(Array(2).fill('v: there is another model of that name'));
  });

  it('are targets that stand twice: the second would never be asked', () => {
    expect(virtualModelFaults(REAL, [virtualOf('v', 'fallback', ['one', 'two', 'one', 'one'])])).toEqual([
      'v: its target "one" stands twice',
    ]);
  });

  it('are targets that choose among experts, by whom no request could be served', () => {
    const virtual = [virtualOf('v', 'fallback', ['smart', 'one']), expertOf('smart', experts('one', 'two'))];
    expect(virtualModelFaults(REAL, virtual)).toEqual([
      'v: its target "smart" chooses among experts, which only experts can lead to',
    ]);
  });
});

describe('the names in a virtual model', () => {
  it('are those of its targets, or of its classifier, experts and fallback', () => {
    expect(namesIn(virtualOf('v', 'fallback', ['one', 'two']))).toEqual(['one', 'two']);
    const routing = { ...experts('one', 'two', 'three'), fallback: { model: 'four' } };
    expect(namesIn(expertOf('v', routing))).toEqual(['one', 'two', 'three', 'four']);
  });

  it.each<JsonObject>([
    {},
    { classifier: 'one', experts: 'two', fallback: null },
    { classifier: { model: 7 }, experts: [null, 'two', { id: 'x' }], fallback: {} },
  ])('are none of what was stored in no known form: %j', (routing) => {
    expect(namesIn(expertOf('v', routing))).toEqual([]);
  });
});
