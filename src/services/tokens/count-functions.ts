import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { CountText } from './count-text.ts';

/**
 * The tokens of a request's tools. OpenAI's models see them as type declarations, which is how they are counted; what
 * else a schema says is not shown to the model, or counts for little.
 * @param perList what introduces them, in tokens
 */
export function countFunctions(body: JsonObject, count: CountText, perList: number): number {
  const functions = [...listOf(body.tools).map(definitionOf), ...listOf(body.functions)].filter(
    ({ name }) => typeof name === 'string',
  );
  return functions.length === 0 ? 0 : perList + count(declare(functions));
}

function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Chat wraps a function, responses and Anthropic do not. */
function definitionOf(tool: JsonObject): JsonObject {
  return isJsonObject(tool.function) ? tool.function : tool;
}

function declare(functions: readonly JsonObject[]): string {
  const lines = functions.flatMap(({ name, description, parameters, input_schema: input }) => {
    const schema = isJsonObject(parameters) ? parameters : isJsonObject(input) ? input : {};
    const properties = declareProperties(schema, 0);
    const argument = properties.length === 0 ? '' : `_: {\n${properties.join('\n')}\n}`;
    return [...comment(description, ''), `type ${String(name)} = (${argument}) => any;`, ''];
  });
  return ['namespace functions {', '', ...lines, '} // namespace functions'].join('\n');
}

function comment(description: JsonValue | undefined, indent: string): readonly string[] {
  const text = typeof description === 'string' ? description.trim() : '';
  return text === '' ? [] : [`${indent}// ${text}`];
}

function declareProperties({ properties, required }: JsonObject, depth: number): readonly string[] {
  if (!isJsonObject(properties)) return [];
  const indent = ' '.repeat(depth);
  const needed = new Set(Array.isArray(required) ? required : []);
  return Object.entries(properties).flatMap(([name, schema]) => {
    if (!isJsonObject(schema)) return [];
    const mark = needed.has(name) ? '' : '?';
    return [...comment(schema.description, indent), `${indent}${name}${mark}: ${typeOf(schema, depth)},`];
  });
}

function typeOf(schema: JsonObject, depth: number): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.type === 'array') return `${isJsonObject(schema.items) ? typeOf(schema.items, depth) : 'any'}[]`;
  if (schema.type === 'integer') return 'number';
  if (schema.type !== 'object') return typeof schema.type === 'string' ? schema.type : 'any';
  return ['{', ...declareProperties(schema, depth + 2), `${' '.repeat(depth)}}`].join('\n');
}
