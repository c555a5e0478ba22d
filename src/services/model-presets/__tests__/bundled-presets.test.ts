import { describe, expect, it } from 'vitest';
import { readBundledPresets } from '../bundled-presets.ts';

const listOf = (models: object) => ({
  unit: 'US dollars per million tokens',
  providers: [{ provider: 'p', source: 'https://provider.example/prices', asOf: '2026-10', models }],
});

describe('a price list', () => {
  it('is in whole nano-dollars per million tokens', () => {
    expect(readBundledPresets(listOf({ a: { prompt: 0.003625, completion: 0.87 } }))).toMatchObject([
      { name: 'a', provider: 'p', rates: { prompt: 3_625_000, completion: 870_000_000 }, longPrompts: [] },
    ]);
  });

  it.each([
    ['a price with more than six decimals', listOf({ a: { prompt: 0.0000001, completion: 1 } })],
    ['a negative price', listOf({ a: { prompt: -1, completion: 1 } })],
    ['a model without a completion price', listOf({ a: { prompt: 1 } })],
    ['a misspelt field', listOf({ a: { prompt: 1, completion: 1, cache: 1 } })],
    ['another unit', { ...listOf({}), unit: 'US cents per million tokens' }],
  ])('is refused with %s', (_what, list) => {
    expect(() => readBundledPresets(list)).toThrow();
  });
});
