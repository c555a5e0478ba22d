import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../core/json.ts';
import { refusalOf } from '../../../chat/__tests__/refusal.ts';
import { toThinking as translate } from '../anthropic-thinking.ts';

const BUDGETED = 'claude-sonnet-4-5';
const ADAPTIVE = 'claude-opus-4-6';

/** Of a request that forces no call, unless it says so. */
const toThinking = (body: JsonObject, mustCall = false) => translate(body, mustCall);
const budgetOf = (fields: JsonObject) => toThinking({ model: BUDGETED, ...fields }).thinking;

describe('how much a model is to think', () => {
  it('is not said where the client does not say it', () => {
    expect(toThinking({ model: BUDGETED })).toEqual({});
    expect(toThinking({ model: ADAPTIVE, reasoning_effort: null, thinking: null })).toEqual({});
  });

  it('is a budget for models that are told one', () => {
    const budgets = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'].map((reasoning_effort) =>
      budgetOf({ reasoning_effort }),
    );
    expect(budgets).toEqual(
      [1024, 2048, 8192, 16_384, 24_576, 27_648].map((budget_tokens) => ({ type: 'enabled', budget_tokens })),
    );
  });

  it('is a word for models that decide by themselves', () => {
    const words = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'].map((reasoning_effort) =>
      toThinking({ model: ADAPTIVE, reasoning_effort }),
    );
    expect(words).toEqual(
      ['low', 'low', 'medium', 'high', 'xhigh', 'max'].map((effort) => ({
        thinking: { type: 'adaptive' },
        effort,
      })),
    );
  });

  it('is nothing at all for the effort none', () => {
    expect(toThinking({ model: BUDGETED, reasoning_effort: 'none' })).toEqual({
      thinking: { type: 'disabled' },
    });
    expect(toThinking({ model: ADAPTIVE, reasoning_effort: 'none' })).toEqual({
      thinking: { type: 'disabled' },
    });
  });

  it.each([
    'claude-3-7-sonnet-20250219',
    'claude-3-7-sonnet-latest',
    'claude-sonnet-4-20250514',
    'claude-opus-4-0',
    'claude-opus-4-1-20250805',
    'claude-sonnet-4-5',
    'claude-sonnet-4-5-20250929',
    'claude-haiku-4-5@20251001',
    'claude-opus-4-5-20251101',
    'anthropic.claude-opus-4-1-20250805-v1:0',
  ])('is a budget for %s', (model) => {
    expect(toThinking({ model, reasoning_effort: 'low' }).thinking).toHaveProperty('budget_tokens');
  });

  it.each([
    'claude-opus-4-6',
    'claude-sonnet-4-6',
    'claude-opus-4-8',
    'claude-opus-5',
    'claude-fable-5-2',
    'x',
  ])('is a word for %s', (model) => {
    expect(toThinking({ model, reasoning_effort: 'low' }).thinking).toEqual({ type: 'adaptive' });
  });

  it('stays within four fifths of the limit, so that there is something left to answer with', () => {
    expect(budgetOf({ reasoning_effort: 'high', max_tokens: 10_000 })).toEqual({
      type: 'enabled',
      budget_tokens: 8000,
    });
    expect(budgetOf({ reasoning_effort: 'low', max_completion_tokens: 1281 })).toEqual({
      type: 'enabled',
      budget_tokens: 1024,
    });
    expect(budgetOf({ reasoning_effort: 'low', max_tokens: 9000 })).toEqual({
      type: 'enabled',
      budget_tokens: 2048,
    });
  });

  it('is nothing where the limit leaves no room for the least budget', () => {
    expect(budgetOf({ reasoning_effort: 'high', max_tokens: 1279 })).toBeUndefined();
  });

  it('is nothing where a tool’s result comes without the thinking behind its call, which Anthropic refuses', () => {
    const call = { role: 'assistant', content: null, tool_calls: [{ id: 'c' }] };
    const result = { role: 'tool', tool_call_id: 'c', content: 'rain' };
    const thinking_blocks = [{ type: 'thinking', thinking: 'hm', signature: 's' }];
    const ask = (...messages: JsonObject[]) => budgetOf({ reasoning_effort: 'low', messages });
    expect(ask(call, result)).toBeUndefined();
    expect(ask({ ...call, thinking_blocks: [] }, result)).toBeUndefined();
    expect(ask({ ...call, thinking_blocks }, result)).toHaveProperty('budget_tokens');
    const later = [
      { role: 'assistant', content: 'Rain.' },
      { role: 'user', content: 'And now?' },
    ];
    expect(ask(call, result, ...later)).toHaveProperty('budget_tokens');
  });

  it('is nothing where a call is forced, which Anthropic refuses of a model that thinks', () => {
    expect(toThinking({ model: BUDGETED, reasoning_effort: 'high' }, true)).toEqual({});
    expect(toThinking({ model: ADAPTIVE, reasoning_effort: 'high' }, true)).toEqual({ effort: 'high' });
    const thinking = { type: 'enabled', budget_tokens: 5000 };
    expect(toThinking({ model: BUDGETED, thinking, reasoning_effort: 'high' }, true)).toEqual({ thinking });
  });

  it.each([
    ['temperature', 0.2],
    ['top_p', 0.9],
    ['top_k', 5],
  ])('cannot be said together with %s, which a model that thinks does not take', (param, value) => {
    const body = { reasoning_effort: 'low', [param]: value };
    for (const model of [BUDGETED, ADAPTIVE]) {
      expect(refusalOf(() => toThinking({ model, ...body }))).toMatchObject({ code: 'invalid_value', param });
    }
    expect(budgetOf({ ...body, reasoning_effort: 'none' })).toEqual({ type: 'disabled' });
    expect(budgetOf({ ...body, max_tokens: 100 })).toBeUndefined();
    expect(toThinking({ model: BUDGETED, ...body }, true)).toEqual({});
    const thinking = { type: 'enabled', budget_tokens: 5000 };
    expect(budgetOf({ ...body, thinking })).toEqual(thinking);
  });

  it('can be said together with sampling that changes nothing', () => {
    expect(budgetOf({ reasoning_effort: 'low', temperature: 1, top_p: 0.95, top_k: null })).toHaveProperty(
      'budget_tokens',
    );
  });

  it('is what the client says in Anthropic’s own words, whatever effort it names', () => {
    const thinking = { type: 'enabled', budget_tokens: 5000 };
    expect(toThinking({ model: ADAPTIVE, thinking })).toEqual({ thinking });
    expect(toThinking({ model: ADAPTIVE, thinking, reasoning_effort: 'low' })).toEqual({ thinking });
    expect(toThinking({ model: ADAPTIVE, thinking, reasoning_effort: 'none' })).toEqual({ thinking });
  });

  it('takes the effort along where those words leave the amount to the model', () => {
    const thinking = { type: 'adaptive', display: 'summarized' };
    expect(toThinking({ model: ADAPTIVE, thinking, reasoning_effort: 'high' })).toEqual({
      thinking,
      effort: 'high',
    });
  });

  it.each(['huge', '', 5, true, {}, 'constructor'])('cannot be %j', (reasoning_effort) => {
    expect(refusalOf(() => toThinking({ model: BUDGETED, reasoning_effort }))).toMatchObject({
      code: 'invalid_value',
      param: 'reasoning_effort',
    });
  });
});
