import type { JsonObject, JsonValue } from './json.ts';
import type { Endpoint } from './provider-call.ts';

/**
 * How many choices an answer should have, by the request: `n`, for each of the prompts where there are several.
 * @param sent the body that goes to the provider, which may be asked for less than the client asked for
 */
export function expectedChoices(endpoint: Endpoint, sent: JsonObject): number {
  const each = typeof sent.n === 'number' && Number.isInteger(sent.n) && sent.n > 0 ? sent.n : 1;
  if (endpoint === 'chat.completions') return each;
  return endpoint === 'completions' ? each * countPrompts(sent.prompt) : 1;
}

/** A list of tokens is one prompt; a list of texts, or of lists of tokens, is as many. */
function countPrompts(prompt: JsonValue | undefined): number {
  if (!Array.isArray(prompt)) return 1;
  const isList = prompt.some((each) => typeof each === 'string' || Array.isArray(each));
  return isList ? prompt.length : 1;
}
