import type { JsonObject } from '../../core/json.ts';
import type { Turn } from '../prompt-processor/read-turns.ts';
import { fillTemplate } from './classifier-template.ts';
import type { Classifier } from './expert-routing-schema.ts';
import { selectClassifierInput } from './select-classifier-input.ts';

const JSON_ANSWER = 'Answer with a JSON object whose field "type" is the category.';

/**
 * The chat completion that asks the classifier for a conversation's category.
 * @throws ClassificationError `no_text`
 */
export function buildClassifierRequest(classifier: Classifier, turns: readonly Turn[]): JsonObject {
  const template = promptTemplate(classifier);
  const { system, user } = fillTemplate(template, selectClassifierInput(classifier, turns));
  const instructions = system === '' ? [] : [{ role: 'system', content: system }];
  const { model, temperature, max_tokens, enable_structured_output } = classifier;
  return {
    model,
    messages: [...instructions, { role: 'user', content: user }],
    ...(temperature === null ? {} : { temperature }),
    ...(max_tokens === 0 ? {} : { max_tokens }),
    ...(enable_structured_output ? { response_format: { type: 'json_object' } } : {}),
  };
}

/** OpenAI refuses structured output where no message speaks of JSON. */
function promptTemplate({ prompt_template, enable_structured_output }: Classifier): string {
  if (!enable_structured_output || /json/i.test(prompt_template)) return prompt_template;
  return `${JSON_ANSWER}\n\n${prompt_template}`;
}
