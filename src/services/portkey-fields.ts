import { isJsonObject, type JsonObject, type JsonValue } from '../core/json.ts';

/** What a client writes for a field that it leaves to Portkey. */
const DEFAULT_WORD = 'portkey-default';

interface PassedField {
  readonly min?: number;
  readonly max?: number;
  /** What Portkey puts in place of its word for a default; the word stays where there is none. */
  readonly byDefault?: JsonValue;
}

/** The fields of a request that Portkey passes on, with the bounds that it moves numbers into. */
export type PassedFields = Readonly<Record<string, PassedField>>;

/** A request as Portkey would have passed it on. */
export interface PortkeyRequest {
  readonly body: JsonObject;
  /** Names of the client's fields that are not in it. */
  readonly droppedFields: readonly string[];
}

/** The list of fields without bounds. */
export function unbounded(...names: readonly string[]): PassedFields {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/**
 * Makes a request what the provider would have been sent behind Portkey (quirks `request.dropped_fields`,
 * `request.clamped_numbers` and `request.default_word`): a strict provider answers 400 to what a client has sent for years without knowing.
 */
export function passFields(fields: PassedFields, body: JsonObject): PortkeyRequest {
  const isPassed = (name: string) => Object.hasOwn(fields, name);
  const entries = Object.entries(body);
  const passed = entries
    .filter(([name]) => isPassed(name))
    .map(([name, value]) => [name, toPassed(value, fields[name] ?? {})] as const);
  const droppedFields = entries.map(([name]) => name).filter((name) => !isPassed(name));
  return { body: Object.fromEntries(passed), droppedFields };
}

function toPassed(value: JsonValue | undefined, { min, max, byDefault }: PassedField): JsonValue | undefined {
  if (value === DEFAULT_WORD && byDefault !== undefined) return byDefault;
  if (typeof value !== 'number') return value;
  if (min !== undefined && value < min) return min;
  return max !== undefined && value > max ? max : value;
}

/** A conversation without the parts that Portkey leaves out. */
interface KnownParts {
  readonly messages: readonly JsonValue[];
  /** Where the others stood, such as `messages[0].content[1]`. */
  readonly droppedParts: readonly string[];
}

/**
 * Takes those parts out of users' messages that Portkey has no word for and no provider behind it has ever seen
 * (quirk `request.dropped_fields`).
 * @param kinds the types of parts that stay
 */
export function dropUnknownParts(messages: JsonValue | undefined, kinds: ReadonlySet<string>): KnownParts {
  const droppedParts: string[] = [];
  const isKnown = (part: JsonValue, at: string) => {
    if (isJsonObject(part) && typeof part.type === 'string' && kinds.has(part.type)) return true;
    droppedParts.push(at);
    return false;
  };
  const kept = (Array.isArray(messages) ? messages : []).map((message, index) => {
    if (!isJsonObject(message) || message.role !== 'user' || !Array.isArray(message.content)) return message;
    const content = message.content.filter((part, at) => isKnown(part, `messages[${index}].content[${at}]`));
    return { ...message, content };
  });
  return { messages: kept, droppedParts };
}
