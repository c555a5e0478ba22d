import { GatewayError } from '../../core/gateway-error.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';

const MAX_DEPTH = 200;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Parses a request's body, whose nesting is measured before, as a document of nothing but brackets would take many
 * times its size in memory and overflow the stack of whatever walks it.
 * @throws GatewayError `invalid_json`, `invalid_body`, `nesting_too_deep`
 */
export function parseRequestBody(bytes: Buffer): JsonObject {
  refuseDeepNesting(bytes);
  const body = parse(bytes);
  if (!isJsonObject(body)) throw new GatewayError('invalid_body', 'The request body must be a JSON object.');
  return body;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new GatewayError('invalid_json', 'The request body is not valid JSON.', { cause: error });
  }
}

function refuseDeepNesting(bytes: Buffer): void {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      if (depth > MAX_DEPTH) {
        throw new GatewayError(
          'nesting_too_deep',
          `The request body is nested deeper than ${MAX_DEPTH} levels.`,
        );
      }
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
    }
  }
}

/** Offset of the quote that ends the string beginning at `start`; behind the end where none does. */
function endOfString(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(QUOTE, start + 1);
  while (end !== -1 && isEscaped(bytes, end)) end = bytes.indexOf(QUOTE, end + 1);
  return end === -1 ? bytes.length : end;
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let backslashes = 0;
  while (bytes[at - 1 - backslashes] === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
