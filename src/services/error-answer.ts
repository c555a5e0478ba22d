import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/json.ts';
import type { Secret } from '../core/secret.ts';
import { meaningOfStatus } from './provider-status.ts';

const MAX_MESSAGE_LENGTH = 600;
/** What is searched for a masked key: a message can hold as much as the client sent. */
const MAX_SEARCHED_LENGTH = 2 * MAX_MESSAGE_LENGTH;

/**
 * An error answer as Portkey writes it (quirks `error.message_prefix` and `error.provider_field`): its name for the
 * dialect in front of the message and beside the error, and no field but the four.
 * @param dialect Portkey's name for it
 * @param given the error object as the provider sent it: Portkey fills in no type
 */
export function toPortkeyErrorAnswer(answer: ErrorAnswer, given: JsonObject, dialect: string): JsonObject {
  const { message, param, code } = answer.error;
  const type = given.type ?? null;
  return { error: { message: `${dialect} error: ${message}`, type, param, code }, provider: dialect };
}

/** An OpenAI error, with whatever else the provider put into it. */
export interface ErrorAnswer {
  readonly error: JsonObject & {
    readonly message: string;
    readonly type: JsonValue;
    readonly param: JsonValue;
    readonly code: JsonValue;
  };
}

/**
 * A provider's error answer as an OpenAI `error` object, whatever the provider sent: its own object with all its
 * fields where it has one, its text where it sent something else, and never markup or the account's key.
 * @param status the HTTP status it came under
 * @param sent the provider's error object, where it sent one
 * @param text the answer's body
 */
export function toErrorAnswer(
  status: number,
  sent: JsonObject | undefined,
  text: string,
  apiKey: Secret,
): ErrorAnswer {
  const given = withoutKeyInside(sent ?? {}, apiKey);
  const message = readMessage(given, text) ?? unreadable(status, text);
  return {
    error: {
      ...given,
      message: withoutKey(message, apiKey).slice(0, MAX_MESSAGE_LENGTH),
      type: typeof given.type === 'string' ? given.type : meaningOfStatus(status).type,
      param: given.param ?? null,
      code: given.code ?? (sent === undefined ? meaningOfStatus(status).code : null),
    },
  };
}

const IS_MARKUP = /^\s*</;

function unreadable(status: number, text: string): string {
  return IS_MARKUP.test(text)
    ? `The provider answered with an HTML page (HTTP ${status}).`
    : `The provider answered with HTTP ${status}.`;
}

function readMessage(given: JsonObject, text: string): string | undefined {
  if (typeof given.message === 'string') return given.message;
  if (IS_MARKUP.test(text)) return undefined;
  const body = parseJson(text);
  if (body === undefined) return text.trim() === '' ? undefined : text.trim();
  const candidates = isJsonObject(body) ? [body.error, body.message, body.detail] : [];
  return candidates.find((candidate) => typeof candidate === 'string');
}

/** What providers leave of a key when they mask its middle; bounded, as the text is the client's as much as theirs. */
const MASKED_KEY = /[\w-]{0,100}\*{3,100}[\w-]{0,100}/g;

/** The text without the account's key: providers quote the one they refuse, in whole or masked. */
export function withoutKey(message: string, apiKey: Secret): string {
  const key = apiKey.reveal();
  const bare = key.length < 4 ? message : message.replaceAll(key, '[redacted]');
  return bare.slice(0, MAX_SEARCHED_LENGTH).replace(MASKED_KEY, '[redacted]');
}

/** The object with the account's key taken out wherever it is quoted. */
export function withoutKeyInside(given: JsonObject, apiKey: Secret): JsonObject {
  const text = JSON.stringify(given);
  const quoted = JSON.stringify(apiKey.reveal()).slice(1, -1);
  if (quoted.length < 4 || !text.includes(quoted)) return given;
  const cleaned = parseJson(text.replaceAll(quoted, '[redacted]'));
  return isJsonObject(cleaned) ? cleaned : {};
}
