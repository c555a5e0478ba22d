import { z } from 'zod';
import { isObject } from '../openai/check-value.ts';
import { type GeminiRefusal, invalidArgument } from './gemini-refusal.ts';

/** The labels that the provider has for its types, by what zod expected. */
const TYPE_LABELS: Readonly<Record<string, string>> = {
  string: 'TYPE_STRING',
  boolean: 'TYPE_BOOL',
  number: 'TYPE_FLOAT',
  int: 'TYPE_INT32',
  record: 'type.googleapis.com/google.protobuf.Struct',
};

/** Free-form JSON objects, whose names are the caller's own. */
export const struct = z.record(z.string(), z.unknown());

/** Binary data, in either alphabet of Base64. */
export const bytes = z
  .string()
  .refine((text) => /^[A-Za-z0-9+/_-]*={0,2}$/.test(text), '(TYPE_BYTES), Base64 decoding failed for');

/** A 64-bit integer, which may come as a string. */
export const int64 = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);

/**
 * A message in the JSON form of protocol buffers: each name in camelCase or in snake_case, null for a field that is
 * absent, and no name beside the given ones.
 */
export function message<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess((value) => canonical(value, shape), z.strictObject(shape));
}

/** A repeated field; a single value stands for a list of one. */
export function repeated<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(item)).optional();
}

/** One of an enumeration's names, in capitals or not; given in capitals. */
export function enumOf(type: string, names: readonly string[]) {
  const label = `(type.googleapis.com/google.ai.generativelanguage.v1beta.${type}),`;
  return z
    .string()
    .refine((name) => names.includes(name.toUpperCase()), label)
    .transform((name) => name.toUpperCase());
}

/** @throws GeminiRefusal 400 that names every fault, in the provider's words */
export function parseMessage<T>(schema: z.ZodType<T>, body: unknown): T {
  if (!isObject(body)) {
    throw invalidArgument('Invalid JSON payload received. Unknown name "": Root element must be a message.');
  }
  const result = schema.safeParse(body, { reportInput: true });
  if (result.success) return result.data;
  throw toRefusal(result.error.issues, body);
}

function canonical(value: unknown, shape: z.ZodRawShape): unknown {
  if (!isObject(value)) return value;
  const given = Object.entries(value).filter(([, content]) => content !== null);
  return Object.fromEntries(given.map(([name, content]) => [knownName(name, shape), content]));
}

function knownName(name: string, shape: z.ZodRawShape): string {
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return camel in shape ? camel : name;
}

function toRefusal(issues: readonly z.core.$ZodIssue[], body: unknown): GeminiRefusal {
  const violations = issues.flatMap((issue) => describeIssue(issue, fieldOf(issue.path, body)));
  const text = violations.map(({ description }) => description).join('\n');
  return invalidArgument(text, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations },
  ]);
}

interface Violation {
  field: string;
  description: string;
}

function describeIssue(issue: z.core.$ZodIssue, field: string): Violation[] {
  const unknownName = (name: string, at: string, why: string): Violation => ({
    field: at,
    description: `Invalid JSON payload received. Unknown name "${name}"${at === '' ? '' : ` at '${at}'`}: ${why}`,
  });
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => unknownName(name, field, 'Cannot find field.'));
  }
  if (Array.isArray(issue.input)) {
    const name = String(issue.path.at(-1));
    const parent = field.slice(0, Math.max(0, field.lastIndexOf('.')));
    return [unknownName(name, parent, 'Proto field is not repeating, cannot start list.')];
  }
  const expected = issue.code === 'invalid_type' ? issue.expected : 'string';
  const label = issue.code === 'custom' ? issue.message : `(${TYPE_LABELS[expected] ?? expected}),`;
  return [{ field, description: `Invalid value at '${field}' ${label} ${JSON.stringify(issue.input)}` }];
}

/** A path as the provider writes it: `tools[0].function_declarations[0].parameters.properties[1].value`. */
function fieldOf(path: readonly PropertyKey[], body: unknown): string {
  let field = '';
  let value = body;
  let isMap = false;
  for (const step of path) {
    const name = String(step);
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (typeof step === 'number') field += `[${step}]`;
    else if (isMap && isObject(value)) field += `[${Object.keys(value).indexOf(name)}].value`;
    else field += `${field === '' ? '' : '.'}${snake}`;
    isMap = !isMap && name === 'properties';
    value = childOf(value, name, snake);
  }
  return field;
}

/** A single value where a list may stand has no index of its own. */
function childOf(value: unknown, name: string, snake: string): unknown {
  if (Array.isArray(value)) return value[Number(name)];
  if (!isObject(value)) return undefined;
  return /^\d+$/.test(name) ? value : (value[name] ?? value[snake]);
}
