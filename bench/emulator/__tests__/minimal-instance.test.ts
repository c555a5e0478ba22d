import { expect, it } from 'vitest';
import { minimalInstance } from '../minimal-instance.ts';

it.each<[name: string, schema: unknown, instance: unknown]>([
  [
    'required properties only',
    { type: 'object', properties: { a: { type: 'boolean' }, b: {} }, required: ['a'] },
    { a: true },
  ],
  ['the first of an enum', { enum: ['celsius', 'kelvin'] }, 'celsius'],
  ['a constant', { const: 7 }, 7],
  ['as many items as needed', { type: 'array', items: { type: 'integer', minimum: 3 }, minItems: 2 }, [3, 3]],
  ['a string within its lengths', { type: 'string', minLength: 6, maxLength: 8 }, 'text..'],
  ['a short string', { type: 'string', maxLength: 2 }, 'te'],
  ['a formatted string', { type: 'string', format: 'date' }, '2025-01-31'],
  ['an integer above a bound', { type: 'integer', exclusiveMinimum: 4 }, 5],
  ['a number below a bound', { type: 'number', maximum: -2 }, -2],
  ['a multiple', { type: 'integer', minimum: 7, multipleOf: 5 }, 10],
  ['an alternative that is not null', { anyOf: [{ type: 'null' }, { type: 'string' }] }, 'text'],
  ['one of several types', { type: ['null', 'boolean'] }, true],
  ['what a reference points to', { $defs: { 'a/b': { type: 'boolean' } }, $ref: '#/$defs/a~1b' }, true],
  ['anything for an empty schema', {}, 'text'],
])('makes %s', (_name, schema, instance) => {
  expect(minimalInstance(schema)).toEqual(instance);
});

it('ends for a schema that contains itself', () => {
  const node = {
    type: 'object',
    properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
    required: ['next'],
  };
  const text = JSON.stringify(minimalInstance(node));
  expect(text.endsWith('null'.concat('}'.repeat(text.split('next').length - 1)))).toBe(true);
});
