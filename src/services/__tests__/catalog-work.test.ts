import { describe, expect, it } from 'vitest';
import { catalogContent, virtualKey } from '../../../test/support/catalog-content.ts';
import type { Model, VirtualKey } from '../../core/catalog.ts';
import { Secret } from '../../core/secret.ts';
import { type Catalog, createCatalog } from '../catalog.ts';
import { planTargets } from '../routing/plan-targets.ts';
import { countSteps } from './count-steps.ts';

/** How many properties of keys and models, and elements of their lists, were read so far. */
interface Counter {
  reads: number;
}

/** The same object, every reading of a property counted. */
function counted<T extends object>(target: T, counter: Counter): T {
  return new Proxy(target, {
    get(object, property, receiver) {
      counter.reads += 1;
      return Reflect.get(object, property, receiver);
    },
    ownKeys(object) {
      counter.reads += 1;
      return Reflect.ownKeys(object);
    },
  });
}

/** A catalog of so many keys and models, half of the keys with a list of models, and what is read of it. */
function setUp(
  keyCount: number,
  modelCount: number,
): { catalog: Catalog; counter: Counter; keys: VirtualKey[] } {
  const counter: Counter = { reads: 0 };
  const names = Array.from({ length: modelCount }, (_, index) => `model-${index}`);
  const models = names.map(
    (name): Model =>
      counted(
        { id: name, name, providerId: 'p', modelIdentifier: `${name}-2024`, limits: {}, enabled: true },
        counter,
      ),
  );
  const keys = Array.from({ length: keyCount }, (_, index) =>
    counted(
      virtualKey({
        id: `key_${index}`,
        keyHash: `hash-${index}`,
        models: index % 2 === 0 ? undefined : counted(names, counter),
        previous: { keyHash: `old-hash-${index}`, expiresAt: 1_000 },
      }),
      counter,
    ),
  );
  const catalog = createCatalog();
  const targets = ['model-3', 'model-7'].map((model) => ({ model, weight: 1 }));
  catalog.replace(
    catalogContent({
      providers: [{ id: 'p', type: 'openai', baseUrl: undefined, apiKey: new Secret('sk-1'), enabled: true }],
      models: counted(models, counter),
      virtualModels: [{ id: 'v', name: 'smart', enabled: true, strategy: 'loadbalance', targets }],
      keys: counted(keys, counter),
    }),
  );
  return { catalog, counter, keys };
}

/**
 * What one look after the other takes, for the first, a middle and the last key and model: properties that are read, and
 * elements that are gone through.
 */
function workFor(keyCount: number, modelCount: number): number[] {
  const { catalog, counter } = setUp(keyCount, modelCount);
  const work = (look: () => unknown) => {
    counter.reads = 0;
    return countSteps(look) + counter.reads;
  };
  const places = (count: number) => [0, Math.floor(count / 2) | 1, count - 1];
  return [
    ...places(keyCount).map((index) => work(() => catalog.findKey(`hash-${index}`, 0))),
    ...places(keyCount).map((index) => work(() => catalog.findKey(`old-hash-${index}`, 0))),
    work(() => catalog.findKey('hash of nobody', 0)),
    ...[0, 1].flatMap((keyIndex) => {
      const key = catalog.findKey(`hash-${keyIndex}`, 0) ?? virtualKey();
      return places(modelCount).flatMap((index) => [
        work(() => catalog.resolve(key, `model-${index}`)),
        work(() => catalog.resolve(key, `model-${index}-2024`)),
        work(() => isRefused(() => catalog.resolve(key, `nothing-${index}`))),
      ]);
    }),
    work(() => {
      const routable = catalog.resolve(virtualKey({ id: 'any' }), 'smart');
      planTargets(routable, { find: catalog.find, session: 's', random: Math.random });
    }),
  ];
}

describe('the work of a lookup', () => {
  it('is the same with 10,000 keys and 1,000 models as with ten of each', () => {
    expect(workFor(10_000, 1_000)).toEqual(workFor(10, 10));
  });

  it('is counted: a walk over the keys would show', () => {
    const { counter, keys } = setUp(100, 10);
    counter.reads = 0;
    expect(keys.find(({ keyHash }) => keyHash === 'hash-99')?.id).toBe('key_99');
    expect(counter.reads).toBeGreaterThan(100);
  });

  it.each<[string, (names: ReadonlyMap<string, number>) => unknown]>([
    ['its entries', (names) => [...names].find(([name]) => name === 'name-99')],
    ['its values', (names) => Array.from(names.values()).includes(99)],
    ['a set of its names', (names) => new Set(names.keys())],
    ['each of it', (names) => names.forEach(() => {})],
    [
      'all of it in a loop',
      (names) => {
        for (const [name] of names) if (name === 'name-99') return name;
        return undefined;
      },
    ],
  ])('is counted: a walk over a map by %s would show', (_, walk) => {
    const names = new Map(Array.from({ length: 100 }, (_element, index) => [`name-${index}`, index]));
    expect(countSteps(() => walk(names))).toBeGreaterThanOrEqual(100);
    expect(countSteps(() => names.get('name-99'))).toBe(0);
  });
});

/** Whether a look ends in an error. It is told here and not by an assertion, which would take steps of its own. */
function isRefused(look: () => unknown): boolean {
  try {
    look();
    return false;
  } catch {
    // That it is refused is what was asked.
    return true;
  }
}
