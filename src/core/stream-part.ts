import type { JsonObject, JsonValue } from './json.ts';
import type { Usage } from './usage.ts';

/** Why a choice ended, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/**
 * What a chat answer is made of, in no provider's words: what a decoder makes of one event of a stream, or of a whole
 * document, and an encoder writes for the client. `choice` is the index of the choice that the part belongs to.
 */
export type StreamPart =
  /** The provider's id of the answer and the model that gave it, where it says them. */
  | { readonly type: 'response-start'; readonly id?: string | undefined; readonly model?: string | undefined }
  | { readonly type: 'text-start'; readonly choice: number }
  /** The provider said something that is part of what comes later, or that OpenAI's dialect has no word for. */
  | { readonly type: 'no-output'; readonly choice: number }
  | { readonly type: 'text-delta'; readonly choice: number; readonly text: string }
  /** Text that the client is not to take for the answer: thinking, a thought summary. */
  | { readonly type: 'reasoning-delta'; readonly choice: number; readonly text: string }
  /** A complete thinking block with what the provider wants back in the next turn, unchanged. */
  | { readonly type: 'thinking-block'; readonly choice: number; readonly block: JsonObject }
  /** `index` counts the choice's calls from 0; `extra` is what must come back with the call, such as a signature. */
  | {
      readonly type: 'tool-call-start';
      readonly choice: number;
      readonly index: number;
      readonly id: string;
      readonly name: string;
      readonly extra?: JsonObject | undefined;
    }
  /** The next piece of a call's arguments; all pieces together are one JSON object. */
  | {
      readonly type: 'tool-call-delta';
      readonly choice: number;
      readonly index: number;
      readonly arguments: string;
    }
  /** An image as a data URL. */
  | { readonly type: 'image'; readonly choice: number; readonly url: string }
  /** A citation in OpenAI's form, such as `url_citation`. */
  | { readonly type: 'annotation'; readonly choice: number; readonly annotation: JsonObject }
  /** Token probabilities in the form of `logprobs.content`. */
  | { readonly type: 'logprobs'; readonly choice: number; readonly content: readonly JsonValue[] }
  /** What has no place in OpenAI's dialect: it goes out under `provider_specific_fields`. */
  | { readonly type: 'provider-fields'; readonly choice: number; readonly fields: JsonObject }
  /** What the message as a whole must bring back in the next turn; goes out under `extra_content`. */
  | { readonly type: 'extra-content'; readonly choice: number; readonly content: JsonObject }
  | {
      readonly type: 'finish';
      readonly choice: number;
      readonly reason: FinishReason;
      /** The provider's own word. */
      readonly raw: string;
    }
  /** Counts so far; the last one holds. */
  | {
      readonly type: 'usage';
      readonly usage: Usage;
      /** The provider's usage object, all that was said of it so far put together. */
      readonly raw: JsonObject;
    }
  /** The provider failed in the middle of its answer. */
  | { readonly type: 'error'; readonly code: string; readonly message: string }
  /** The provider's own end event, where its dialect has one. */
  | { readonly type: 'response-end' };
