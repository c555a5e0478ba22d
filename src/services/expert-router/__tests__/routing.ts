import type { JsonObject } from '../../../core/json.ts';
import { type ExpertRouting, expertRoutingSchema } from '../expert-routing-schema.ts';

/** Two experts and a fallback, but for what is given; checked as an operator's would be. */
export function routing(given: JsonObject = {}, classifier: JsonObject = {}): ExpertRouting {
  return expertRoutingSchema.parse({
    classifier: { model: 'classifier', prompt_template: 'Name the category as JSON.', ...classifier },
    experts: [
      { id: 'coder', category: 'code', model: 'model-code' },
      { id: 'poet', category: 'poetry', model: 'model-poetry' },
    ],
    fallback: { model: 'model-any' },
    ...given,
  });
}

/** The same, with nothing to fall back on. */
export function routingWithoutFallback(classifier: JsonObject = {}): ExpertRouting {
  const { fallback: _, ...rest } = routing({}, classifier);
  return rest;
}
