import { describe, expect, it } from 'vitest';
import { catalogContent, resolvedModel, virtualKey } from '../../../test/support/catalog-content.ts';
import type { CatalogContent, Model, Provider, VirtualKey, VirtualModel } from '../../core/catalog.ts';
import { Secret } from '../../core/secret.ts';
import { createCatalog } from '../catalog.ts';

const provider = (id: string, fields: Partial<Provider> = {}): Provider => ({
  id,
  type: 'openai',
  baseUrl: undefined,
  apiKey: new Secret(`key of ${id}`),
  enabled: true,
  ...fields,
});

const model = (name: string, fields: Partial<Model> = {}): Model => ({
  id: `model_${name}`,
  name,
  providerId: 'openai',
  modelIdentifier: `${name}-2024`,
  limits: {},
  enabled: true,
  ...fields,
});

const key = virtualKey;

function catalogOf(content: Partial<CatalogContent>) {
  const catalog = createCatalog();
  catalog.replace(catalogContent({ providers: [provider('openai')], keys: [key()], ...content }));
  return catalog;
}

const refusal = (code: string) => expect.objectContaining({ code, param: 'model' });

describe('a key', () => {
  it('is found by its hash alone, disabled ones included', () => {
    const disabled = key({ id: 'key_2', keyHash: 'hash-2', enabled: false });
    const catalog = catalogOf({ keys: [key(), disabled] });
    expect(catalog.findKey('hash-1', 0)?.id).toBe('key_1');
    expect(catalog.findKey('hash-2', 0)).toEqual(disabled);
    expect(catalog.findKey('team-a', 0)).toBeUndefined();
    expect(catalog.findKey('', 0)).toBeUndefined();
  });

  it('is found by the hash that it had before its rotation, until the overlap is over', () => {
    const rotated = key({ keyHash: 'hash-2', previous: { keyHash: 'hash-1', expiresAt: 1_000 } });
    const catalog = catalogOf({ keys: [rotated] });
    expect(catalog.findKey('hash-2', 5_000)).toEqual(rotated);
    expect(catalog.findKey('hash-1', 999)).toEqual(rotated);
    expect(catalog.findKey('hash-1', 1_000)).toBeUndefined();
  });

  it('is the one that has the hash now, before the one that had it', () => {
    const rotated = key({ keyHash: 'hash-2', previous: { keyHash: 'hash-1', expiresAt: 1_000 } });
    const other = key({ id: 'key_2', keyHash: 'hash-1' });
    expect(catalogOf({ keys: [other, rotated] }).findKey('hash-1', 0)?.id).toBe('key_2');
  });

  it('is unknown in an empty catalog', () => {
    expect(createCatalog().findKey('hash-1', 0)).toBeUndefined();
    expect(createCatalog().listModels()).toEqual([]);
  });
});

