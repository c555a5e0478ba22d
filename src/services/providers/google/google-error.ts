import type { Compat } from '../../../core/catalog.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import type { ProviderError } from '../../chat/chat-translator.ts';
import { meaningOfStatus } from '../../provider-status.ts';

/** Portkey's name for the dialect, which stands in its errors and beside its answers. */
export const PORTKEY_NAME = 'google';

/**
 * Gemini's error document or error event; undefined where it is none. A stream that fails at once answers with a list
 * of one.
 * @param compat `portkey`: type and code are Google's status and number, as Portkey has them. `openai`: they are
 *   OpenAI's words for them.
 */
export function readGoogleError(document: unknown, compat: Compat): ProviderError | undefined {
  const holder = Array.isArray(document) ? document[0] : document;
  const error = isJsonObject(holder) ? holder.error : undefined;
  if (!isJsonObject(error)) return undefined;
  const { message, status } = error;
  return {
    message: typeof message === 'string' ? message : 'The provider gave no reason.',
    param: null,
    ...(compat === 'portkey' ? { type: asText(status), code: asCode(error.code) } : openaiWords(error)),
  };
}

/** A key that Google refuses is an invalid argument to it, and a matter of authentication to everybody else. */
function openaiWords(error: JsonObject): Pick<ProviderError, 'type' | 'code'> {
  const status = reasonOf(error) === 'API_KEY_INVALID' ? 401 : error.code;
  if (typeof status !== 'number') return { type: null, code: null };
  const { type, code } = meaningOfStatus(status);
  return { type, code };
}

/** Whole seconds that an error's `RetryInfo` asks to wait; Gemini says it in no header. */
export function readRetryDelay(document: unknown): number | undefined {
  const holder = Array.isArray(document) ? document[0] : document;
  const error = isJsonObject(holder) && isJsonObject(holder.error) ? holder.error : {};
  const details = Array.isArray(error.details) ? error.details.filter(isJsonObject) : [];
  const delay = details.find(({ retryDelay }) => typeof retryDelay === 'string')?.retryDelay;
  const seconds = typeof delay === 'string' ? Number(/^(\d+(\.\d+)?)s$/.exec(delay)?.[1]) : Number.NaN;
  return Number.isNaN(seconds) ? undefined : Math.ceil(seconds);
}

/** The reason in the error's `ErrorInfo` detail. */
function reasonOf({ details }: JsonObject): string | null {
  const infos = Array.isArray(details) ? details.filter(isJsonObject) : [];
  return asText(infos.find(({ reason }) => typeof reason === 'string')?.reason);
}

function asText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function asCode(value: JsonValue | undefined): string | number | null {
  return typeof value === 'number' || typeof value === 'string' ? value : null;
}
