import type { GeneratedSoFar } from './generated.ts';
import type { Usage } from './usage.ts';

/** Reads a provider's stream on its way to the client, and knows what came so far. */
export interface StreamReader {
  /**
   * Takes the next bytes of the provider, split anywhere, and gives those that may go to the client now.
   * @throws GatewayError where the stream cannot be understood
   */
  push(chunk: Uint8Array): Uint8Array;
  /** Takes the provider's end, and gives what is still to go to the client. */
  end(): Uint8Array;
  /** Of the choice that finished last. */
  readonly finishReason: string | undefined;
  readonly usage: Usage | undefined;
  /** The generated output so far, as far as it is text. */
  readonly generated: GeneratedSoFar;
  /** Code of the first error event. */
  readonly errorCode: string | undefined;
  /** Of a response that the provider may keep. */
  readonly responseId?: string | undefined;
  /** Whether the end marker has gone to the client, or is among the bytes just given. */
  readonly done: boolean;
  /** Whether generated output has come in. */
  readonly sawToken: boolean;
  /** Whether every choice has come to its end: those asked for, or those that began where the provider says it ended. */
  readonly isComplete: boolean;
  /** Whether the client has the beginning of an event whose end never came. */
  readonly isInsideEvent: boolean;
}