describe('a model', () => {
  it('is resolved by its name, with the account behind it', () => {
    const found = resolvedModel(catalogOf({ models: [model('gpt')] }), key(), 'gpt');
    expect(found.model.id).toBe('model_gpt');
    expect(found.provider).toMatchObject({
      id: 'openai',
      type: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      baseUrlIsExplicit: false,
    });
    expect(found.provider.apiKey.reveal()).toBe('key of openai');
  });

  it('keeps whether its address was written by the operator', () => {
    const providers = [provider('openai', { baseUrl: 'https://proxy.example/' })];
    expect(
      resolvedModel(catalogOf({ providers, models: [model('gpt')] }), key(), 'gpt').provider,
    ).toMatchObject({
      baseUrl: 'https://proxy.example/v1',
      baseUrlIsExplicit: true,
    });
  });

  it("is resolved by its name before it is by another one's identifier", () => {
    const models = [
      model('other', { modelIdentifier: 'gpt' }),
      model('gpt'),
      model('third', { modelIdentifier: 'gpt' }),
    ];
    expect(resolvedModel(catalogOf({ models }), key(), 'gpt').model.name).toBe('gpt');
  });

  it("is resolved by the provider's identifier where no name is that", () => {
    expect(resolvedModel(catalogOf({ models: [model('gpt')] }), key(), 'gpt-2024').model.name).toBe('gpt');
  });

  it('is ambiguous by an identifier that several have; the names are told', () => {
    const models = [model('a', { modelIdentifier: 'm' }), model('b', { modelIdentifier: 'm' })];
    expect(() => resolvedModel(catalogOf({ models }), key(), 'm')).toThrow(refusal('ambiguous_model'));
    expect(() => resolvedModel(catalogOf({ models }), key(), 'm')).toThrow(/a, b/);
  });

  it('is not ambiguous where the key may call only one of them, and the others are not told', () => {
    const models = ['a', 'b', 'c'].map((name) => model(name, { modelIdentifier: 'm' }));
    const one = key({ models: ['b'] });
    expect(resolvedModel(catalogOf({ models, keys: [one] }), one, 'm').model.name).toBe('b');
    const two = key({ models: ['b', 'c'] });
    const catalog = catalogOf({ models, keys: [two] });
    expect(() => resolvedModel(catalog, two, 'm')).toThrow(/: b, c\.$/);
  });

  it.each([['unknown'], [''], ['GPT'], ['gpt '], ['__proto__'], ['constructor']])(
    'is not found as %j',
    (requested) => {
      expect(() => resolvedModel(catalogOf({ models: [model('gpt')] }), key(), requested)).toThrow(
        refusal('model_not_found'),
      );
    },
  );

  it('is not found where the key may not call it, by the same answer as where it does not exist', () => {
    const limited = key({ models: ['other'] });
    const catalog = catalogOf({ models: [model('gpt'), model('other')], keys: [limited] });
    const messageOf = (requested: string) => {
      try {
        return resolvedModel(catalog, limited, requested).model.name;
      } catch (error) {
        return String(error).replaceAll(requested, 'NAME');
      }
    };
    expect(messageOf('gpt')).toBe(messageOf('nothing-of-that-name'));
    expect(messageOf('gpt-2024')).toBe(messageOf('nothing-of-that-name'));
    expect(messageOf('other')).toBe('other');
  });

  it('may be any for a key that names none', () => {
    const catalog = catalogOf({ models: [model('a'), model('b')] });
    expect(['a', 'b'].map((name) => resolvedModel(catalog, key(), name).model.name)).toEqual(['a', 'b']);
  });

  it('is not found while it or its provider is disabled, by name or identifier, nor listed', () => {
    const providers = [provider('openai'), provider('off', { enabled: false })];
    const models = [
      model('disabled', { enabled: false }),
      model('of-disabled', { providerId: 'off' }),
      model('of-nobody', { providerId: 'gone' }),
      model('on'),
    ];
    const catalog = catalogOf({ providers, models });
    for (const name of ['disabled', 'of-disabled', 'of-nobody', 'disabled-2024']) {
      expect(() => resolvedModel(catalog, key(), name)).toThrow(refusal('model_not_found'));
    }
    expect(catalog.listModels().map((entry) => entry.model.name)).toEqual(['on']);
    expect([catalog.findProvider('openai')?.id, catalog.findProvider('off')]).toEqual(['openai', undefined]);
  });

  it('is shown shortened in the refusal where its name is very long', () => {
    expect(() => resolvedModel(createCatalog(), key(), 'x'.repeat(10_000))).toThrow(/^.{1,300}$/);
  });

  it('shares one account object with the other models of its provider, until the catalog is replaced', () => {
    const content = catalogContent({
      providers: [provider('openai')],
      models: [model('a'), model('b')],
      keys: [key()],
    });
    const catalog = catalogOf(content);
    const before = resolvedModel(catalog, key(), 'a').provider;
    expect(resolvedModel(catalog, key(), 'b').provider).toBe(before);
    catalog.replace({ ...content, models: [model('b')] });
    expect(() => resolvedModel(catalog, key(), 'a')).toThrow(refusal('model_not_found'));
    expect(before.apiKey.reveal()).toBe('key of openai');
  });
});

