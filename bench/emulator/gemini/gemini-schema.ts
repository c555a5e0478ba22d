import { z } from 'zod';
import { enumOf, int64, message, repeated } from './proto-json.ts';

/** Google's subset of an OpenAPI schema, with type names in capitals. */
export interface GeminiSchema {
  type?: string | undefined;
  format?: string | undefined;
  title?: string | undefined;
  description?: string | undefined;
  nullable?: boolean | undefined;
  enum?: string[] | undefined;
  items?: GeminiSchema | undefined;
  properties?: Record<string, GeminiSchema> | undefined;
  required?: string[] | undefined;
  propertyOrdering?: string[] | undefined;
  anyOf?: GeminiSchema[] | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  minProperties?: number | undefined;
  maxProperties?: number | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  pattern?: string | undefined;
  example?: unknown;
  default?: unknown;
}

const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL', 'TYPE_UNSPECIFIED'];
const text = z.string().optional();
const count = int64.optional();

/** The keywords that the API knows; any other is refused, `additionalProperties` and `$ref` among them. */
export const geminiSchema: z.ZodType<GeminiSchema> = z.lazy(() =>
  message({
    type: enumOf('Type', TYPES).optional(),
    format: text,
    title: text,
    description: text,
    nullable: z.boolean().optional(),
    enum: repeated(z.string()),
    items: geminiSchema.optional(),
    properties: z.record(z.string(), geminiSchema).optional(),
    required: repeated(z.string()),
    propertyOrdering: repeated(z.string()),
    anyOf: repeated(geminiSchema),
    minItems: count,
    maxItems: count,
    minLength: count,
    maxLength: count,
    minProperties: count,
    maxProperties: count,
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    pattern: text,
    example: z.unknown().optional(),
    default: z.unknown().optional(),
  }),
);

/**
 * What the API finds wrong with a schema that it could read: each fault with its path.
 *
 * @param at where the schema stands, as `tools[0].function_declarations[0].parameters`
 */
export function schemaFaults(schema: GeminiSchema, at: string): string[] {
  const { type, items, properties = {}, required = [], anyOf = [] } = schema;
  const names = Object.keys(properties);
  return [
    ...(type === 'ARRAY' && items === undefined ? [`${at}.items: missing field.`] : []),
    ...required.flatMap((name, index) =>
      names.includes(name) ? [] : [`${at}.required[${index}]: property is not defined`],
    ),
    ...names.flatMap((name) => schemaFaults(properties[name] ?? {}, `${at}.properties[${name}]`)),
    ...(items === undefined ? [] : schemaFaults(items, `${at}.items`)),
    ...anyOf.flatMap((each, index) => schemaFaults(each, `${at}.any_of[${index}]`)),
  ];
}

/** The same schema in JSON Schema's words. */
export function toJsonSchema(schema: GeminiSchema): object {
  const { type, items, properties, anyOf, ...others } = schema;
  return {
    ...others,
    ...(type === undefined ? {} : { type: type.toLowerCase() }),
    ...(items === undefined ? {} : { items: toJsonSchema(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(toJsonSchema) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, each]) => [name, toJsonSchema(each)]),
          ),
        }),
  };
}
