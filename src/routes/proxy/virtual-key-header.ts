import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../core/gateway-error.ts';

const OTHER_HEADERS = ['x-api-key', 'x-goog-api-key', 'x-portkey-api-key'] as const;
const MAX_KEY_LENGTH = 512;

/**
 * The virtual key that a client presents: in `Authorization`, with `Bearer ` or bare, else where the Anthropic,
 * Google and Portkey clients put theirs.
 * @throws GatewayError `missing_authorization`, or `invalid_api_key` for what cannot be a key
 */
export function readVirtualKey(headers: IncomingHttpHeaders): string {
  const candidates = [bearer(headers.authorization), ...OTHER_HEADERS.map((name) => headers[name])];
  const found = candidates.find((value): value is string => typeof value === 'string' && value.trim() !== '');
  if (found === undefined) {
    throw new GatewayError(
      'missing_authorization',
      'No API key was given; send it as Authorization: Bearer KEY.',
    );
  }
  const key = found.trim();
  if (key.length > MAX_KEY_LENGTH || !/^[\x21-\x7e]+$/.test(key)) throw invalidKey();
  return key;
}

/** The one answer to every key that is not known, so that nothing can be learnt from it. */
export function invalidKey(): GatewayError {
  return new GatewayError('invalid_api_key', 'The API key is not valid.');
}

function bearer(header: string | undefined): string | undefined {
  return header?.replace(/^Bearer(\s+|$)/i, '');
}