describe('a virtual model', () => {
  const virtual = (name: string, ...targets: string[]): VirtualModel => ({
    id: `virtual_${name}`,
    name,
    enabled: true,
    strategy: 'fallback',
    targets: targets.map((target) => ({ model: target, weight: 1 })),
  });
  const expert = (name: string, classifier: string, experts: string[], fallback?: string): VirtualModel => ({
    ...virtual(name),
    strategy: 'expert',
    expertRouting: {
      classifier: { model: classifier, prompt_template: 'Name the category.' },
      experts: experts.map((each) => ({ id: each, category: each, model: each })),
      ...(fallback === undefined ? {} : { fallback: { model: fallback } }),
    },
  });
  const models = [model('gpt'), model('off', { enabled: false })];

  /** The names that stand for anything. */
  function found(...virtualModels: VirtualModel[]): string[] {
    const catalog = catalogOf({ models, virtualModels });
    const names = catalog
      .listFor(key())
      .map((routable) => (routable.kind === 'model' ? routable.resolved.model.name : routable.virtual.name));
    for (const each of virtualModels) {
      expect(catalog.find(each.name) !== undefined).toBe(names.includes(each.name));
      const resolving = () => catalog.resolve(key(), each.name);
      if (!names.includes(each.name)) expect(resolving).toThrow(refusal('model_not_found'));
    }
    return names;
  }

  it('is what its name stands for, with its experts checked', () => {
    const virtualModels = [virtual('v', 'gpt'), expert('smart', 'gpt', ['gpt'])];
    const catalog = catalogOf({ models, virtualModels });
    expect(catalog.resolve(key(), 'v')).toMatchObject({ kind: 'virtual', virtual: virtualModels[0] });
    expect(catalog.find('smart')).toMatchObject({
      kind: 'virtual',
      experts: { classifier: { model: 'gpt', max_tokens: 512, timeout: 10_000 } },
    });
  });

  it('gives way to a real model of its name, which has to be enabled', () => {
    const virtualModels = [virtual('gpt', 'gpt'), virtual('off', 'gpt')];
    const catalog = catalogOf({ models, virtualModels });
    expect(catalog.find('gpt')?.kind).toBe('model');
    expect(catalog.find('off')?.kind).toBe('virtual');
  });

  it('is not found by an identifier, and not where the key may not call it', () => {
    const limited = key({ models: ['gpt'] });
    const catalog = catalogOf({ models, virtualModels: [virtual('v', 'gpt')], keys: [limited] });
    expect(() => catalog.resolve(limited, 'v')).toThrow(refusal('model_not_found'));
    expect(catalog.listFor(limited)).toHaveLength(1);
  });

  it('may be called by a key that may not call what is behind it', () => {
    const limited = key({ models: ['v'] });
    const catalog = catalogOf({ models, virtualModels: [virtual('v', 'gpt')], keys: [limited] });
    expect(catalog.resolve(limited, 'v').kind).toBe('virtual');
    expect(() => catalog.resolve(limited, 'gpt')).toThrow(refusal('model_not_found'));
  });

  it('R9 is neither listed nor found while it is disabled, or leads to nothing that is enabled', () => {
    expect(
      found(
        { ...virtual('disabled', 'gpt'), enabled: false },
        virtual('dead', 'off', 'gone'),
        virtual('alive', 'off', 'gpt'),
        virtual('behind-dead', 'dead', 'disabled'),
        virtual('behind-alive', 'dead', 'alive'),
      ),
    ).toEqual(['alive', 'behind-alive', 'gpt']);
  });

  it('R9 is found where any expert or the fallback is, whatever its classifier is', () => {
    expect(
      found(
        expert('no-expert', 'gpt', ['off']),
        expert('fallback', 'off', ['off'], 'gpt'),
        expert('one-expert', 'gpt', ['off', 'gpt']),
        { ...expert('unreadable', 'gpt', ['gpt']), expertRouting: { experts: 'none' } },
      ),
    ).toEqual(['fallback', 'gpt', 'one-expert']);
  });

  it('R9 is not found by a target that never gets anything', () => {
    const targets = [
      { model: 'gpt', weight: 0 },
      { model: 'off', weight: 1 },
    ];
    expect(found({ ...virtual('v'), strategy: 'loadbalance', targets })).toEqual(['gpt']);
  });

  it('R9 is not found where it leads but to itself', () => {
    expect(found(virtual('a', 'b'), virtual('b', 'a'), virtual('c', 'c'))).toEqual(['gpt']);
  });
});

describe('a list for a key', () => {
  it('is by name, of what the key may call and what there is', () => {
    const limited = key({ models: ['zeta', 'alpha', 'gone', 'off'] });
    const models = ['zeta', 'beta', 'alpha'].map((name) => model(name));
    const catalog = catalogOf({ models: [...models, model('off', { enabled: false })], keys: [limited] });
    const names = (of: VirtualKey) =>
      catalog.listFor(of).map((routable) => (routable.kind === 'model' ? routable.resolved.model.name : ''));
    expect(names(limited)).toEqual(['alpha', 'zeta']);
    expect(names(key({ id: 'key_2' }))).toEqual(['alpha', 'beta', 'zeta']);
  });
});

describe('a prompt rule', () => {
  it('is checked, and left out where an older version stored another form', () => {
    const rule = { operationType: 'prepend', templateContent: 'Be brief.' };
    const models = [
      model('ruled', { promptRule: rule }),
      model('broken', { promptRule: { operationType: 'other' } }),
    ];
    const catalog = catalogOf({ models });
    expect(resolvedModel(catalog, key(), 'ruled').promptRule).toEqual({
      ...rule,
      enabled: true,
      injectOnce: false,
    });
    expect(resolvedModel(catalog, key(), 'broken').promptRule).toBeUndefined();
  });
});
