import { GatewayError } from '../../core/gateway-error.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../core/json.ts';

/** The fault of a field that the provider has nothing for, where leaving it out would change the answer. */
export function unsupported(param: string, provider: string, hint = ''): GatewayError {
  const more = hint === '' ? '' : ` ${hint}`;
  return new GatewayError('unsupported_parameter', `'${param}' is not supported by ${provider}.${more}`, {
    param,
  });
}

/** The fault of a field that has a value which cannot be translated. */
export function invalidValue(param: string, what: string): GatewayError {
  return new GatewayError('invalid_value', `'${param}' ${what}.`, { param });
}

/** Whether a field says nothing: JSON clients send null for what they leave out. */
export function isUnset(value: JsonValue | undefined): value is null | undefined {
  return value === undefined || value === null;
}

/** The object without the fields that are unset. */
export function withoutUnset(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isUnset(value)));
}

/** The request with what SDKs of other languages put into `extra_body` where it belongs, at the top. */
export function flattenExtraBody(body: JsonObject): JsonObject {
  const { extra_body: extra, ...fields } = body;
  if (extra === undefined) return body;
  return isJsonObject(extra) ? { ...extra, ...fields } : fields;
}

/**
 * The arguments of a tool call in a request's history; a call without any has an empty object.
 * @param param where they stand, for the error
 * @throws GatewayError `invalid_value` where they are no JSON object
 */
export function parseToolArguments(text: JsonValue | undefined, param: string): JsonObject {
  if (isUnset(text) || text === '') return {};
  const parsed = typeof text === 'string' ? parseJson(text) : undefined;
  if (isJsonObject(parsed)) return parsed;
  throw invalidValue(param, 'must be a JSON object in a string');
}

/** A data URL's parts; undefined where the text is none. */
export function readDataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  const [, mediaType, data] = /^data:([^;,]+)(?:;[^,]*)?;base64,(.*)$/s.exec(url) ?? [];
  return mediaType === undefined || data === undefined ? undefined : { mediaType, data };
}

/** A request's stop sequences as a list; undefined where there are none. */
export function stopSequences(stop: JsonValue | undefined): readonly JsonValue[] | undefined {
  if (isUnset(stop)) return undefined;
  return Array.isArray(stop) ? stop : [stop];
}
