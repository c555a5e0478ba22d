import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { CountText } from './count-text.ts';

/** The tokens of the schema that an answer has to follow: the model sees it, but for what only its writing obeys. */
export function countSchema(body: JsonObject, count: CountText): number {
  const format = formatIn(body);
  if (format === undefined || !isJsonObject(format.schema)) return 0;
  const shown = JSON.stringify(format.schema, (key, value: unknown) =>
    isShown(key, value) ? value : undefined,
  );
  return count(`# Response Formats\n\n## ${String(format.name)}\n\n${shown}`);
}

/** Chat wraps it, responses do not. */
function formatIn({ response_format: format, text }: JsonObject): JsonObject | undefined {
  const wrapped = isJsonObject(format) ? format.json_schema : undefined;
  return [wrapped, isJsonObject(text) ? text.format : undefined].find(isJsonObject);
}

/** A property may have either name, too; it is an object then. */
function isShown(key: string, value: unknown): boolean {
  return (
    !(key === 'required' && Array.isArray(value)) && !(key === 'additionalProperties' && value === false)
  );
}
