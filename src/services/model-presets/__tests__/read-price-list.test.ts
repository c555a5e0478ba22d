import { describe, expect, it } from 'vitest';
import { readPriceList } from '../read-price-list.ts';

/** The one preset of a list with this entry. */
async function read(entry: unknown) {
  const list = await readPriceList({ model: entry });
  return list?.presets[0];
}

const plain = { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 };

describe('an entry of the list', () => {
  it('is what the list says, in nano-dollars per million tokens', async () => {
    const list = {
      'openrouter/Some/Model-1': {
        litellm_provider: 'openrouter',
        mode: 'chat',
        max_tokens: 1,
        max_input_tokens: 200_000,
        max_output_tokens: 64_000,
        input_cost_per_token: 3e-6,
        cache_read_input_token_cost: 3e-7,
        cache_creation_input_token_cost: 3.75e-6,
        output_cost_per_token: 1.5e-5,
        output_cost_per_reasoning_token: 2e-5,
        output_cost_per_token_batches: 7.5e-6,
        supports_vision: true,
        supports_function_calling: true,
        supports_audio_input: false,
        supports_tool_choice: 'true',
        source: 'https://provider.example',
      },
    };
    expect(await readPriceList(list)).toEqual({
      skipped: 0,
      presets: [
        {
          name: 'openrouter/Some/Model-1',
          provider: 'openrouter',
          mode: 'chat',
          maxInputTokens: 200_000,
          maxOutputTokens: 64_000,
          rates: {
            prompt: 3_000_000_000,
            cached: 300_000_000,
            cacheWrite: 3_750_000_000,
            completion: 15_000_000_000,
            reasoning: 20_000_000_000,
          },
          longPrompts: [],
          hasOtherTokens: false,
          supports: ['function_calling', 'vision'],
        },
      ],
    });
  });

  it.each([
    [1.5e-7, 150_000_000],
    [7.5e-8, 75_000_000],
    [3.4375e-7, 343_750_000],
    [1.41953125e-7, 141_953_125],
    // The list has such noise of a division.
    [2.9999900000000002e-6, 2_999_990_000],
    [0.0001, 100_000_000_000],
    [0, 0],
    ['1e-06', 1_000_000_000],
    [' 0.0000025 ', 2_500_000_000],
  ])('has the price %s as %s', async (price, rate) => {
    expect((await read({ ...plain, input_cost_per_token: price }))?.rates.prompt).toBe(rate);
  });

  it('may leave everything out, or say null', async () => {
    const nothing = { mode: null, max_input_tokens: null, input_cost_per_token: null };
    expect(await read(nothing)).toMatchObject({ name: 'model', rates: {}, longPrompts: [], supports: [] });
  });

  it('has no limit where the list says zero, and the old field where it has no other', async () => {
    expect(await read({ ...plain, max_input_tokens: 0, max_tokens: '4096' })).toMatchObject({
      maxInputTokens: undefined,
      maxOutputTokens: 4096,
    });
  });

  it('has a completion without a price only where it answers with none', async () => {
    const { input_cost_per_token } = plain;
    expect((await read({ input_cost_per_token, mode: 'embedding' }))?.rates.completion).toBe(0);
    expect((await read({ input_cost_per_token, mode: 'chat' }))?.rates.completion).toBeUndefined();
  });

  it.each(['output_cost_per_audio_token', 'output_cost_per_image_token'])(
    'with %s answers with other tokens, too',
    async (field) => {
      expect(await read({ ...plain, [field]: 4e-5 })).toMatchObject({ hasOtherTokens: true });
    },
  );

  it('that names another one is what that one is', async () => {
    const list = { 'new-latest': { alias_of: 'new-1' }, 'new-1': { ...plain, mode: 'chat' } };
    expect((await readPriceList(list))?.presets).toMatchObject([
      { name: 'new-latest', mode: 'chat', rates: { prompt: 1_000_000_000 } },
      { name: 'new-1' },
    ]);
  });
});

