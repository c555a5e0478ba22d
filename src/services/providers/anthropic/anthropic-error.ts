import { isJsonObject } from '../../../core/json.ts';
import type { ProviderError } from '../../chat/chat-translator.ts';

/** Anthropic's error document or error event in OpenAI's terms; undefined where it is none. */
export function readAnthropicError(document: unknown): ProviderError | undefined {
  const error = isJsonObject(document) ? document.error : undefined;
  if (!isJsonObject(error)) return undefined;
  const { type, message } = error;
  return {
    message: typeof message === 'string' ? message : 'The provider gave no reason.',
    type: typeof type === 'string' ? type : null,
    param: null,
    code: null,
  };
}
