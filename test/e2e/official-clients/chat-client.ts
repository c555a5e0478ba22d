import type { Connection } from './client-gateway.ts';

type FinishReason = string | null | undefined;

/** Whether a client asks for whole answers or for streams. */
export type Manner = 'whole' | 'streamed';

/** Both of them. */
export const MANNERS: readonly Manner[] = ['whole', 'streamed'];

/** What a client made of a tool-calling loop. */
export interface ToolLoop {
  /** What its own machinery ran the tool with, in order. */
  readonly cities: readonly string[];
  /** The last answer's. */
  readonly text: string | null;
  /** One an answer, in the gateway's words. */
  readonly finishReasons: readonly FinishReason[];
}

/** What a client made of a stream of text. */
export interface AssembledText {
  readonly text: string | null;
  /** How many pieces of the text it handed on. */
  readonly pieces: number;
  readonly finishReason: FinishReason;
  /** In tokens. */
  readonly usage: {
    readonly prompt: number | undefined;
    readonly completion: number | undefined;
    readonly total: number | undefined;
  };
}

/** What a client's error says of a rate limit. */
export interface RateLimit {
  /** Whether it is the error that the client has for rate limits, or says in its own words that it is one. */
  readonly isRateLimit: boolean;
  readonly status: number | undefined;
  readonly message: string;
  readonly retryAfter: string | null | undefined;
}

/** An official client of OpenAI's dialect, and how it does what all of them are asked for in `tasks.ts`. */
export interface ChatClient {
  readonly name: string;
  /** Whether calls of a stream that share an index become one to it, however different their ids. */
  readonly joinsByIndex: boolean;
  /** Asks `WEATHER_QUESTION` with the tool; the client runs it and asks again. */
  runTools(connection: Connection, manner: Manner): Promise<ToolLoop>;
  /** Asks `LONG_QUESTION` for a stream. */
  assembleText(connection: Connection): Promise<AssembledText>;
  /** Asks `TREE_QUESTION`. Gives the arguments of a tool that the model has to call, checked by the client. */
  fillTool(connection: Connection): Promise<unknown>;
  /**
   * Asks `TREE_QUESTION`. Gives an answer that has to follow a schema, checked by the client.
   * @throws the client's own errors
   */
  fillSchema(connection: Connection, manner: Manner): Promise<unknown>;
  /** Whether an error says that an answer does not follow its schema, or that the provider refused the request. */
  nameFailure(error: unknown): 'unreadable' | 'refused' | undefined;
  /** Asks `TOO_MANY`. Gives the client's error. */
  meetRateLimit(connection: Connection, manner: Manner): Promise<RateLimit>;
}
