import { inspect } from 'node:util';
import { type ErrorCode, GatewayError } from '../core/gateway-error.ts';
import type { Secret } from '../core/secret.ts';

/**
 * What those errors of the official SDKs mean that carry no status of a provider, by the name of their class. An
 * error that has one stands for an answer, and answers are read without the SDKs: `provider-status.ts` has them.
 */
const CODES: Readonly<Record<string, ErrorCode>> = {
  APIUserAbortError: 'client_closed_request',
  GoogleGenerativeAIAbortError: 'client_closed_request',
  APIConnectionTimeoutError: 'upstream_timeout',
  APIConnectionError: 'upstream_unreachable',
  RetryableError: 'upstream_unreachable',
  GoogleGenerativeAIFetchError: 'upstream_unreachable',
  GoogleGenerativeAIResponseError: 'upstream_invalid_response',
  GoogleGenerativeAIRequestInputError: 'invalid_value',
};

const MESSAGES: Partial<Readonly<Record<ErrorCode, string>>> = {
  client_closed_request: 'The client closed the request.',
  upstream_timeout: 'The provider did not answer in time.',
  upstream_unreachable: 'The provider could not be reached.',
  upstream_invalid_response: 'The provider’s answer cannot be read.',
  invalid_value: 'The request cannot be put into the form that the model’s provider takes.',
};

/**
 * An error of an official SDK in the error table's terms. Its text may quote an address: it stays in the cause. Where
 * it quotes the account's key it is not even that, since causes go to the log.
 */
export function toSdkFault(error: unknown, apiKey: Secret): GatewayError {
  if (error instanceof GatewayError) return error;
  const names = classNamesOf(error);
  const cause = quotesKey(error, apiKey) ? keyRefused(names[0]) : error;
  const code = names.map((name) => CODES[name]).find((known) => known !== undefined);
  if (code === undefined) {
    return new GatewayError('internal_error', 'The gateway failed to serve this request.', { cause });
  }
  return new GatewayError(code, MESSAGES[code] ?? 'The request failed.', { cause });
}

/** A key is quoted by what refuses it for a header's value. */
function keyRefused(name = 'Error'): Error {
  return new Error(`The SDK failed with the account’s key in its text, which is left out (${name}).`);
}

/** Whatever a log could print of the error: its text, its stack, its fields and its causes. */
const EVERYTHING = { depth: 10, maxStringLength: null, maxArrayLength: null };
/** What stands in another form where a text is quoted once more. */
const ESCAPED = /[^\x21-\x7e]|['"`\\]/;
/** Less of a key could be part of any word. */
const MIN_PART_LENGTH = 4;

function quotesKey(error: unknown, apiKey: Secret): boolean {
  const text = inspect(error, EVERYTHING);
  const parts = apiKey.reveal().split(ESCAPED);
  return parts.some((part) => part.length >= MIN_PART_LENGTH && text.includes(part));
}

/** The names of the error's class and of those it extends, the nearest first. */
function classNamesOf(error: unknown): string[] {
  const names: string[] = [];
  let prototype: unknown = typeof error === 'object' && error !== null ? Object.getPrototypeOf(error) : null;
  while (typeof prototype === 'object' && prototype !== null && prototype !== Error.prototype) {
    const { constructor: made } = prototype;
    if (typeof made === 'function') names.push(made.name);
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}
