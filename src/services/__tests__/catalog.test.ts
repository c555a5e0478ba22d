import { describe, expect, it } from 'vitest';
import type { CatalogContent, Model, Provider, VirtualKey } from '../../core/catalog.ts';
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

const key = (fields: Partial<VirtualKey> = {}): VirtualKey => ({
  id: 'key_1',
  name: 'team-a',
  keyHash: 'hash-1',
  enabled: true,
  models: undefined,
  path: 'auto',
  compat: 'portkey',
  ...fields,
});

function catalogOf(content: Partial<CatalogContent>) {
  const catalog = createCatalog();
  catalog.replace({ providers: [provider('openai')], models: [], keys: [key()], ...content });
  return catalog;
}

const refusal = (code: string) => expect.objectContaining({ code, param: 'model' });

describe('a key', () => {
  it('is found by its hash alone, disabled ones included', () => {
    const disabled = key({ id: 'key_2', keyHash: 'hash-2', enabled: false });
    const catalog = catalogOf({ keys: [key(), disabled] });
    expect(catalog.findKey('hash-1')?.id).toBe('key_1');
    expect(catalog.findKey('hash-2')).toEqual(disabled);
    expect(catalog.findKey('team-a')).toBeUndefined();
    expect(catalog.findKey('')).toBeUndefined();
  });

  it('is unknown in an empty catalog', () => {
    expect(createCatalog().findKey('hash-1')).toBeUndefined();
    expect(createCatalog().listModels()).toEqual([]);
  });
});

describe('a model', () => {
  it('is resolved by its name, with the account behind it', () => {
    const found = catalogOf({ models: [model('gpt')] }).resolveModel(key(), 'gpt');
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
      catalogOf({ providers, models: [model('gpt')] }).resolveModel(key(), 'gpt').provider,
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
    expect(catalogOf({ models }).resolveModel(key(), 'gpt').model.name).toBe('gpt');
  });

  it("is resolved by the provider's identifier where no name is that", () => {
    expect(catalogOf({ models: [model('gpt')] }).resolveModel(key(), 'gpt-2024').model.name).toBe('gpt');
  });

  it('is ambiguous by an identifier that several have; the names are told', () => {
    const models = [model('a', { modelIdentifier: 'm' }), model('b', { modelIdentifier: 'm' })];
    expect(() => catalogOf({ models }).resolveModel(key(), 'm')).toThrow(refusal('ambiguous_model'));
    expect(() => catalogOf({ models }).resolveModel(key(), 'm')).toThrow(/a, b/);
  });

  it('is not ambiguous where the key may call only one of them, and the others are not told', () => {
    const models = ['a', 'b', 'c'].map((name) => model(name, { modelIdentifier: 'm' }));
    const one = key({ models: ['b'] });
    expect(catalogOf({ models, keys: [one] }).resolveModel(one, 'm').model.name).toBe('b');
    const two = key({ models: ['b', 'c'] });
    const catalog = catalogOf({ models, keys: [two] });
    expect(() => catalog.resolveModel(two, 'm')).toThrow(/: b, c\.$/);
  });

  it.each([['unknown'], [''], ['GPT'], ['gpt '], ['__proto__'], ['constructor']])(
    'is not found as %j',
    (requested) => {
      expect(() => catalogOf({ models: [model('gpt')] }).resolveModel(key(), requested)).toThrow(
        refusal('model_not_found'),
      );
    },
  );

  it('is not found where the key may not call it, by the same answer as where it does not exist', () => {
    const limited = key({ models: ['other'] });
    const catalog = catalogOf({ models: [model('gpt'), model('other')], keys: [limited] });
    const messageOf = (requested: string) => {
      try {
        return catalog.resolveModel(limited, requested).model.name;
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
    expect(['a', 'b'].map((name) => catalog.resolveModel(key(), name).model.name)).toEqual(['a', 'b']);
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
      expect(() => catalog.resolveModel(key(), name)).toThrow(refusal('model_not_found'));
    }
    expect(catalog.listModels().map((entry) => entry.model.name)).toEqual(['on']);
  });

  it('is shown shortened in the refusal where its name is very long', () => {
    expect(() => createCatalog().resolveModel(key(), 'x'.repeat(10_000))).toThrow(/^.{1,300}$/);
  });

  it('shares one account object with the other models of its provider, until the catalog is replaced', () => {
    const content = { providers: [provider('openai')], models: [model('a'), model('b')], keys: [key()] };
    const catalog = catalogOf(content);
    const before = catalog.resolveModel(key(), 'a').provider;
    expect(catalog.resolveModel(key(), 'b').provider).toBe(before);
    catalog.replace({ ...content, models: [model('b')] });
    expect(() => catalog.resolveModel(key(), 'a')).toThrow(refusal('model_not_found'));
    expect(before.apiKey.reveal()).toBe('key of openai');
  });
});
