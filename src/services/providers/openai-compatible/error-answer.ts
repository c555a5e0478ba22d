import type { APIError } from 'openai';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import type { Secret } from '../../../core/secret.ts';

const MAX_MESSAGE_LENGTH = 600;

/** The OpenAI `type` of an error whose provider gave none. */
const TYPE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'invalid_request_error',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
};

/**
 * A provider's error answer as an OpenAI `error` object, whatever the provider sent: its own object with all its
 * fields where it has one, its text where it sent something else, and never markup or the account's key.
 * @param text the answer's body
 */
export function toErrorAnswer(error: APIError, text: string, apiKey: Secret): JsonObject {
  const status = error.status ?? 502;
  const given = isJsonObject(error.error) ? error.error : {};
  const message = readMessage(given, text) ?? `The provider answered with HTTP ${status}.`;
  return {
    error: {
      ...given,
      message: withoutKey(message, apiKey).slice(0, MAX_MESSAGE_LENGTH),
      type: typeof given.type === 'string' ? given.type : (TYPE_OF_STATUS[status] ?? 'api_error'),
      param: given.param ?? null,
      code: given.code ?? null,
    },
  };
}

function readMessage(given: JsonObject, text: string): string | undefined {
  if (typeof given.message === 'string') return given.message;
  if (/^\s*</.test(text)) return undefined;
  const body = parse(text);
  if (body === undefined) return text.trim() === '' ? undefined : text.trim();
  const candidates = isJsonObject(body) ? [body.error, body.message, body.detail] : [];
  return candidates.find((candidate) => typeof candidate === 'string');
}

/** The body as JSON; undefined where it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Providers quote the key they refuse, in whole or with its middle left out. */
function withoutKey(message: string, apiKey: Secret): string {
  const key = apiKey.reveal();
  const ends = key.length < 12 ? undefined : new RegExp(`${literal(key.slice(0, 3))}\\S*\\*{3,}\\S*`, 'g');
  const bare = key.length < 4 ? message : message.replaceAll(key, '[redacted]');
  return ends === undefined ? bare : bare.replace(ends, '[redacted]');
}

function literal(text: string): string {
  return text.replace(/[^\w]/g, '\\$&');
}
