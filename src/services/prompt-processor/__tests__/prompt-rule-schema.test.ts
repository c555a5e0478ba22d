import { describe, expect, it } from 'vitest';
import { promptRuleSchema } from '../prompt-rule-schema.ts';

function faultsOf(rule: unknown): readonly string[] {
  const { error } = promptRuleSchema.safeParse(rule);
  return (error?.issues ?? []).map(({ path }) => path.join('.'));
}

describe('the schema of a prompt rule', () => {
  it('switches a rule on, for every request, unless it says otherwise', () => {
    expect(promptRuleSchema.parse({ operationType: 'replace', templateContent: 'x' })).toEqual({
      operationType: 'replace',
      templateContent: 'x',
      enabled: true,
      injectOnce: false,
    });
  });

  it('wants the text that the operation uses, and only that', () => {
    expect(faultsOf({ operationType: 'replace' })).toEqual(['templateContent']);
    expect(faultsOf({ operationType: 'prepend', templateContent: ' \n' })).toEqual(['templateContent']);
    expect(faultsOf({ operationType: 'system', templateContent: 'x' })).toEqual(['systemMessage']);
    expect(faultsOf({ operationType: 'system', systemMessage: 'x' })).toEqual([]);
  });

  it('keeps the text that another operation uses', () => {
    const rule = { operationType: 'system', systemMessage: 'x', templateContent: '' };
    expect(promptRuleSchema.parse(rule)).toMatchObject(rule);
  });

  it.each([{}, { operationType: 'append', templateContent: 'x' }])('refuses the operation of %j', (rule) => {
    expect(faultsOf(rule)).toEqual(['operationType']);
  });

  it('refuses a field that it does not know', () => {
    expect(
      promptRuleSchema.safeParse({ operationType: 'replace', templateContent: 'x', inject_once: true })
        .success,
    ).toBe(false);
  });
});
