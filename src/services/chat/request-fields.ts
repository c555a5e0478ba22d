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

/** What stands in a data URL. */
export interface DataUrl {
  readonly mediaType: string;
  /** In base64, whatever the URL has. */
  readonly data: string;
}

/** Reads a data URL, of base64 or of percent-encoded text, such as an SVG's; undefined where the text is none. */
export function readDataUrl(url: string): DataUrl | undefined {
  const [, head, data] = /^data:([^,]*),(.*)$/is.exec(url) ?? [];
  if (head === undefined || data === undefined) return undefined;
  const [mediaType] = head.split(';');
  // What a data URL is that does not say so.
  const type = mediaType ? mediaType : 'text/plain';
  return { mediaType: type, data: /;\s*base64$/i.test(head) ? data : textInBase64(url) };
}

/**
 * Reads what a client says to be a data URL.
 * @param param where it stands, for the error
 * @throws GatewayError `invalid_value` where it cannot be read
 */
export function requireDataUrl(url: string, param: string): DataUrl {
  const read = readDataUrl(url);
  if (read === undefined) throw invalidValue(param, 'is a data URL that cannot be read');
  return read;
}

/** Whether the text means to be a data URL, be it a broken one. */
export function isDataUrl(text: string): boolean {
  return /^data:/i.test(text);
}

function textInBase64(url: string): string {
  // Normalised, whatever stands in it unencoded is encoded, too.
  const { href } = new URL(url);
  return percentDecoded(href.slice(href.indexOf(',') + 1)).toString('base64');
}

/** Unlike `decodeURIComponent` it takes bytes that are no UTF-8, and a `%` that begins nothing. */
function percentDecoded(text: string): Buffer {
  const toCharacter = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
  return Buffer.from(text.replace(/%([0-9a-f]{2})/gi, toCharacter), 'latin1');
}

/** A request's stop sequences as a list; undefined where there are none. */
export function stopSequences(stop: JsonValue | undefined): readonly JsonValue[] | undefined {
  if (isUnset(stop)) return undefined;
  return Array.isArray(stop) ? stop : [stop];
}
