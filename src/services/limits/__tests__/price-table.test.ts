import { describe, expect, it } from 'vitest';
import { readBundledPresets } from '../../model-presets/bundled-presets.ts';
import { createModelPresets } from '../../model-presets/model-presets.ts';
import { createPriceTable } from '../price-table.ts';

const MILLION = 1_000_000;
const usage = (given: object) => ({ prompt: 0, completion: 0, cached: 0, reasoning: 0, ...given });
const tableOf = (models: object) => {
  const provider = { provider: 'p', source: 'https://provider.example/prices', asOf: '2026-10', models };
  const list = { unit: 'US dollars per million tokens', providers: [provider] };
  return createPriceTable(createModelPresets(readBundledPresets(list)));
};

describe('the cost of a call', () => {
  const table = tableOf({
    plain: { prompt: 2, completion: 10 },
    full: { prompt: 2, cached: 0.5, completion: 10, reasoning: 20 },
    tiny: { prompt: 0.003625, completion: 0.87 },
    tiered: {
      prompt: 1,
      cached: 0.1,
      completion: 4,
      longPrompt: { above: 1_000, prompt: 2, cached: 0.2, completion: 6 },
    },
  });

  it('is in nano-dollars', () => {
    expect(table.costOf('plain', usage({ prompt: MILLION }))).toBe(2_000_000_000);
    expect(table.costOf('plain', usage({ prompt: 3, completion: 2 }))).toBe(26_000);
  });

  it('counts cached and reasoning tokens at their own prices, as parts of prompt and completion', () => {
    const call = usage({ prompt: 100, cached: 60, completion: 50, reasoning: 20 });
    expect(table.costOf('full', call)).toBe(40 * 2_000 + 60 * 500 + 30 * 10_000 + 20 * 20_000);
  });

  it('counts them as the rest where they have none', () => {
    const call = usage({ prompt: 100, cached: 60, completion: 50, reasoning: 20 });
    expect(table.costOf('plain', call)).toBe(100 * 2_000 + 50 * 10_000);
  });

  it('never counts a part as more than its whole', () => {
    expect(table.costOf('full', usage({ prompt: 10, cached: 60, completion: 5, reasoning: 20 }))).toBe(
      10 * 500 + 5 * 20_000,
    );
  });

  it('has the price of a long prompt for every token of the call, from one token beyond the threshold', () => {
    expect(table.costOf('tiered', usage({ prompt: 1_000, cached: 500, completion: 10 }))).toBe(590_000);
    expect(table.costOf('tiered', usage({ prompt: 1_001, cached: 501, completion: 10 }))).toBe(1_160_200);
  });

  it('is rounded once, to a whole number', () => {
    expect(table.costOf('tiny', usage({ prompt: 1 }))).toBe(4);
    expect(table.costOf('tiny', usage({ prompt: 1_000 }))).toBe(3_625);
  });

  it('is unknown for a model without a price', () => {
    expect(table.costOf('other', usage({ prompt: 1 }))).toBeUndefined();
    expect(table.costOf('plain-audio', usage({ prompt: 1 }))).toBeUndefined();
  });
});

describe('the bundled prices', () => {
  const table = createPriceTable();
  const promptPrice = (model: string) => table.costOf(model, usage({ prompt: 1_000 }));

  it.each([
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
    ['openai/gpt-5-mini', 'gpt-5-mini'],
    ['gpt-4-0613', 'gpt-4'],
    ['gpt-3.5-turbo-0125', 'gpt-3.5-turbo'],
    ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
    ['claude-opus-4@20250514', 'claude-opus-4'],
    ['claude-3-5-haiku-latest', 'claude-3-5-haiku'],
    ['models/gemini-2.5-flash-preview-09-2025', 'gemini-2.5-flash'],
    ['gemini-3-flash-preview', 'gemini-3-flash'],
    ['gemini-2.0-flash-001', 'gemini-2.0-flash'],
    ['GPT-4o', 'gpt-4o'],
  ])('give %s the price of %s', (version, base) => {
    expect(promptPrice(version)).toBe(promptPrice(base));
    expect(promptPrice(base)).toBeGreaterThan(0);
  });

  it.each([
    ['gpt-4o-2024-05-13', 5_000_000],
    ['gpt-4o', 2_500_000],
    ['gpt-3.5-turbo-1106', 1_000_000],
  ])('give %s its own price where it has one', (model, cost) => {
    expect(promptPrice(model)).toBe(cost);
  });

  it.each([
    'gpt-4o-audio-preview',
    'gpt-4o-realtime-preview',
    'ft:gpt-4o-mini-2024-07-18:org::id',
    'llama-3',
  ])('have none for %s, whose tokens cost something else', (model) => {
    expect(promptPrice(model)).toBeUndefined();
  });

  it('know models of all four providers', () => {
    for (const model of ['gpt-6.1-sol', 'claude-opus-5-5', 'gemini-3.8-flash', 'deepseek-flash'])
      expect(promptPrice(model)).toBeGreaterThan(0);
  });
});
