import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { invalidValue } from '../../chat/request-fields.ts';

const CLOSEDNESS: ReadonlySet<string> = new Set(['additional_properties', 'additionalProperties', '$schema']);

/**
 * A JSON Schema without what says that objects are closed, at every place where Portkey looks for it: in objects, and
 * of the lists in those of `anyOf`.
 */
export function withoutClosedness(schema: JsonValue): JsonValue {
  if (!isJsonObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([name]) => !CLOSEDNESS.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, cleanedChild(name, value)]));
}

function cleanedChild(name: string, value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return name === 'anyOf' ? value.map(withoutClosedness) : value;
  return value === undefined ? undefined : withoutClosedness(value);
}

/**
 * A JSON Schema as Portkey puts it into OpenAPI's words: `$defs` in place, and null as `nullable`.
 * @param param where the schema stands, for the error
 * @throws GatewayError `invalid_value` where its definitions grow beyond all bounds when put in place
 */
export function toPortkeySchema(schema: JsonValue, param: string): JsonValue {
  if (!isJsonObject(schema) || !isJsonObject(schema.$defs)) return withNullable(schema);
  const { $defs, ...rest } = schema;
  return withNullable(createInliner($defs, param)(rest, new Set()));
}

/** A few definitions that each use another one twice are a schema of any size. */
const MAX_NODES = 200_000;

/** `open` has the names of the definitions that a schema lies in: one that refers to itself keeps its reference. */
type Inline = (schema: JsonValue, open: ReadonlySet<string>) => JsonValue;

function createInliner(defs: JsonObject, param: string): Inline {
  let nodes = 0;

  function inline(schema: JsonValue, open: ReadonlySet<string>): JsonValue {
    nodes += 1;
    if (nodes > MAX_NODES) throw invalidValue(param, 'refers to its definitions too often');
    if (Array.isArray(schema)) return schema.map((item) => inline(item, open));
    if (!isJsonObject(schema)) return schema;
    const name = definitionOf(schema.$ref);
    const target = name !== undefined && Object.hasOwn(defs, name) ? defs[name] : undefined;
    if (name === undefined || target === undefined) return inlineChildren(schema, open);
    if (open.has(name)) return schema;
    const definition = inline(target, new Set([...open, name]));
    const { $ref: _, ...siblings } = schema;
    if (Object.keys(siblings).length === 0) return definition;
    return { ...(isJsonObject(definition) ? definition : {}), ...inlineChildren(siblings, open) };
  }

  function inlineChildren(schema: JsonObject, open: ReadonlySet<string>): JsonObject {
    const entries = Object.entries(schema);
    return Object.fromEntries(
      entries.map(([name, value]) => [name, value === undefined ? undefined : inline(value, open)]),
    );
  }

  return inline;
}

function definitionOf(reference: JsonValue | undefined): string | undefined {
  return typeof reference === 'string' ? /^#\/\$defs\/(.+)$/.exec(reference)?.[1] : undefined;
}

function withNullable(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(withNullable);
  if (!isJsonObject(schema)) return schema;
  const written = Object.entries(schema).map(([name, value]) => {
    if ((name === 'anyOf' || name === 'oneOf') && Array.isArray(value)) return nullableUnion(name, value);
    return { [name]: value === undefined ? undefined : withNullable(value) };
  });
  return Object.assign({}, ...written);
}

/** A union of one type and null is that type itself. */
function nullableUnion(name: string, members: readonly JsonValue[]): JsonObject {
  const others = members.filter((member) => !isNullType(member));
  if (others.length === members.length) return { [name]: members.map(withNullable) };
  const [only] = others;
  if (others.length !== 1 || only === undefined) return { [name]: others.map(withNullable), nullable: true };
  const single = withNullable(only);
  return isJsonObject(single) ? { ...single, nullable: true } : {};
}

function isNullType(member: JsonValue): boolean {
  return isJsonObject(member) && member.type === 'null';
}
