import { badRequest, type Refusal } from './refusal.ts';

/** A JSON object nobody has looked into. */
export type JsonObject = Record<string, unknown>;

/** Bounds of a number, both included. */
interface Bounds {
  min?: number;
  max?: number;
}

/** An object, and not null or a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON value's kind with its article, as the provider's messages name it. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** `'a', 'b', and 'c'`. */
function listOf(values: readonly string[], conjunction: 'and' | 'or'): string {
  const quoted = values.map((value) => `'${value}'`);
  const last = quoted.pop() ?? '';
  if (quoted.length === 0) return last;
  return `${quoted.join(', ')}${quoted.length > 1 ? ',' : ''} ${conjunction} ${last}`;
}

/** A value of the wrong type; `expected` with its article. */
export function invalidType(param: string, expected: string, value: unknown): Refusal {
  const message = `Invalid type for '${param}': expected ${expected}, but got ${kindOf(value)} instead.`;
  return badRequest(message, param, 'invalid_type');
}

/** A value outside an enumeration. */
export function invalidValue(param: string, value: string, supported: readonly string[]): Refusal {
  const message = `Invalid value: '${value}'. Supported values are: ${listOf(supported, 'and')}.`;
  return badRequest(message, param, 'invalid_value');
}

/** A parameter that is not there. */
export function missing(param: string): Refusal {
  return badRequest(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
}

/** A parameter that does not exist, in the words of the endpoints that name the first one. */
export function unknownParameter(param: string): Refusal {
  return badRequest(`Unknown parameter: '${param}'.`, param, 'unknown_parameter');
}

/** Parameters that do not exist, in the words of the endpoints that name them all at once. */
export function unrecognizedArguments(names: readonly string[]): Refusal {
  const plural = names.length > 1 ? 's' : '';
  return badRequest(`Unrecognized request argument${plural} supplied: ${names.toSorted().join(', ')}`);
}

/** A parameter that exists but that the model does not take. */
export function unsupportedParameter(param: string, advice = ''): Refusal {
  const message = `Unsupported parameter: '${param}' is not supported with this model.${advice}`;
  return badRequest(message, param, 'unsupported_parameter');
}

/** These checks throw a refusal; `param` is where the value stands, as `tools[0].type`. */
export function checkBoolean(value: unknown, param: string): void {
  if (typeof value !== 'boolean') throw invalidType(param, 'a boolean', value);
}

/** A whole number within the bounds. */
export function checkInteger(value: unknown, param: string, bounds: Bounds = {}): void {
  if (!Number.isInteger(value)) throw invalidType(param, 'an integer', value);
  checkBounds(value as number, param, bounds, 'integer');
}

/** Any number within the bounds. */
export function checkDecimal(value: unknown, param: string, bounds: Bounds): void {
  if (typeof value !== 'number') throw invalidType(param, 'a decimal', value);
  checkBounds(value, param, bounds, 'decimal');
}

function checkBounds(value: number, param: string, { min, max }: Bounds, kind: string): void {
  if (min !== undefined && value < min) {
    const message = `Invalid '${param}': ${kind} below minimum value. Expected a value >= ${min}, but got ${value} instead.`;
    throw badRequest(message, param, `${kind}_below_min_value`);
  }
  if (max !== undefined && value > max) {
    const message = `Invalid '${param}': ${kind} above maximum value. Expected a value <= ${max}, but got ${value} instead.`;
    throw badRequest(message, param, `${kind}_above_max_value`);
  }
}

/** A string of at most `maxLength` UTF-16 units. */
export function checkString(value: unknown, param: string, maxLength?: number): asserts value is string {
  if (typeof value !== 'string') throw invalidType(param, 'a string', value);
  if (maxLength === undefined || value.length <= maxLength) return;
  const message = `Invalid '${param}': string too long. Expected a string with maximum length ${maxLength}, but got a string with length ${value.length} instead.`;
  throw badRequest(message, param, 'string_above_max_length');
}

/** One of the strings. */
export function checkEnum(value: unknown, param: string, supported: readonly string[]): void {
  if (typeof value !== 'string') throw invalidType(param, `one of ${listOf(supported, 'or')}`, value);
  if (!supported.includes(value)) throw invalidValue(param, value, supported);
}

/** An object; `expected` is what the refusal calls it. */
export function checkObject(
  value: unknown,
  param: string,
  expected = 'an object',
): asserts value is JsonObject {
  if (!isObject(value)) throw invalidType(param, expected, value);
}

/** Refuses members the provider does not know. */
export function checkMembers(value: JsonObject, param: string, known: ReadonlySet<string>): void {
  for (const key in value) if (!known.has(key)) throw unknownParameter(`${param}.${key}`);
}

/** A non-empty array of at most `maxLength` elements. */
export function checkArray(
  value: unknown,
  param: string,
  expected: string,
  maxLength?: number,
): asserts value is unknown[] {
  if (!Array.isArray(value)) throw invalidType(param, expected, value);
  if (value.length === 0) {
    const message = `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`;
    throw badRequest(message, param, 'empty_array');
  }
  if (maxLength !== undefined && value.length > maxLength) {
    const message = `Invalid '${param}': array too long. Expected an array with maximum length ${maxLength}, but got an array with length ${value.length} instead.`;
    throw badRequest(message, param, 'array_above_max_length');
  }
}

const NAME_PATTERN = /^[a-zA-Z0-9_-]+$/;

/** The name of a function or of a response format: 1 to 64 letters, digits, underscores, dashes. */
export function checkName(value: unknown, param: string): asserts value is string {
  if (value === undefined) throw missing(param);
  checkString(value, param, 64);
  if (value === '') {
    const message = `Invalid '${param}': empty string. Expected a string with minimum length 1, but got an empty string instead.`;
    throw badRequest(message, param, 'empty_string');
  }
  checkPattern(value, param, NAME_PATTERN);
}

/** A string of that form. */
export function checkPattern(value: string, param: string, pattern: RegExp): void {
  if (pattern.test(value)) return;
  const message = `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '${pattern.source}'.`;
  throw badRequest(message, param, 'invalid_value');
}
