import type { Dispatcher } from 'undici';
import type { JsonObject } from '../../core/json.ts';
import type { ProviderCall } from '../../core/provider-call.ts';
import type { AnswerDecoder } from './answer-decoder.ts';
import type { AnswerEncoder } from './answer-encoder.ts';
import type { AnswerHead } from './openai-encoder.ts';

/** A chat completion's request in the provider's dialect. */
export interface TranslatedRequest {
  readonly body: JsonObject;
  /** Names of the client's fields that are not in it in any form, under `compat: portkey`. */
  readonly droppedFields: readonly string[];
}

/** What a provider says is wrong, in OpenAI's terms. */
export interface ProviderError {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | number | null;
}

/**
 * One account of a provider whose dialect is not OpenAI's: its SDK sends the requests, its mapping translates both
 * ways. All but `sendChat` is pure.
 */
export interface ChatTranslator {
  /**
   * The provider's request for a chat completion, by the call's compat setting.
   * @throws GatewayError `unsupported_parameter` or another 400 that names the field which cannot be translated
   */
  toRequest(call: ProviderCall): TranslatedRequest;
  /**
   * Sends a translated request. Resolves with the answer's head, whatever its status; the body must be read to its
   * end or destroyed.
   * @throws GatewayError where no answer came
   */
  sendChat(call: ProviderCall, request: JsonObject, signal: AbortSignal): Promise<Dispatcher.ResponseData>;
  /** Reads one answer. */
  createDecoder(call: ProviderCall): AnswerDecoder;
  /** Writes one answer as Portkey does, apart from where Portkey loses data or lies. */
  createPortkeyEncoder(call: ProviderCall, head: AnswerHead): AnswerEncoder;
  /** The provider's own error document in OpenAI's terms; undefined where it is not of the expected shape. */
  readError(document: unknown): ProviderError | undefined;
  /** Whole seconds after which the error document says that a retry makes sense, where the dialect has no header. */
  readRetryDelay?(document: unknown): number | undefined;
  /** Portkey's name for the dialect, which it puts into its error answers. */
  readonly portkeyName: string;
}
