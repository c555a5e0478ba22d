import { isObject, type JsonObject } from './check-value.ts';
import { badRequest, type Refusal } from './refusal.ts';

/** Whose schema it is, as the messages name it, and the param and code that go with it. */
export interface SchemaOwner {
  name: string;
  param: string;
  code: string | null;
}

type Context = readonly string[];

/** Keywords whose value is one schema, and keywords whose value is several by name or by place. */
const ONE = ['items'];
const MANY = ['properties', '$defs', 'definitions', 'anyOf'];

const REFUSED_WHEN_STRICT = [
  'oneOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
  'patternProperties',
  'dependentRequired',
  'dependentSchemas',
];

/**
 * Checks a JSON Schema as the provider does before it lets a model use it: an object at the root, arrays
 * with items and, when strict, closed objects that require every property.
 */
export function checkSchema(schema: unknown, owner: SchemaOwner, strict: boolean): void {
  if (!isObject(schema) || schema.type !== 'object') {
    const got = isObject(schema) && typeof schema.type === 'string' ? schema.type : 'None';
    throw invalid(owner, `schema must be a JSON Schema of 'type: "object"', got 'type: "${got}"'.`);
  }
  if (!strict && schema.properties === undefined)
    throw inContext(owner, [], 'object schema missing properties.');
  checkNode(schema, owner, strict, []);
}

function checkNode(schema: JsonObject, owner: SchemaOwner, strict: boolean, context: Context): void {
  if (hasType(schema, 'array') && schema.items === undefined) {
    throw inContext(owner, context, 'array schema missing items.');
  }
  if (strict) checkStrict(schema, owner, context);
  for (const key of ONE) checkChild(schema[key], owner, strict, [...context, key]);
  for (const key of MANY) {
    const children = schema[key];
    if (typeof children !== 'object' || children === null) continue;
    for (const [name, child] of Object.entries(children)) {
      checkChild(child, owner, strict, [...context, key, name]);
    }
  }
}

function checkChild(child: unknown, owner: SchemaOwner, strict: boolean, context: Context): void {
  if (isObject(child)) checkNode(child, owner, strict, context);
}

function checkStrict(schema: JsonObject, owner: SchemaOwner, context: Context): void {
  for (const key of REFUSED_WHEN_STRICT) {
    if (key in schema) throw inContext(owner, context, `'${key}' is not permitted.`);
  }
  if (hasType(schema, 'object')) checkClosedObject(schema, owner, context);
  const isTyped = ['type', '$ref', 'anyOf', 'enum', 'const'].some((key) => key in schema);
  if (!isTyped) throw inContext(owner, context, "schema must have a 'type' key.");
}

function checkClosedObject(schema: JsonObject, owner: SchemaOwner, context: Context): void {
  if (schema.additionalProperties !== false) {
    throw inContext(owner, context, "'additionalProperties' is required to be supplied and to be false.");
  }
  const keys = Object.keys(isObject(schema.properties) ? schema.properties : {});
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const rule = "'required' is required to be supplied and to be an array including every key in properties.";
  for (const key of keys) {
    if (!required.includes(key)) throw inContext(owner, context, `${rule} Missing '${key}'.`);
  }
  for (const key of required) {
    if (!keys.includes(key)) throw inContext(owner, context, `${rule} Extra required key '${key}' supplied.`);
  }
}

function hasType(schema: JsonObject, type: string): boolean {
  return schema.type === type || (Array.isArray(schema.type) && schema.type.includes(type));
}

function inContext(owner: SchemaOwner, context: Context, fault: string): Refusal {
  const path = context.map((key) => `'${key}'`).join(', ');
  return invalid(owner, `In context=(${path}${context.length === 1 ? ',' : ''}), ${fault}`);
}

function invalid(owner: SchemaOwner, fault: string): Refusal {
  return badRequest(`Invalid schema for ${owner.name}: ${fault}`, owner.param, owner.code);
}
