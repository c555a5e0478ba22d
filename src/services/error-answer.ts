import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/json.ts';
import type { Secret } from '../core/secret.ts';
import { meaningOfStatus } from './provider-status.ts';

const MAX_MESSAGE_LENGTH = 600;
/** A key shorter than this is not looked for: it could be any word, and taking it out would garble the text. */
const MIN_KEY_LENGTH = 4;

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

/** What stands for the middle of a key that is masked. */
const MASK = /\*{3,}/;
/** How much of a key is left before or behind its mask. */
const MAX_LEFT_OF_KEY = 100;
const REDACTED = '[redacted]';

/** The text without the account's key: providers quote the one they refuse, in whole or masked. */
export function withoutKey(text: string, apiKey: Secret): string {
  const key = apiKey.reveal();
  return withoutMasked(key.length < MIN_KEY_LENGTH ? text : text.replaceAll(key, REDACTED));
}

/** No pattern with the rests of the key in it: a text can hold as much as the client sent, and be made slow to search. */
function withoutMasked(text: string): string {
  const pieces = text.split(MASK);
  const last = pieces.length - 1;
  return pieces
    .map((piece, index) => withoutRests(piece, { atStart: index > 0, atEnd: index < last }))
    .join(REDACTED);
}

/** A piece of text without what of a key stands at the ends that a mask was at. */
function withoutRests(
  piece: string,
  { atStart, atEnd }: { readonly atStart: boolean; readonly atEnd: boolean },
): string {
  const begun = atStart ? piece.slice(restLength(piece.slice(0, MAX_LEFT_OF_KEY), /^[\w-]+/)) : piece;
  const length = atEnd ? restLength(begun.slice(-MAX_LEFT_OF_KEY), /[\w-]+$/) : 0;
  return begun.slice(0, begun.length - length);
}

function restLength(end: string, pattern: RegExp): number {
  return pattern.exec(end)?.[0].length ?? 0;
}

/** The object with the account's key taken out wherever it is quoted; the same object where it is not. */
export function withoutKeyInside(given: JsonObject, apiKey: Secret): JsonObject {
  const cleaned = withoutKeyInFields(given, apiKey);
  return isDeepStrictEqual(cleaned, given) ? given : cleaned;
}

function withoutKeyInFields(given: JsonObject, apiKey: Secret): JsonObject {
  const fields = Object.entries(given).map(([name, value]) => [
    withoutKey(name, apiKey),
    value === undefined ? undefined : withoutKeyInValue(value, apiKey),
  ]);
  return Object.fromEntries(fields);
}

function withoutKeyInValue(value: JsonValue, apiKey: Secret): JsonValue {
  if (typeof value === 'string') return withoutKey(value, apiKey);
  if (isJsonObject(value)) return withoutKeyInFields(value, apiKey);
  return Array.isArray(value) ? value.map((each) => withoutKeyInValue(each, apiKey)) : value;
}
