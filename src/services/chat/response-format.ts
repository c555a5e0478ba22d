import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { invalidValue, isUnset } from './request-fields.ts';

/** What form the answer to a chat completion is asked for in. */
export type ResponseFormat =
  | { readonly type: 'text' }
  /** JSON of any shape. */
  | { readonly type: 'json' }
  | { readonly type: 'schema'; readonly schema: JsonObject };

/**
 * Reads a request's `response_format`; one that is not there is text.
 * @throws GatewayError `invalid_value`
 */
export function readResponseFormat(format: JsonValue | undefined): ResponseFormat {
  if (isUnset(format)) return { type: 'text' };
  if (!isJsonObject(format)) throw invalidValue('response_format', 'must be an object');
  if (format.type === 'text') return { type: 'text' };
  if (format.type === 'json_object') return { type: 'json' };
  const schema = isJsonObject(format.json_schema) ? format.json_schema.schema : undefined;
  if (format.type === 'json_schema' && isJsonObject(schema)) return { type: 'schema', schema };
  throw invalidValue('response_format', 'must be of type text, json_object, or json_schema with a schema');
}
