import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../core/json.ts';
import { refusalOf } from '../../../chat/__tests__/refusal.ts';
import { toAnthropicTools } from '../anthropic-tools.ts';

const tool = (name: string, more: JsonObject = {}) => ({ type: 'function', function: { name, ...more } });
const emptySchema = { type: 'object', properties: {} };
const translated = (name: string) => ({ name, input_schema: emptySchema });
const chosenBy = (tool_choice: JsonObject | string, more: JsonObject = {}) =>
  toAnthropicTools({ tools: [tool('a'), tool('b')], tool_choice, ...more });

describe('a tool', () => {
  it('is translated with its whole schema', () => {
    const parameters = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/a' } },
      $defs: { a: { type: 'string' } },
      additionalProperties: false,
      anyOf: [{ required: ['a'] }],
    };
    const given = tool('weather', { description: 'The weather', parameters, strict: true });
    expect(toAnthropicTools({ tools: [given] })).toEqual({
      tools: [{ name: 'weather', description: 'The weather', input_schema: parameters, strict: true }],
    });
  });

  it('without a schema takes no arguments, and one without a type an object', () => {
    expect(toAnthropicTools({ tools: [tool('a')] })).toEqual({ tools: [translated('a')] });
    expect(
      toAnthropicTools({ tools: [tool('a', { parameters: null, description: null, strict: null })] }),
    ).toEqual({ tools: [translated('a')] });
    expect(toAnthropicTools({ tools: [tool('a', { parameters: { properties: { x: {} } } })] })).toEqual({
      tools: [{ name: 'a', input_schema: { type: 'object', properties: { x: {} } } }],
    });
  });

  it('keeps what else is said of it, beside the function and inside', () => {
    const given = {
      ...tool('a', { input_examples: [{ x: 1 }], allowed_callers: ['direct'] }),
      cache_control: { type: 'ephemeral' },
      defer_loading: true,
    };
    expect(toAnthropicTools({ tools: [given] }).tools).toEqual([
      {
        ...translated('a'),
        input_examples: [{ x: 1 }],
        allowed_callers: ['direct'],
        cache_control: { type: 'ephemeral' },
        defer_loading: true,
      },
    ]);
  });

  it('of Anthropic’s own kinds goes through', () => {
    const own = [
      { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
      { name: 'plain', input_schema: emptySchema },
    ];
    expect(toAnthropicTools({ tools: own })).toEqual({ tools: own });
  });

  it('with free-form input is refused', () => {
    const custom = { type: 'custom', custom: { name: 'shell' } };
    expect(refusalOf(() => toAnthropicTools({ tools: [tool('a'), custom] }))).toMatchObject({
      code: 'unsupported_parameter',
      param: 'tools[1]',
      message: expect.stringContaining('free-form'),
    });
    expect(refusalOf(() => toAnthropicTools({ tools: ['weather'] }))).toMatchObject({ param: 'tools[0]' });
  });

  it('is the provider’s search where the client asks for searches', () => {
    expect(toAnthropicTools({ web_search_options: {} })).toEqual({
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    });
    const user_location = { type: 'approximate', approximate: { country: 'NO', city: 'Oslo' } };
    expect(toAnthropicTools({ tools: [tool('a')], web_search_options: { user_location } })).toEqual({
      tools: [
        translated('a'),
        {
          type: 'web_search_20250305',
          name: 'web_search',
          user_location: { type: 'approximate', country: 'NO', city: 'Oslo' },
        },
      ],
    });
  });
});

describe('the choice among tools', () => {
  it.each([
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    ['required', { type: 'any' }],
    [
      { type: 'function', function: { name: 'b' } },
      { type: 'tool', name: 'b' },
    ],
    [
      { type: 'tool', name: 'a' },
      { type: 'tool', name: 'a' },
    ],
  ])('%j is %j', (given, expected) => {
    expect(chosenBy(given).tool_choice).toEqual(expected);
  });

  it.each([
    ['auto', { type: 'auto', disable_parallel_tool_use: true }],
    ['required', { type: 'any', disable_parallel_tool_use: true }],
    ['none', { type: 'none' }],
    [
      { type: 'function', function: { name: 'b' } },
      { type: 'tool', name: 'b', disable_parallel_tool_use: true },
    ],
  ])('%j one at a time is %j', (given, expected) => {
    expect(chosenBy(given, { parallel_tool_calls: false }).tool_choice).toEqual(expected);
  });

  it('says nothing of calls one at a time but where that was asked for', () => {
    expect(toAnthropicTools({ tools: [tool('a')], parallel_tool_calls: false }).tool_choice).toEqual({
      type: 'auto',
      disable_parallel_tool_use: true,
    });
    expect(toAnthropicTools({ tools: [tool('a')], parallel_tool_calls: true })).not.toHaveProperty(
      'tool_choice',
    );
  });

  it('among some of the tools leaves the others out', () => {
    const allowed = (mode: string | undefined, ...names: string[]) => ({
      type: 'allowed_tools',
      allowed_tools: { ...(mode === undefined ? {} : { mode }), tools: names.map((name) => tool(name)) },
    });
    expect(chosenBy(allowed('required', 'b'))).toEqual({
      tools: [translated('b')],
      tool_choice: { type: 'any' },
    });
    expect(chosenBy(allowed(undefined, 'a', 'b'))).toEqual({
      tools: [translated('a'), translated('b')],
      tool_choice: { type: 'auto' },
    });
    expect(chosenBy(allowed('auto'))).toEqual({});
    expect(refusalOf(() => chosenBy(allowed('required', 'c'))).param).toBe('tool_choice');
    expect(refusalOf(() => chosenBy(allowed('sometimes', 'a'))).param).toBe('tool_choice.allowed_tools.mode');
  });

  it.each([['sometimes'], ['constructor'], [{ type: 'custom', custom: { name: 'a' } }]])(
    'cannot be %j',
    (given) => {
      expect(refusalOf(() => toAnthropicTools({ tools: [tool('a')], tool_choice: given }))).toMatchObject({
        code: 'unsupported_parameter',
        param: 'tool_choice',
      });
    },
  );

  it('is a word or an object', () => {
    expect(refusalOf(() => toAnthropicTools({ tools: [tool('a')], tool_choice: ['a'] }))).toMatchObject({
      code: 'invalid_value',
      param: 'tool_choice',
    });
  });

  it('in Anthropic’s own words goes through', () => {
    expect(chosenBy({ type: 'any' })).toMatchObject({ tool_choice: { type: 'any' } });
    expect(refusalOf(() => toAnthropicTools({ tool_choice: { type: 'any' } })).param).toBe('tool_choice');
  });

  it('needs tools where it asks for a call', () => {
    expect(toAnthropicTools({ tool_choice: 'auto' })).toEqual({});
    expect(toAnthropicTools({ tools: [], tool_choice: 'none', parallel_tool_calls: false })).toEqual({});
    for (const tool_choice of ['required', { type: 'function', function: { name: 'a' } }]) {
      expect(refusalOf(() => toAnthropicTools({ tool_choice }))).toMatchObject({
        code: 'invalid_value',
        param: 'tool_choice',
      });
    }
  });
});
