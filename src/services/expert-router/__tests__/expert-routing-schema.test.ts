import { describe, expect, it } from 'vitest';
import { expertRoutingSchema } from '../expert-routing-schema.ts';

const classifier = { model: 'classifier', prompt_template: 'Name the category as JSON.' };
const experts = [{ id: 'coder', category: 'code', model: 'model-code' }];

function faultsOf(config: unknown): readonly string[] {
  const { error } = expertRoutingSchema.safeParse(config);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const faultsOfClassifier = (more: object) => faultsOf({ classifier: { ...classifier, ...more }, experts });

describe('the schema of expert routing', () => {
  it('has a default for all but models, template and experts; M4: structured output is kept', () => {
    expect(expertRoutingSchema.parse({ classifier, experts })).toEqual({
      classifier: {
        ...classifier,
        max_tokens: 512,
        temperature: 0,
        timeout: 10_000,
        max_messages_to_classify: 0,
        ignore_system_messages: false,
        ignored_tags: [],
        enable_structured_output: false,
      },
      experts,
    });
    const structured = { ...classifier, enable_structured_output: true };
    expect(expertRoutingSchema.parse({ classifier: structured, experts }).classifier).toMatchObject({
      enable_structured_output: true,
    });
  });

  it('refuses a category that is empty, or of spaces only: it would be part of every answer', () => {
    expect(faultsOf({ classifier, experts: [{ ...experts[0], category: '  ' }] })).toEqual([
      expect.stringMatching(/^experts\.0\.category: /),
    ]);
  });

  it('refuses experts of one id, or of one category whatever its case: the second would never be chosen', () => {
    const twice = [...experts, { id: 'coder', category: ' CODE', model: 'other' }];
    expect(faultsOf({ classifier, experts: twice })).toEqual([
      'experts.1.id: "coder" stands twice',
      'experts.1.category: "code" stands twice',
    ]);
  });

  it('refuses a list without experts', () => {
    expect(faultsOf({ classifier, experts: [] })).toHaveLength(1);
  });

  it.each([
    ['', 'has no instructions'],
    ['{{CONVERSATION_CONTEXT}}\n{{USER_PROMPT}}', 'has no instructions'],
    ['A {{USER_PROMPT}} B {{user_prompt}}', 'has {{USER_PROMPT}} more than once'],
  ])('refuses the template %j', (template, fault) => {
    expect(faultsOfClassifier({ prompt_template: template })).toEqual([
      `classifier.prompt_template: ${fault}`,
    ]);
  });

  it.each([
    { ignored_tags: ['<think>'] },
    { ignored_tags: [''] },
    { timeout: 0 },
    { max_tokens: -1 },
    { temperature: 3 },
    { max_messages_to_classify: 1.5 },
    { model_id: 'classifier' },
  ])('refuses %j', (more) => {
    expect(faultsOfClassifier(more)).toHaveLength(1);
  });
});
