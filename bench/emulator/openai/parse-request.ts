import type { z } from 'zod';
import { invalidType, invalidValue, isObject, missing, unknownParameter } from './check-value.ts';
import { badRequest, type Refusal } from './refusal.ts';

type Issue = z.core.$ZodIssue;

/** What the provider calls the kinds of values that the schemas expect. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  boolean: 'a boolean',
  array: 'an array',
  tuple: 'an array',
  object: 'an object',
  record: 'an object',
};

/**
 * Checks a request against the schema of its endpoint.
 *
 * @throws Refusal 400 that names the first fault in the provider's words
 */
export function parseRequest<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  throw issue === undefined ? badRequest('Invalid request.') : toRefusal(innermost(issue), body);
}

/** Of alternatives the one that was meant: the only one whose fault lies inside the value. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inside = issue.errors.flatMap(([first]) => first ?? []).find(isInside);
  return inside === undefined ? issue : innermost({ ...inside, path: [...issue.path, ...inside.path] });
}

function isInside({ path, code }: Issue): boolean {
  return path.length > 0 || code === 'unrecognized_keys' || code === 'too_small' || code === 'too_big';
}

function toRefusal(issue: Issue, body: unknown): Refusal {
  const param = nameOf(issue.path);
  const value = valueAt(body, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownParameter(nameOf([...issue.path, ...issue.keys.slice(0, 1)]));
    case 'invalid_type':
      return value === undefined ? missing(param) : invalidType(param, kindOf(issue.expected), value);
    case 'invalid_value':
      return notListed(param, value, issue.values.map(String));
    case 'too_small':
      return outOfBounds(param, value, issue.origin, { least: Number(issue.minimum) });
    case 'too_big':
      return outOfBounds(param, value, issue.origin, { most: Number(issue.maximum) });
    case 'invalid_union':
      return noneFits(param, value, issue.errors);
    default:
      return badRequest(`Invalid value for '${param}'.`, param, 'invalid_value');
  }
}

/** The value is of none of the kinds, or of a kind that says by its `type` what it is, and says something unknown. */
function noneFits(param: string, value: unknown, alternatives: readonly (readonly Issue[])[]): Refusal {
  if (value === undefined) return missing(param);
  const kinds = alternatives.flatMap(([first]) =>
    first?.code === 'invalid_type' ? [kindOf(first.expected)] : [],
  );
  if (kinds.length > 0) return invalidType(param, `one of ${[...new Set(kinds)].join(' or ')}`, value);
  return badRequest(`Invalid value for '${param}'.`, param, 'invalid_value');
}

function notListed(param: string, value: unknown, supported: readonly string[]): Refusal {
  if (value === undefined) return missing(param);
  return typeof value === 'string'
    ? invalidValue(param, value, supported)
    : invalidType(param, `one of '${supported.join("', '")}'`, value);
}

/** A number by its value, in a form as well; a text or a list by its length. */
function outOfBounds(
  param: string,
  value: unknown,
  origin: string,
  { least, most }: { least?: number; most?: number },
): Refusal {
  const isLess = most === undefined;
  const { kind, measure, size } = sizeOf(origin === 'number' ? Number(value) : value);
  const bound = isLess ? `>= ${least}` : `<= ${most}`;
  const message = `Invalid '${param}': ${kind} ${isLess ? 'below minimum' : 'above maximum'} ${measure}. Expected a ${measure} ${bound}, but got ${size} instead.`;
  return badRequest(message, param, `${kind}_${isLess ? 'below_min' : 'above_max'}_${measure}`);
}

function sizeOf(value: unknown): { kind: string; measure: string; size: number } {
  if (typeof value === 'number') {
    return { kind: Number.isInteger(value) ? 'integer' : 'decimal', measure: 'value', size: value };
  }
  if (Array.isArray(value)) return { kind: 'array', measure: 'length', size: value.length };
  return { kind: 'string', measure: 'length', size: String(value).length };
}

function kindOf(expected: string): string {
  return KINDS[expected] ?? `a ${expected}`;
}

/** `input[0].content[1].type`. */
function nameOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`;
    return name === '' ? String(key) : `${name}.${String(key)}`;
  }, '');
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isObject(value) ? value[String(key)] : undefined;
  }, body);
}
