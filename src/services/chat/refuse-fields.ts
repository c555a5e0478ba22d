import type { JsonObject, JsonValue } from '../../core/json.ts';
import { isUnset, unsupported } from './request-fields.ts';

/** What becomes of the fields of a chat completion at one provider; a field that stands nowhere is passed on. */
export interface FieldRules {
  /** How the provider is called in errors. */
  readonly provider: string;
  /** Fields that are translated, or whose meaning has no effect on an answer of the provider's. */
  readonly taken: ReadonlySet<string>;
  /** Fields that change an answer and that the provider has nothing for, with the values that ask for nothing. */
  readonly refused: ReadonlyMap<string, (value: JsonValue) => boolean>;
}

/** Fields of OpenAI's that no other dialect has anything for, with the values that ask for nothing. */
export const OPENAI_ONLY: FieldRules['refused'] = new Map<string, (value: JsonValue) => boolean>([
  ['audio', () => false],
  ['verbosity', (value) => value === 'medium'],
  ['functions', (value) => Array.isArray(value) && value.length === 0],
  ['function_call', (value) => value === 'none'],
]);

/** What else a client can do that sent a field which a provider has nothing for. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['n', 'Send the request several times instead.'],
  ['functions', 'Use tools.'],
  ['function_call', 'Use tool_choice.'],
]);

/** @throws GatewayError `unsupported_parameter` naming the first field that asks for what the provider lacks */
export function refuseFields(body: JsonObject, { provider, refused }: FieldRules): void {
  for (const [name, asksNothing] of refused) {
    const value = body[name];
    if (!isUnset(value) && !asksNothing(value)) throw unsupported(name, provider, HINTS.get(name));
  }
}

/** The fields that neither dialect knows, for the provider to decide on. */
export function passedFields(body: JsonObject, { taken, refused }: FieldRules): JsonObject {
  const isPassed = ([name, value]: readonly [string, JsonValue | undefined]) =>
    !isUnset(value) && !taken.has(name) && !refused.has(name);
  return Object.fromEntries(Object.entries(body).filter(isPassed));
}
