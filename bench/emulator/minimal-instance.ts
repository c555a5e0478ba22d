type Schema = Record<string, unknown>;

/** Deep enough for any schema a test writes; a schema that must contain itself ends here. */
const MAX_DEPTH = 16;

const STRING_FORMATS: Record<string, string> = {
  date: '2025-01-31',
  time: '12:00:00Z',
  'date-time': '2025-01-31T12:00:00Z',
  duration: 'PT1H',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/**
 * A small value that satisfies a JSON Schema of the kind used for tools and structured output: types,
 * required properties, enum, const, anyOf, local references, lengths and bounds. Optional properties are
 * left out. Keywords beyond these (patterns, conditions) are not looked at.
 */
export function minimalInstance(schema: unknown): unknown {
  return instance(asSchema(schema), asSchema(schema), 0);
}

function instance(schema: Schema, root: Schema, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  if (typeof schema.$ref === 'string') return instance(resolve(schema.$ref, root), root, depth + 1);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) return instance(choose(alternatives, depth), root, depth + 1);
  return typedInstance(schema, root, depth);
}

/** Prefers an alternative with a value in it, until the value has grown deep. */
function choose(alternatives: readonly unknown[], depth: number): Schema {
  const schemas = alternatives.map(asSchema);
  const wantsNull = depth > MAX_DEPTH / 2;
  return schemas.find((each) => (each.type === 'null') === wantsNull) ?? asSchema(schemas[0]);
}

function typedInstance(schema: Schema, root: Schema, depth: number): unknown {
  switch (typeOf(schema)) {
    case 'object':
      return objectInstance(schema, root, depth);
    case 'array':
      return Array.from({ length: numberOr(schema.minItems, 0) }, () =>
        instance(asSchema(schema.items), root, depth + 1),
      );
    case 'string':
      return stringInstance(schema);
    case 'number':
    case 'integer':
      return numberInstance(schema);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

function typeOf(schema: Schema): unknown {
  if (Array.isArray(schema.type)) return schema.type.find((type) => type !== 'null');
  if (schema.type !== undefined) return schema.type;
  if ('properties' in schema) return 'object';
  return 'items' in schema ? 'array' : 'string';
}

function objectInstance(schema: Schema, root: Schema, depth: number): Schema {
  const properties = asSchema(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  return Object.fromEntries(
    required.map((key) => [key, instance(asSchema(properties[key]), root, depth + 1)]),
  );
}

function stringInstance(schema: Schema): string {
  const known = STRING_FORMATS[String(schema.format)];
  if (known !== undefined) return known;
  const length = numberOr(schema.maxLength, Number.POSITIVE_INFINITY);
  return 'text'.padEnd(numberOr(schema.minLength, 0), '.').slice(0, length);
}

function numberInstance(schema: Schema): number {
  const step = typeOf(schema) === 'integer' ? 1 : 0.5;
  const least = numberOr(schema.minimum, numberOr(schema.exclusiveMinimum, 0) + step);
  const most = numberOr(schema.maximum, numberOr(schema.exclusiveMaximum, Number.POSITIVE_INFINITY) - step);
  const value = Math.min(least, most);
  const unit = numberOr(schema.multipleOf, 0);
  return unit > 0 ? Math.ceil(value / unit) * unit : value;
}

function resolve(reference: string, root: Schema): Schema {
  if (!reference.startsWith('#')) return {};
  const keys = reference.slice(1).split('/').filter(Boolean).map(unescapeKey);
  return asSchema(keys.reduce<unknown>((found, key) => asSchema(found)[key], root));
}

/** Undoes the escapes of a JSON pointer (RFC 6901). */
function unescapeKey(key: string): string {
  return decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
