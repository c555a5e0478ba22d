import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../core/gateway-error.ts';

const OTHER_HEADERS = ['x-api-key', 'x-goog-api-key', 'x-google-api-key', 'x-portkey-api-key'] as const;
const MAX_KEY_LENGTH = 512;

/**
 * What a client presents as its key, in the order in which it counts: `Authorization`, with `Bearer ` or bare, then
 * where the Anthropic, Google and Portkey clients put theirs. Portkey's users often fill the first with a dummy.
 * @throws GatewayError `missing_authorization` where there is nothing
 */
export function readPresentedKeys(headers: IncomingHttpHeaders): readonly string[] {
  const presented = presentedKeys(headers);
  if (presented.length > 0) return presented;
  throw new GatewayError(
    'missing_authorization',
    'No API key was given; send it as Authorization: Bearer KEY.',
  );
}

/** Whether a client presents anything at all, good or not: people who open a page in a browser do not. */
export function presentsKey(headers: IncomingHttpHeaders): boolean {
  return presentedKeys(headers).length > 0;
}

/** Whether the text has the form of a key; nothing else is worth hashing. */
export function isKeyShaped(text: string): boolean {
  return text.length <= MAX_KEY_LENGTH && /^[\x21-\x7e]+$/.test(text);
}

/** The one answer to every key that is not known, so that nothing can be learnt from it. */
export function invalidKey(): GatewayError {
  return new GatewayError('invalid_api_key', 'The API key is not valid.');
}

function presentedKeys(headers: IncomingHttpHeaders): readonly string[] {
  const values = [bearer(headers.authorization), ...OTHER_HEADERS.map((name) => headers[name])];
  return values
    .filter((value) => typeof value === 'string')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

function bearer(header: string | undefined): string | undefined {
  return header?.replace(/^Bearer(\s+|$)/i, '');
}