describe('the price of a long prompt', () => {
  it('changes what it names, for several lengths', async () => {
    const preset = await read({
      ...plain,
      cache_read_input_token_cost: 1e-7,
      input_cost_per_token_above_200k_tokens: 4e-6,
      output_cost_per_token_above_200k_tokens: 6e-6,
      input_cost_per_token_above_32k_tokens: 2e-6,
      input_cost_per_token_above_32k_tokens_batches: 1e-6,
    });
    expect(preset?.longPrompts).toEqual([
      { above: 32_000, prompt: 2_000_000_000, cached: 100_000_000, completion: 2_000_000_000 },
      { above: 200_000, prompt: 4_000_000_000, cached: 100_000_000, completion: 6_000_000_000 },
    ]);
  });

  it('may be a tier, and the first tier is the price of every other prompt', async () => {
    const preset = await read({
      tiered_pricing: [
        { range: [256_000.0, 1_000_000.0], input_cost_per_token: 2.5e-7, output_cost_per_token: '2e-06' },
        { range: [0, 256_000.0], input_cost_per_token: 5e-8, output_cost_per_token: 4e-7 },
      ],
    });
    expect(preset?.rates).toMatchObject({ prompt: 50_000_000, completion: 400_000_000 });
    expect(preset?.longPrompts).toEqual([{ above: 256_000, prompt: 250_000_000, completion: 2_000_000_000 }]);
  });

  it('is none where the tiers are of something else', async () => {
    const tiered_pricing = [{ max_results_range: [0, 25], input_cost_per_query: 0.001 }];
    expect(await read({ mode: 'search', tiered_pricing })).toMatchObject({ rates: {}, longPrompts: [] });
  });
});

describe('what is no entry', () => {
  it.each<[string, unknown]>([
    ['text', 'gpt'],
    ['a list', [plain]],
    ['null', null],
    ['a price in words', { ...plain, input_cost_per_token: 'free' }],
    ['a price with a unit', { ...plain, output_cost_per_token: '$2' }],
    ['a negative price', { ...plain, input_cost_per_token: -1e-6 }],
    ['a price by the million', { ...plain, input_cost_per_token: 3 }],
    ['a wrong price of a long prompt', { ...plain, input_cost_per_token_above_200k_tokens: 'x' }],
    ['a wrong price in a tier', { tiered_pricing: [{ range: [0, 1], input_cost_per_token: {} }] }],
    ['a tier without a range', { ...plain, tiered_pricing: [{ range: 'all', input_cost_per_token: 1 }] }],
    ['a limit in words', { ...plain, max_input_tokens: 'as the provider specifies it' }],
    ['half a token', { ...plain, max_output_tokens: 1.5 }],
    ['a provider that is none', { ...plain, litellm_provider: 7 }],
    ['another one’s name that nobody has', { alias_of: 'nobody' }],
    ['another one’s name that is inherited', { alias_of: 'toString' }],
    ['its own name', { alias_of: 'bad' }],
  ])('is left out and counted: %s', async (_, bad) => {
    expect(await readPriceList({ good: plain, bad })).toMatchObject({
      presets: [{ name: 'good' }],
      skipped: 1,
    });
  });

  it.each([
    ['', 'an empty name'],
    ['x'.repeat(256), 'a long one'],
    ['a\nb', 'one with a line break'],
  ])('is one under %j', async (name) => {
    expect(await readPriceList({ good: plain, [name]: plain })).toMatchObject({ skipped: 1 });
  });

  it('is a second one whose name differs in case only', async () => {
    const list = { 'GPT-x': { ...plain, mode: 'chat' }, 'gpt-X': plain };
    expect(await readPriceList(list)).toMatchObject({
      presets: [{ name: 'GPT-x', mode: 'chat' }],
      skipped: 1,
    });
  });

  it('is the sample, which is not counted either', async () => {
    const sample_spec = { max_tokens: 'LEGACY parameter', input_cost_per_token: 0.0 };
    expect(await readPriceList({ sample_spec, good: plain })).toMatchObject({
      presets: [{ name: 'good' }],
      skipped: 0,
    });
  });

  it('takes a name of the language’s own for a name', async () => {
    const list: unknown = JSON.parse('{"__proto__":{"mode":"chat"},"constructor":{"mode":"chat"}}');
    expect((await readPriceList(list))?.presets.map(({ name }) => name)).toEqual([
      '__proto__',
      'constructor',
    ]);
  });
});

describe('what is no list', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'list'],
    ['an array', [{ model: plain }]],
    ['an empty object', {}],
    ['one without a single entry', { error: 'not found' }],
    ['one with far too many', Object.fromEntries(Array.from({ length: 50_001 }, (_, i) => [`m${i}`, {}]))],
  ])('is %s', async (_, list) => {
    expect(await readPriceList(list)).toBeUndefined();
  });
});
