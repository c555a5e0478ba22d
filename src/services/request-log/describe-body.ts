import { fitText } from '../../core/fit-text.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/** What a body may come to in the log, in bytes of UTF-8. */
export const MAX_BODY_BYTES = 32 * 1024;
/** Of it, what the signs of what was left out may take. */
const SIGN_BYTES = 1024;
/** What one text in it may come to, the longest that leaves room for all the others being taken. */
const TEXT_BYTES = [MAX_BODY_BYTES, 4 * 1024, 512];
/** Pictures and sound tell nobody anything. */
const MAX_DATA_BYTES = 64;
const DATA_SIGN = /^(data:[\w+./-]+;base64,|[A-Za-z0-9+/_=-]{1024})/;
/** Fields by which clients hand on credentials, such as those of a tool that the provider is to call. */
const CREDENTIAL_FIELD =
  /^(proxy-)?authorization([_-]token)?$|^(x-)?(goog-)?api[_-]?key$|^(access|refresh|bearer|auth)[_-]?token$|^client[_-]?secret$|^password$|^(set-)?cookie$/i;
const REDACTED = '[redacted]';

/**
 * A body as the log keeps it: JSON in which no field of a credential has its value, long texts are cut, and the rest of a list that is
 * too long is counted. What cannot be made to fit so is cut at its end.
 * @returns at most `MAX_BODY_BYTES` of UTF-8
 */
export function describeBody(value: JsonValue): string {
  let described = '';
  for (const textBytes of TEXT_BYTES) {
    const room = { bytes: MAX_BODY_BYTES - SIGN_BYTES, textBytes };
    described = JSON.stringify(shorten(value, room));
    if (room.bytes >= 0 && Buffer.byteLength(described) <= MAX_BODY_BYTES) return described;
  }
  return fitText(described, MAX_BODY_BYTES);
}

interface Room {
  /** What is left of the bytes that the body may come to; below zero where something was left out. */
  bytes: number;
  readonly textBytes: number;
}

function shorten(value: JsonValue, room: Room): JsonValue {
  if (typeof value === 'string') return shortenText(value, room);
  if (isJsonObject(value)) return shortenObject(value, room);
  if (typeof value === 'object' && value !== null) return shortenList(value, room);
  room.bytes -= String(value).length + 1;
  return value;
}

function shortenText(text: string, room: Room): string {
  const limit = DATA_SIGN.test(text) ? MAX_DATA_BYTES : room.textBytes;
  // A character has a byte at least: what is beyond need not be looked at.
  const isLonger = text.length > limit || Buffer.byteLength(text) > limit;
  const kept = fitText(isLonger ? text.slice(0, limit) : text, limit);
  room.bytes -= Buffer.byteLength(kept) + 3;
  return isLonger ? `${kept}… (${text.length - kept.length} characters more)` : kept;
}

function shortenList(list: readonly JsonValue[], room: Room): readonly JsonValue[] {
  const kept: JsonValue[] = [];
  for (const value of list) {
    if (room.bytes < 0) return [...kept, `… (${list.length - kept.length} more)`];
    kept.push(shorten(value, room));
  }
  return kept;
}

function shortenObject(object: JsonObject, room: Room): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (room.bytes < 0) return { ...kept, '…': 'more' };
    room.bytes -= name.length + 4;
    const isSecret = typeof value === 'string' && CREDENTIAL_FIELD.test(name);
    kept[name] = isSecret ? REDACTED : shorten(value, room);
  }
  return kept;
}
