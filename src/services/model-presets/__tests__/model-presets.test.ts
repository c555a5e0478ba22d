import { describe, expect, it } from 'vitest';
import { createPriceTable } from '../../limits/price-table.ts';
import type { ModelPreset, TokenRates } from '../model-preset.ts';
import { createModelPresets } from '../model-presets.ts';

const preset = (name: string, rates: TokenRates = {}, fields: Partial<ModelPreset> = {}): ModelPreset => ({
  name,
  rates,
  longPrompts: [],
  hasOtherTokens: false,
  supports: [],
  ...fields,
});
/** A preset whose prompt costs so many nano-dollars a token. */
const priced = (name: string, nano: number, fields: Partial<ModelPreset> = {}) =>
  preset(name, { prompt: nano * 1_000_000, completion: 0 }, fields);
const updateOf = (presets: readonly ModelPreset[]) => ({
  presets,
  source: 'https://list.example/prices.json',
  updatedAt: 1_700_000_000_000,
  skipped: 2,
});

function setUp(bundled: readonly ModelPreset[], fetched?: readonly ModelPreset[]) {
  const presets = createModelPresets(bundled);
  if (fetched !== undefined) presets.replace(updateOf(fetched));
  const table = createPriceTable(presets, (id) =>
    id === 'groq' ? { type: 'openai-compatible', profile: 'groq' } : { type: 'google' },
  );
  const costOf = (model: string, provider?: string) =>
    table.costOf(model, { prompt: 1, completion: 0, cached: 0, reasoning: 0 }, provider);
  return { presets, costOf };
}

describe('the price in force', () => {
  it('is the fetched one, else the bundled one', () => {
    const { costOf } = setUp(
      [priced('both', 1), priced('bundled', 2)],
      [priced('both', 3), priced('new', 4)],
    );
    expect(['both', 'bundled', 'new', 'neither'].map((model) => costOf(model))).toEqual([3, 2, 4, undefined]);
  });

  it('is zero where the list says so: a price is not the lack of one', () => {
    expect(setUp([priced('free', 5)], [priced('free', 0)]).costOf('free')).toBe(0);
  });

  it('stays the bundled one where the fetched preset has none, with what else the list says', () => {
    const fetched = preset('model', { prompt: 7_000_000 }, { mode: 'chat', maxInputTokens: 1000 });
    const { costOf, presets } = setUp([priced('model', 1)], [fetched]);
    expect(costOf('model')).toBe(1);
    expect(presets.find('model')).toMatchObject({ mode: 'chat', maxInputTokens: 1000 });
  });

  it('is the last list’s alone: what an older list had besides is gone', () => {
    const { costOf, presets } = setUp([priced('bundled', 1)], [priced('old', 2), priced('bundled', 2)]);
    presets.replace(updateOf([priced('newer', 3)]));
    expect(['old', 'bundled', 'newer'].map((model) => costOf(model))).toEqual([undefined, 1, 3]);
    presets.replace(undefined);
    expect(['bundled', 'newer'].map((model) => costOf(model))).toEqual([1, undefined]);
  });

  it('is its provider’s, where the list has one for the provider', () => {
    const { costOf } = setUp([], [priced('llama', 1), priced('groq/llama', 2), priced('gemini/llama', 3)]);
    expect([costOf('llama'), costOf('llama', 'groq'), costOf('models/Llama', 'google')]).toEqual([1, 2, 3]);
  });

  it('is that of the version, else of its base, whichever list has it', () => {
    const { costOf } = setUp([priced('m-2024-05-13', 1)], [priced('m', 2), priced('gemini/m', 3)]);
    expect(['m-2024-05-13', 'm-2024-08-06', 'any/m-2024-08-06'].map((model) => costOf(model))).toEqual([
      1, 2, 2,
    ]);
    expect(costOf('m-2025-01-01', 'google')).toBe(3);
  });

  it('is none for what is known to have none, even where its base has one', () => {
    const speaking = { ...priced('m-preview', 9), hasOtherTokens: true };
    const { costOf } = setUp([], [priced('m', 2), speaking, preset('m-latest', { prompt: 1 })]);
    expect([costOf('m-preview'), costOf('m-latest')]).toEqual([undefined, undefined]);
  });

  it('is of the longest threshold that the prompt is beyond', () => {
    const rates = (nano: number) => ({ prompt: nano * 1_000_000, completion: 0 });
    const longPrompts = [
      { above: 10, ...rates(2) },
      { above: 20, ...rates(3) },
    ];
    const { presets } = setUp([], [preset('m', rates(1), { longPrompts })]);
    const costOf = (prompt: number) =>
      createPriceTable(presets).costOf('m', { prompt, completion: 0, cached: 0, reasoning: 0 });
    expect([10, 11, 20, 21].map(costOf)).toEqual([10, 22, 40, 63]);
  });

  it('is a whole number of nano-dollars for prices with many decimals', () => {
    const { presets } = setUp([], [preset('m', { prompt: 141_953_125, completion: 343_750_000 })]);
    const costOf = (prompt: number, completion: number) =>
      createPriceTable(presets).costOf('m', { prompt, completion, cached: 0, reasoning: 0 });
    expect(costOf(1_000_000, 0)).toBe(141_953_125);
    expect(costOf(3, 3)).toBe(1_457);
  });
});

