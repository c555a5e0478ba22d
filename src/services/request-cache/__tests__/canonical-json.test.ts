import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { canonicalJson } from '../canonical-json.ts';

/** Values as they come out of a request's body: without `undefined`, and without a negative zero. */
const jsonValues = fc.jsonValue().map((value) => parse(JSON.stringify(value)));

/** Objects with few names, so that two of them are often nearly the same. */
const closeObjects = fc
  .dictionary(
    fc.constantFrom('a', 'b', '1', '__proto__', 'a":1,"b'),
    fc.oneof(fc.constantFrom(1, '1', null, true, [], [[]], {}, ''), jsonValues),
  )
  .map((value) => parse(JSON.stringify(value)));

function parse(text: string): JsonValue {
  return JSON.parse(text);
}

/** The same value with every object's members the other way round. */
function reversed(value: JsonValue): JsonValue {
  if (isJsonObject(value)) {
    const members = Object.entries(value).map(
      ([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(reversed(member ?? null))}`,
    );
    return parse(`{${members.reverse().join(',')}}`);
  }
  return typeof value === 'object' && value !== null ? value.map(reversed) : value;
}

describe('canonical JSON', () => {
  it.each<[string, JsonObject, string]>([
    ['sorted names', { b: 1, a: [{ d: null, c: true }] }, '{"a":[{"c":true,"d":null}],"b":1}'],
    ['names that look like numbers', { b: 1, 10: 2, 9: 3 }, '{"10":2,"9":3,"b":1}'],
    ['no members without a value', { a: undefined, b: 1 }, '{"b":1}'],
    ['lone surrogates apart', { a: '\ud800', b: '\udfff' }, '{"a":"\\ud800","b":"\\udfff"}'],
  ])('has %s', (_what, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('keeps a member by the name of __proto__', () => {
    expect(canonicalJson(parse('{"z":1,"__proto__":{"b":1,"a":2}}'))).toBe(
      '{"__proto__":{"a":2,"b":1},"z":1}',
    );
  });

  it('keeps the order of a schema’s properties, in which structured answers come, and of nothing else there', () => {
    const schema = (first: string, second: string) => ({
      type: 'object',
      properties: { [first]: { type: 'string', description: first }, [second]: { type: 'string' } },
    });
    expect(canonicalJson(schema('why', 'answer'))).not.toBe(canonicalJson(schema('answer', 'why')));
    expect(canonicalJson(schema('why', 'answer'))).toBe(
      '{"properties":{"why":{"description":"why","type":"string"},"answer":{"type":"string"}},"type":"object"}',
    );
  });

  it('is JSON for the same value', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  it('is the same whatever the order of members', () => {
    fc.assert(
      fc.property(fc.oneof(jsonValues, closeObjects), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('is never the same for two values', () => {
    fc.assert(
      fc.property(fc.oneof(closeObjects, jsonValues), fc.oneof(closeObjects, jsonValues), (one, other) => {
        expect(canonicalJson(one) === canonicalJson(other)).toBe(isDeepStrictEqual(one, other));
      }),
      { numRuns: 2_000 },
    );
  });
});