describe('a model', () => {
  it('is known by its provider’s name for it, priced or not', () => {
    const { presets } = setUp([], [preset('gemini/m-1', {}, { mode: 'chat' })]);
    expect(presets.of('models/m-1-preview', { type: 'google' })).toMatchObject({ name: 'gemini/m-1' });
    expect(presets.of('m-1', { type: 'openai' })).toBeUndefined();
    expect(presets.find('GEMINI/M-1')).toMatchObject({ mode: 'chat' });
    expect(presets.find('m-1')).toBeUndefined();
  });
});

describe('the search', () => {
  const names = ['gpt-4', 'azure/gpt-4', 'gpt-4-turbo', 'a/gpt-4-x', 'not-gpt-4', 'GPT-4o', 'claude'];
  const { presets } = setUp(
    [],
    names.map((name) => preset(name)),
  );
  const search = (text: string, limit = 10) => {
    const found = presets.search(text, limit);
    return { names: found.presets.map((match) => match.preset.name), total: found.total };
  };

  it('has the name itself first, then it behind a provider, then what begins with it, then the rest', () => {
    expect(search('GPT-4').names).toEqual([
      'gpt-4',
      'azure/gpt-4',
      'GPT-4o',
      'gpt-4-turbo',
      'a/gpt-4-x',
      'not-gpt-4',
    ]);
  });

  it('is limited, and says how many there are in all', () => {
    expect(search(' gpt-4 ', 2)).toEqual({ names: ['gpt-4', 'azure/gpt-4'], total: 6 });
    expect(search('nothing')).toEqual({ names: [], total: 0 });
  });

  it('takes no pattern', () => {
    expect(search('gpt.4').total).toBe(0);
  });
});

describe('the summary', () => {
  it('counts every name once, by provider, and tells the list', () => {
    const { presets } = setUp(
      [priced('a', 1, { provider: 'openai' }), priced('b', 1, { provider: 'openai' })],
      [priced('A', 1, { provider: 'azure' }), priced('c', 1)],
    );
    const { update, byProvider, total } = presets.summary();
    expect([total, Object.fromEntries(byProvider)]).toEqual([3, { azure: 1, openai: 1, unknown: 1 }]);
    expect(update).toEqual({
      source: 'https://list.example/prices.json',
      updatedAt: 1_700_000_000_000,
      skipped: 2,
    });
  });

  it('of the bundled prices tells of no list', () => {
    expect(createModelPresets().summary()).toMatchObject({ update: undefined });
    expect(createModelPresets().summary().total).toBeGreaterThan(50);
  });
});
